/** The trie with some of its nodes only: right answers or faults that name what is missing, nothing else. */
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { asHash } from '../../chain/bytes.ts'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { DataFaultError } from '../data-fault.ts'
import type { DataFault } from '../data-fault.ts'
import { anyCase, apply, bytesOf, entries, hexOf, judge, sparseSource } from './trie.fixtures.ts'
import type { Edit, Model, SparseSource } from './trie.fixtures.ts'
import { PartialTrie } from './partial-trie.ts'

let keccak: Keccak

beforeAll(async () => {
  keccak = await loadKeccak()
})

function faultsOf(run: () => unknown): Extract<DataFault, { kind: 'node' }>[] {
  try {
    run()
    return []
  } catch (error) {
    if (!(error instanceof DataFaultError)) throw error
    return [error.fault, ...error.others].map((fault) => {
      if (fault.kind !== 'node') throw new Error(`unexpected fault: ${fault.kind}`)
      return fault
    })
  }
}

/** Repeats an operation, handing over exactly what it says is missing; gives all faults on the way. */
function supplying(run: () => unknown, source: SparseSource, full: ReadonlyMap<string, Uint8Array>): DataFault[] {
  const all: DataFault[] = []
  for (;;) {
    const faults = faultsOf(run)
    if (faults.length === 0) return all
    for (const fault of faults) {
      const hash = hexOf(fault.hash)
      expect(full.has(hash), `the fault names ${hash}, which is not a node of the trie`).toBe(true)
      expect(source.nodes.has(hash), `${hash} was handed over and is missed again`).toBe(false)
      all.push(fault)
    }
    for (const { hash } of faults) source.nodes.set(hexOf(hash), full.get(hexOf(hash))!)
  }
}

function pathOf(fault: DataFault): string {
  if (fault.kind !== 'node') throw new Error('not a node')
  return Array.from(fault.path, (nibble) => nibble.toString(16)).join('')
}

/** The keys of a model below a path, itself included. */
function below(model: Model, path: string): string[] {
  return [...model.keys()].filter((key) => key.startsWith(path))
}

test('reads over any part of the nodes are right or fault with a node on the path of the key', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, fc.infiniteStream(fc.boolean()), async ({ model, batches }, keep) => {
      const { root, nodes } = await judge(model)
      const source = sparseSource([...nodes].filter(() => keep.next().value))
      const trie = new PartialTrie({ root, source, keccak })
      for (const key of new Set([...model.keys(), ...batches.flat().map((edit) => edit.key)])) {
        const found = trie.lookup(bytesOf(key))
        if (found.kind !== 'missing') {
          expect(found.kind === 'found' ? hexOf(found.value) : undefined).toBe(model.get(key))
          continue
        }
        expect(key.startsWith(pathOf(found.fault))).toBe(true)
        supplying(() => trie.get(bytesOf(key)), source, nodes)
        const value = trie.get(bytesOf(key))
        expect(value === undefined ? undefined : hexOf(value)).toBe(model.get(key))
      }
    }),
    { numRuns: 300 },
  )
})

test('a batch that is handed exactly what it misses completes with the right root and asks for nothing needless', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ model, batches }) => {
      const edits = batches.flat()
      const { root, nodes } = await judge(model)
      const source = sparseSource([])
      const trie = new PartialTrie({ root, source, keccak })
      const after = apply(model, edits)
      const faults = supplying(() => trie.batch(entries(edits)), source, nodes)
      expect(hexOf(trie.root())).toBe(hexOf((await judge(after)).root))

      const touched = edits.map(({ key }) => key)
      for (const fault of faults) {
        const path = pathOf(fault)
        if (touched.some((key) => key.startsWith(path))) continue
        // Not on the path of any key: a sibling. Then all that is left below its parent must be below itself.
        const parent = path.slice(0, -1)
        expect(below(after, parent)).toEqual(below(after, path))
        expect(below(model, parent).length).toBeGreaterThan(below(model, path).length)
      }
    }),
    { numRuns: 300 },
  )
})

test('what a batch needs is part of what single changes need, insertions first and deletions last', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ model, batches }) => {
      const final = new Map(batches.flat().map(({ key, value }): [string, Edit] => [key, { key, value }]))
      const { root, nodes } = await judge(model)
      const single = sparseSource(nodes)
      const singleTrie = new PartialTrie({ root, source: single, keccak })
      const edits = [...final.values()]
      for (const { key, value } of edits) if (value !== undefined) singleTrie.put(bytesOf(key), bytesOf(value))
      for (const { key, value } of edits) if (value === undefined) singleTrie.delete(bytesOf(key))

      const minimal = sparseSource([...nodes].filter(([hash]) => single.asked.includes(hash)))
      const trie = new PartialTrie({ root, source: minimal, keccak })
      trie.batch(entries(edits))
      expect(hexOf(trie.root())).toBe(hexOf(singleTrie.root()))
    }),
    { numRuns: 300 },
  )
})

test('a batch that faults changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, fc.infiniteStream(fc.boolean()), async ({ model, batches }, keep) => {
      const { root, nodes } = await judge(model)
      const source = sparseSource([...nodes].filter(() => keep.next().value))
      const trie = new PartialTrie({ root, source, keccak })
      const faults = faultsOf(() => trie.batch(entries(batches.flat())))
      if (faults.length === 0) return
      expect(hexOf(trie.root())).toBe(hexOf(root))
      expect(trie.commit().nodes).toEqual([])
      for (const [hash, bytes] of nodes) source.nodes.set(hash, bytes)
      for (const [key, value] of model) expect(hexOf(trie.get(bytesOf(key))!)).toBe(value)
      trie.batch(entries(batches.flat()))
      expect(hexOf(trie.root())).toBe(hexOf((await judge(apply(model, batches.flat()))).root))
    }),
    { numRuns: 300 },
  )
})

test('commits hold all that a later reader needs, children before parents', async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ model, batches }) => {
      const { root, nodes } = await judge(model)
      const stored = sparseSource(nodes)
      const trie = new PartialTrie({ root, source: sparseSource(nodes), keccak })
      let current = model
      for (const edits of batches) {
        // Roots between commits are not stored: before Byzantium there is one per transaction.
        trie.root()
        trie.batch(entries(edits))
        current = apply(current, edits)
        const commit = trie.commit()
        for (const { hash, bytes } of commit.nodes) {
          expect(hexOf(keccak(bytes))).toBe(hexOf(hash))
          stored.nodes.set(hexOf(hash), bytes)
        }
        const last = commit.nodes.at(-1)
        if (last !== undefined) expect(hexOf(last.hash)).toBe(hexOf(commit.root))
        expect(trie.commit().nodes).toEqual([])
        const reader = new PartialTrie({ root: commit.root, source: stored, keccak })
        for (const [key, value] of current) expect(hexOf(reader.get(bytesOf(key))!)).toBe(value)
      }
    }),
    { numRuns: 200 },
  )
})

/** Three hashed-like keys under one branch, below another branch, with values that are not embedded. */
function family(): Model {
  return new Map(['a1', 'a2', 'a3', 'b0'].map((key) => [key.padEnd(64, '7'), key.repeat(20)]))
}

async function sparseFamily(): Promise<{
  model: Model
  source: SparseSource
  nodes: Map<string, Uint8Array>
  root: Hash
}> {
  const model = family()
  const { root, nodes } = await judge(model)
  return { model, root, nodes, source: sparseSource([]) }
}

const k = (short: string): string => short.padEnd(64, '7')

test('a branch that loses a child and gains another asks for no sibling', async () => {
  const { model, root, nodes, source } = await sparseFamily()
  const trie = new PartialTrie({ root, source, keccak })
  const edits = [
    { key: k('a1'), value: undefined },
    { key: k('a2'), value: undefined },
    { key: k('a5'), value: 'aa'.repeat(40) },
  ]
  const faults = supplying(() => trie.batch(entries(edits)), source, nodes)
  expect(faults.map(pathOf).sort()).toEqual(['', 'a', 'a1', 'a2'])
  expect(hexOf(trie.root())).toBe(hexOf((await judge(apply(model, edits))).root))
})

test('a branch that goes from three children to one asks for the last one, once, on behalf of a deletion', async () => {
  const { model, root, nodes, source } = await sparseFamily()
  const owner = asHash(new Uint8Array(32).fill(9))
  const trie = new PartialTrie({ root, source, keccak, owner })
  const edits = [
    { key: k('a1'), value: undefined },
    { key: k('a3'), value: undefined },
  ]
  const slot = new Uint8Array(32).fill(1)
  const batch = entries(edits).map((entry) => ({ ...entry, askedFor: { slot } }))
  const faults = supplying(() => trie.batch(batch), source, nodes)
  expect(faults.map(pathOf)).toEqual(['', 'a', 'a1', 'a3', 'a2'])
  expect(faults.at(-1)).toMatchObject({ owner, slot })
  // Missed once, found once, never asked for again.
  const asked = faults.map((fault) =>
    source.asked.filter((hash) => fault.kind === 'node' && hash === hexOf(fault.hash)),
  )
  expect(asked.map((times) => times.length)).toEqual([2, 2, 2, 2, 2])
  expect(hexOf(trie.root())).toBe(hexOf((await judge(apply(model, edits))).root))
})

test('deleting what is proven absent asks for no sibling and keeps the root', async () => {
  const { root, nodes, source } = await sparseFamily()
  const trie = new PartialTrie({ root, source, keccak })
  const faults = supplying(() => trie.delete(bytesOf(k('a4'))), source, nodes)
  expect(faults.map(pathOf)).toEqual(['', 'a'])
  expect(hexOf(trie.root())).toBe(hexOf(root))
})

test('one fault reports everything that the first descent finds missing', async () => {
  const { root, nodes, source } = await sparseFamily()
  const trie = new PartialTrie({ root, source, keccak })
  supplying(() => trie.get(bytesOf(k('a4'))), source, nodes)
  const faults = faultsOf(() => trie.batch(entries([k('a1'), k('a2'), k('b0')].map((key) => ({ key, value: '01' })))))
  expect(faults.map(pathOf)).toEqual(['a1', 'a2', 'b'])
})
