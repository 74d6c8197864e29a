import { MerklePatriciaTrie } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { Keccak } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { orderedRoot } from './ordered-root.ts'

let keccak: Keccak
beforeAll(async () => {
  keccak = await loadKeccak()
})

const items = fc.oneof(
  fc.array(fc.uint8Array({ minLength: 1, maxLength: 80 }), { maxLength: 300 }),
  fc.array(fc.uint8Array({ minLength: 1, maxLength: 3 }), { maxLength: 150 }),
)

test('is the root that EthereumJS makes of the same list', async () => {
  await fc.assert(
    fc.asyncProperty(items, async (list) => {
      const trie = new MerklePatriciaTrie()
      for (const [index, item] of list.entries()) await trie.put(RLP.encode(index), item)
      expect(orderedRoot(list, keccak)).toEqual(trie.root())
    }),
    { numRuns: 25 },
  )
})
test('refuses an empty item, which no trie holds', () => {
  expect(() => orderedRoot([Uint8Array.of(1), new Uint8Array()], keccak)).toThrow(/item 1 is empty/)
})
