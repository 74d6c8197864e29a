/** The root of a list committed to as a trie from RLP(index) to item: transactions, receipts, withdrawals. */
import { RLP } from '@ethereumjs/rlp'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { EMPTY_ROOT, PartialTrie } from '../../state/trie/partial-trie.ts'

/** Yellow Paper 4.3.2, equation 33. @throws {RangeError} for an empty item: a trie holds none, so no root would speak of it */
export function orderedRoot(items: readonly Uint8Array[], keccak: Keccak): Hash {
  const empty = items.findIndex(({ length }) => length === 0)
  if (empty !== -1) throw new RangeError(`item ${empty} is empty, and a trie holds no empty values`)
  const trie = new PartialTrie({ root: EMPTY_ROOT, source: { node: () => undefined }, keccak })
  trie.batch(items.map((value, index) => ({ key: RLP.encode(index), value })))
  return trie.root()
}
