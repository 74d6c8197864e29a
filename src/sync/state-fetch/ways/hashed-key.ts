/** The key whose path a missing node is on, as tries have it. */
import type { Keccak } from '../../../chain/bytes.ts'
import { asHash, type Hash } from '../../../chain/bytes.ts'
import type { HashedKey } from '../path-check.ts'
import type { NodeFault } from './way.ts'

/** Of the key that was read when the node was missed; undefined where nobody said. */
export function keyOf({ owner, account, slot }: NodeFault, keccak: Keccak): HashedKey | undefined {
  const hashedAccount = owner ?? (account && (keccak(account) as Hash))
  if (hashedAccount === undefined) return undefined
  return { account: hashedAccount, slot: slot && (keccak(slot) as Hash) }
}

/** Of a key that is made up, so that its path leads through the node. */
export function keyThrough({ owner, path }: NodeFault): HashedKey {
  const key = new Uint8Array(32)
  for (const [index, nibble] of path.entries()) key[index >> 1]! |= index % 2 === 0 ? nibble << 4 : nibble
  return owner === undefined ? { account: asHash(key), slot: undefined } : { account: owner, slot: asHash(key) }
}
