import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import type { Keccak } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { NO_NODES, anyCase, apply, bytesOf, entries, hexOf, judge } from './trie.fixtures.ts'
import type { Model } from './trie.fixtures.ts'
import { EMPTY_ROOT, PartialTrie } from './partial-trie.ts'

let keccak: Keccak

beforeAll(async () => {
  keccak = await loadKeccak()
})

function emptyTrie(): PartialTrie {
  return new PartialTrie({ root: EMPTY_ROOT, source: NO_NODES, keccak })
}

function trieOf(model: Model): PartialTrie {
  const trie = emptyTrie()
  for (const [key, value] of model) trie.put(bytesOf(key), bytesOf(value))
  return trie
}

function expectReads(trie: PartialTrie, model: Model, keys: Iterable<string>): void {
  for (const key of keys) {
    const value = trie.get(bytesOf(key))
    expect(value === undefined ? undefined : hexOf(value)).toBe(model.get(key))
  }
}

test('put and delete one by one, and batches, give the roots and the values of the reference', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ model, batches }) => {
      const single = trieOf(model)
      const batched = trieOf(model)
      let current = model
      expect(hexOf(single.root())).toBe(hexOf((await judge(model)).root))
      for (const edits of batches) {
        for (const { key, value } of edits) {
          if (value === undefined) single.delete(bytesOf(key))
          else single.put(bytesOf(key), bytesOf(value))
        }
        batched.batch(entries(edits))
        current = apply(current, edits)
        const expected = hexOf((await judge(current)).root)
        expect(hexOf(single.root())).toBe(expected)
        expect(hexOf(batched.root())).toBe(expected)
        const keys = new Set([...model.keys(), ...edits.map(({ key }) => key)])
        expectReads(batched, current, keys)
        expectReads(single, current, keys)
      }
    }),
    { numRuns: 300 },
  )
})
