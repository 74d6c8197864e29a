/** The root of a list committed to as a trie from RLP(index) to item: transactions, receipts, withdrawals. */
import { Common, Mainnet, type CustomCrypto } from '@ethereumjs/common'
import { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { asHash, type Hash, type Keccak } from '../../chain/bytes.ts'

/** Yellow Paper 4.3.2, equation 33. */
export async function orderedRoot(items: readonly Uint8Array[], keccak: Keccak): Promise<Hash> {
  const trie = new MerklePatriciaTrie({ useKeyHashingFunction: keccak, common: hashingCommon({ keccak256: keccak }) })
  for (const [index, item] of items.entries()) await trie.put(RLP.encode(index), item)
  return asHash(trie.root())
}

/** The trie takes its hash function from a `Common` and nothing else of it. */
function hashingCommon(customCrypto: CustomCrypto): Common {
  return new Common({ chain: Mainnet, customCrypto })
}
