/** What the nodes at hand prove, as values for an EVM worker to begin with. */
import type { Hash } from '../chain/bytes.ts'
import type { KnownValues } from '../execution/remote/evm-messages.ts'
import type { AccountValue } from '../state/flat-reader.ts'
import { flatValues } from '../state/flat-values.ts'
import { hashKey } from '../state/hash-key.ts'
import type { NodeSource } from '../state/trie/node-source.ts'

/** Values handed to an EVM worker ahead of its questions; more than a 60 Mgas block can read cold (28,571 at 2,100 gas). */
const MAX_KNOWN_VALUES = 65_536

export const NO_VALUES: KnownValues = { accounts: new Map(), slots: new Map() }

/** Values below `root`. Looking does not count as reading: hand in a source that takes no notes. */
export function knownValues(root: Hash, nodes: NodeSource): KnownValues {
  const accounts = new Map<string, AccountValue>()
  const slots = new Map<string, Uint8Array>()
  for (const value of flatValues(root, nodes)) {
    const account = hashKey(value.hashedAddress)
    if (value.kind === 'account') accounts.set(account, value.account)
    else slots.set(account + hashKey(value.hashedSlot), value.value)
    if (accounts.size + slots.size >= MAX_KNOWN_VALUES) break
  }
  return { accounts, slots }
}
