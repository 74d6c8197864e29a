/** The accounts and slots that the nodes at hand already prove, for handing to an EVM worker before it asks. */
import type { Hash } from '../chain/bytes.ts'
import { decodeAccount, decodeStorageValue } from './account-codec.ts'
import type { AccountValue } from './flat-reader.ts'
import type { NodeSource } from './trie/node-source.ts'
import { reachableLeaves } from './trie/reachable-leaves.ts'

export type FlatValue =
  | { readonly kind: 'account'; readonly hashedAddress: Hash; readonly account: AccountValue }
  | {
      readonly kind: 'slot'
      readonly hashedAddress: Hash
      readonly hashedSlot: Hash
      /** Big-endian without leading zeros, never empty. */
      readonly value: Uint8Array
    }

/**
 * Values below a proven state root, each account followed by its slots, in the order of their hashes. Never faults: what
 * is missing is left out, and what is left out may exist. Accounts can share a storage root, so the number of values is
 * not bounded by the number of nodes: take as many as are wanted and stop.
 * @throws {MalformedNodeError}, {@link MalformedValueError} below a root that is not the root of a state
 */
export function* flatValues(root: Hash, nodes: NodeSource): Generator<FlatValue, void, undefined> {
  for (const { key: hashedAddress, value: encoded } of reachableLeaves(root, nodes)) {
    const account = decodeAccount(encoded)
    yield { kind: 'account', hashedAddress, account }
    for (const { key: hashedSlot, value } of reachableLeaves(account.storageRoot, nodes, hashedAddress)) {
      yield { kind: 'slot', hashedAddress, hashedSlot, value: decodeStorageValue(value) }
    }
  }
}
