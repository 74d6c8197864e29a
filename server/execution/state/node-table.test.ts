import { equalsBytes } from '@ethereumjs/util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadKeccak } from '../../../src/chain/keccak.ts'
import type { Hash } from '../../../src/chain/bytes.ts'
import { NodeTable } from './node-table.ts'

const keccak = await loadKeccak()

/** Node number `n`: different bytes, of a length that shares its cells with others. */
function node(n: number): { readonly hash: Hash; readonly bytes: Uint8Array } {
  const bytes = new Uint8Array(33 + ((n * 37) % 500)).fill(n & 0xff)
  new DataView(bytes.buffer).setUint32(0, n)
  return { hash: keccak(bytes) as Hash, bytes }
}

test('a table holds what is counted, whatever was counted and released before', () => {
  const step = fc.record({ isRelease: fc.boolean(), of: fc.nat(400) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 2000, size: 'max' }), (steps) => {
      const table = new NodeTable()
      const counts = new Map<number, number>()
      for (const { isRelease, of } of steps) {
        const { hash, bytes } = node(of)
        const count = counts.get(of) ?? 0
        if (!isRelease) {
          table.count(hash, bytes)
          counts.set(of, count + 1)
        } else if (count > 0) {
          table.release(table.find(hash))
          counts.set(of, count - 1)
        }
      }
      for (const [of, count] of counts) {
        const { hash, bytes } = node(of)
        const held = table.node(hash)
        expect(held && equalsBytes(held, bytes)).toBe(count > 0 ? true : undefined)
      }
      expect(table.size).toBe([...counts.values()].filter((count) => count > 0).length)
    }),
    { numRuns: 30 },
  )
})

test('memory of released nodes is used again', () => {
  const table = new NodeTable()
  for (let round = 0; round < 20; round++) {
    const ids = Array.from({ length: 3000 }, (_, n) => {
      const { hash, bytes } = node(round * 3000 + n)
      return table.count(hash, bytes)
    })
    for (const id of ids) table.release(id)
    expect(table.size).toBe(0)
    expect(table.bytes).toBe(0)
  }
  const { hash, bytes } = node(1)
  // All of it lies in what the first round took: below 3,000 nodes of 18 cells.
  expect(table.count(hash, bytes)).toBeLessThan(3000 * 18)
})

test('a table that was packed is the same when it is unpacked', () => {
  const table = new NodeTable()
  const nodes = Array.from({ length: 20_000 }, (_, n) => node(n))
  for (const { hash, bytes } of [...nodes, ...nodes.slice(0, 100)]) table.count(hash, bytes)
  const slabs = table.pack()
  expect(slabs.length).toBeGreaterThan(1)
  const copy = NodeTable.fromSlabs(
    slabs.map(({ bytes }) => bytes.slice()),
    slabs.map(({ usedBytes }) => usedBytes),
  )
  expect(copy.size).toBe(20_000)
  expect(copy.bytes).toBe(table.bytes)
  for (const { hash, bytes } of nodes) expect(equalsBytes(copy.node(hash)!, bytes)).toBe(true)
  copy.release(copy.find(nodes[0]!.hash))
  expect(copy.node(nodes[0]!.hash)).toEqual(nodes[0]!.bytes)
  copy.count(node(30_000).hash, node(30_000).bytes)
  expect(copy.node(node(30_000).hash)).toEqual(node(30_000).bytes)
})

test('what is no node of a state is refused', () => {
  const bytes = new Uint8Array(5000)
  expect(() => new NodeTable().count(keccak(bytes) as Hash, bytes)).toThrow(RangeError)
})
