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

test('a branch that gives up its value is encoded without it, whatever the value ended in', async () => {
  const children = Array.from({ length: 16 }, (_, i): [string, string] => [`aa${i.toString(16)}0`, 'cd'.repeat(40)])
  // The last byte of the encoding is then the same as that of a branch without value.
  const model: Model = new Map([...children, ['aa', 'ab80']])
  const { root, nodes } = await judge(model)
  const trie = new PartialTrie({ root, source: { node: (hash) => nodes.get(hexOf(hash)) }, keccak })
  trie.batch(
    entries([
      { key: 'aa', value: undefined },
      { key: 'aa00', value: 'ef'.repeat(40) },
    ]),
  )
  const after = apply(model, [
    { key: 'aa', value: undefined },
    { key: 'aa00', value: 'ef'.repeat(40) },
  ])
  expect(hexOf(trie.root())).toBe(hexOf((await judge(after)).root))
})

test('the last of several entries for a key counts, and an empty value is a deletion', () => {
  const trie = emptyTrie()
  trie.batch(
    entries([
      { key: 'aa', value: '01' },
      { key: 'bb', value: '02' },
      { key: 'aa', value: '03' },
    ]),
  )
  expectReads(
    trie,
    new Map([
      ['aa', '03'],
      ['bb', '02'],
    ]),
    ['aa', 'bb', 'cc'],
  )
  trie.put(bytesOf('bb'), new Uint8Array(0))
  expect(trie.lookup(bytesOf('bb'))).toEqual({ kind: 'absent' })
  trie.delete(bytesOf('aa'))
  expect(hexOf(trie.root())).toBe(hexOf(EMPTY_ROOT))
})

test('an unchanged value leaves nothing to store', () => {
  const trie = trieOf(
    new Map([
      ['aa', '01'.repeat(40)],
      ['ab', '02'.repeat(40)],
    ]),
  )
  expect(trie.commit().nodes.length).toBe(4)
  trie.put(bytesOf('aa'), bytesOf('01'.repeat(40)))
  trie.delete(bytesOf('ff'))
  expect(trie.commit().nodes).toEqual([])
})

test('a fork goes its own way', () => {
  const trie = trieOf(
    new Map([
      ['aa', '01'],
      ['bb', '02'],
    ]),
  )
  const fork = trie.fork()
  fork.put(bytesOf('aa'), bytesOf('03'))
  trie.delete(bytesOf('bb'))
  expectReads(
    fork,
    new Map([
      ['aa', '03'],
      ['bb', '02'],
    ]),
    ['aa', 'bb'],
  )
  expectReads(trie, new Map([['aa', '01']]), ['aa', 'bb'])
})
