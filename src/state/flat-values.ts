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
 * Nodes looked into by default: the witness of a 60 Mgas mainnet block has 5,347. Accounts can share a storage root, so
 * that a file of half a megabyte holds millions of nodes' worth of walking.
 */
const MAX_VISITS = 65_536

/**
 * Values below a proven state root, each account followed by its slots, in the order of their hashes. Never faults: what
 * is missing is left out, and what is left out may exist. It looks into `visits` nodes in all, one under two accounts
 * counting twice; what lies behind the rest is left out as if it were missing. That bounds its work, not what a caller
 * wants to hold: take as many values as are wanted and stop.
 * @throws {MalformedNodeError}, {@link MalformedValueError} below a root that is not the root of a state
 */
export function* flatValues(root: Hash, nodes: NodeSource, visits = MAX_VISITS): Generator<FlatValue, void, undefined> {
  const bounded = boundedSource(nodes, visits)
  for (const { key: hashedAddress, value: encoded } of reachableLeaves(root, bounded)) {
    const account = decodeAccount(encoded)
    yield { kind: 'account', hashedAddress, account }
    for (const { key: hashedSlot, value } of reachableLeaves(account.storageRoot, bounded, hashedAddress)) {
      yield { kind: 'slot', hashedAddress, hashedSlot, value: decodeStorageValue(value) }
    }
  }
}

/** Has no more nodes once it has given `limit`. */
function boundedSource(nodes: NodeSource, limit: number): NodeSource {
  let left = limit
  return {
    node(hash) {
      if (left === 0) return undefined
      const found = nodes.node(hash)
      if (found !== undefined) left--
      return found
    },
  }
}
