/**
 * Accounts of the visit's own, and those that they are asked about with: accounts without code that a block executed here has
 * touched, the same ones with each question. Only where a whole path is asked for by its key: a walk by hashes shows its way.
 */
import { bytesToHex } from '@ethereumjs/util'
import type { AddressBytes, Hash } from '../../../chain/bytes.ts'
import { hashKey } from '../../../state/hash-key.ts'
import { MAX_DECOYS } from '../constants.ts'
import type { WayContext } from './way.ts'

type Own = Pick<WayContext, 'own' | 'keccak'>

/** The key of an account of the visit's own. */
export function ownKey(address: AddressBytes, { own, keccak }: Own): string | undefined {
  return own && ownKeyOf(keccak(address) as Hash, { own })
}

export function ownKeyOf(account: Hash, { own }: Pick<Own, 'own'>): string | undefined {
  const key = hashKey(account)
  return own?.has(key) === true ? key : undefined
}

/** Those that accounts are asked about with, each once, and none that is asked about anyway. @param asked keys, of any accounts */
export function decoysFor(asked: readonly string[], { own, keccak }: Own): AddressBytes[] {
  if (own === undefined) return []
  const seen = new Set(asked)
  const decoys: AddressBytes[] = []
  for (const address of [...seen].flatMap((key) => own.decoysOf(key))) {
    const key = hashKey(keccak(address) as Hash)
    if (seen.has(key) || decoys.length === MAX_DECOYS) continue
    seen.add(key)
    decoys.push(address)
  }
  return decoys
}

/** By their bytes: as good as any other order, and says nothing of why they are asked for. */
export const byBytes = (a: Uint8Array, b: Uint8Array): number => (bytesToHex(a) < bytesToHex(b) ? -1 : 1)

/** What `make` makes of a list, once: an answer is read by what was asked. */
export function onceFor<K extends object, V>(make: (asked: K) => V): (asked: K) => V {
  const made = new WeakMap<K, V>()
  return (asked) => {
    const known = made.get(asked) ?? make(asked)
    made.set(asked, known)
    return known
  }
}
