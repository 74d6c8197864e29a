import { beforeAll, expect, test } from 'vitest'
import type { Hash, Keccak } from '../chain/bytes.ts'
import { loadKeccak } from '../chain/keccak.ts'
import { CodeBag, NodeBag, layeredCodes } from './content-bag.ts'
import { hashKey, hashOfKey } from './hash-key.ts'
import { HashedKeys } from './hashed-keys.ts'
import { RecordingCodeSource, RecordingNodeSource } from './recording-source.ts'
import { layeredNodes } from './trie/node-source.ts'

let keccak: Keccak

beforeAll(async () => {
  keccak = await loadKeccak()
})

const item = (n: number): Uint8Array => new Uint8Array(40).fill(n)
const hashOf = (n: number): Hash => keccak(item(n)) as Hash

test('a bag answers by hash, in any order, repeated items once, and knows nothing else', () => {
  const bag = NodeBag.from([item(2), item(1), item(2)], keccak)
  expect(bag.size).toBe(2)
  expect(bag.node(hashOf(1))).toEqual(item(1))
  expect(bag.node(hashOf(3))).toBeUndefined()
  const codes = CodeBag.from([item(4)], keccak)
  expect(codes.size).toBe(1)
  expect(codes.code(hashOf(4))).toEqual(item(4))
})

test('layers are asked in order, and a later one only for what the earlier ones lack', () => {
  const first = new RecordingNodeSource(NodeBag.from([item(1)], keccak))
  const second = new RecordingNodeSource(NodeBag.from([item(1), item(2)], keccak))
  const layers = layeredNodes(first, second)
  for (const n of [1, 2, 3]) layers.node(hashOf(n))
  expect(first.read().map(({ hash }) => hash)).toEqual([hashOf(1)])
  expect(second.read().map(({ hash }) => hash)).toEqual([hashOf(2)])
  const codes = layeredCodes(CodeBag.from([], keccak), CodeBag.from([item(5)], keccak))
  expect(codes.code(hashOf(5))).toEqual(item(5))
  expect(codes.code(hashOf(6))).toBeUndefined()
})

test('a recording lists what was found, once, in the order of first reading; misses are not in it', () => {
  const nodes = new RecordingNodeSource(NodeBag.from([1, 2, 3].map(item), keccak))
  for (const n of [3, 9, 1, 3]) nodes.node(hashOf(n))
  expect(nodes.read()).toEqual([3, 1].map((n) => ({ hash: hashOf(n), bytes: item(n) })))
  const codes = new RecordingCodeSource(CodeBag.from([item(1)], keccak))
  for (const n of [2, 1]) codes.code(hashOf(n))
  expect(codes.read()).toEqual([{ hash: hashOf(1), bytes: item(1) }])
})

test('a hash survives being a key, lone surrogates and all', () => {
  const hash = new Uint8Array(32).map((_, i) => (i % 2 === 0 ? 0xd8 + (i % 8) : i)) as Hash
  expect(hashOfKey(hashKey(hash))).toEqual(hash)
})

test('hashed keys are right, remembered, and forgotten in the end', () => {
  let hashed = 0
  const keys = new HashedKeys((message) => {
    hashed++
    return keccak(message)
  })
  const slot = (n: number): Uint8Array => {
    const bytes = new Uint8Array(32)
    new DataView(bytes.buffer).setUint32(28, n)
    return bytes
  }
  expect(keys.hash(slot(0))).toEqual(keccak(slot(0)))
  keys.hash(slot(0))
  expect(hashed).toBe(1)
  const two = 2 * 32_768
  for (let n = 1; n <= two; n++) keys.hash(slot(n))
  expect(hashed).toBe(1 + two)
  keys.hash(slot(two))
  expect(hashed).toBe(1 + two)
  keys.hash(slot(0))
  expect(hashed).toBe(2 + two)
})
