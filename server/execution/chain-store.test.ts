import { describe, expect, test } from 'vitest'
import { asHash, type Hash } from '../../src/chain/bytes.ts'
import { loadWasmCrypto } from '../../src/execution/crypto/wasm-crypto.ts'
import { EMPTY_ROOT } from '../../src/state/trie/partial-trie.ts'
import { ChainStore } from './chain-store.ts'
import { UnavailableError, type ExecutionBlock } from './execution-source.ts'
import { madeUpBlock } from './made-up-chain.fixtures.ts'

const crypto = await loadWasmCrypto()
const { keccak } = crypto
const NOBODY = asHash(new Uint8Array(32).fill(7))

function block(parent: Hash, number: number, transactions: readonly Uint8Array[] = [], extra = 0): ExecutionBlock {
  return madeUpBlock({ parent, number, stateRoot: EMPTY_ROOT, transactions, extra }, crypto)
}

/** A typed transaction of so many bytes, told from others by its number. */
function transaction(number: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size).fill(1)
  new DataView(bytes.buffer).setUint32(1, number)
  return bytes
}

function hashOf(bytes: Uint8Array): Hash {
  return asHash(keccak(bytes))
}

describe('the store of a chain', () => {
  test('finds transactions where they are canonical, and only there', () => {
    const genesis = block(NOBODY, 0)
    const store = new ChainStore(genesis, keccak)
    const [a, b, c] = [transaction(1, 100), transaction(2, 100), transaction(3, 100)]
    const one = block(genesis.hash, 1, [a, b])
    const other = block(genesis.hash, 1, [c, a], 1)
    for (const item of [one, other]) store.add(item, [], undefined)
    store.setHead(one.hash, 0)
    expect(store.locateTransaction(hashOf(b))).toEqual({ blockHash: one.hash, index: 1 })
    expect(store.locateTransaction(hashOf(c))).toBeUndefined()
    store.setHead(other.hash, 0)
    expect(store.locateTransaction(hashOf(a))).toEqual({ blockHash: other.hash, index: 1 })
    expect(store.locateTransaction(hashOf(b))).toBeUndefined()
  })

  test('gives receipts back byte for byte', () => {
    const genesis = block(NOBODY, 0)
    const store = new ChainStore(genesis, keccak)
    const receipts = [transaction(1, 300), transaction(2, 20), Uint8Array.of(0xc0)]
    const one = madeUpBlock({ parent: genesis.hash, number: 1, stateRoot: EMPTY_ROOT, receipts }, crypto)
    store.add(one, receipts, undefined)
    expect(store.receipts(store.block(one.hash)!)).toEqual(receipts)
    expect(store.receipts(store.block(genesis.hash)!)).toEqual([])
  })

  test.each([
    { name: 'blocks', limits: { blocks: 50, bytes: Infinity, always: 20 }, kept: 50 },
    { name: 'bytes', limits: { blocks: 50, bytes: 60_000, always: 20 }, kept: 27 },
    { name: 'bytes, but for the newest', limits: { blocks: 50, bytes: 1000, always: 20 }, kept: 20 },
  ])('is bounded in $name, and never says of what it dropped that there is none', ({ limits, kept }) => {
    const genesis = block(NOBODY, 0)
    const store = new ChainStore(genesis, keccak, limits)
    const blocks: ExecutionBlock[] = [genesis]
    for (let number = 1; number <= LENGTH; number++) {
      const side = block(blocks[number - 1]!.hash, number, [transaction(LENGTH + number, 20)], 1)
      const next = block(blocks[number - 1]!.hash, number, [transaction(number, 50)])
      for (const item of [side, next]) store.add(item, [], undefined)
      store.setHead(next.hash, 0)
      blocks.push(next)
    }
    expect(LENGTH - store.oldest + 1).toBe(kept)
    expect(store.blockAt(0)?.block).toBe(genesis)
    expect(store.blockAt(store.oldest)?.block).toBe(blocks[store.oldest])
    expect(store.allAt(5)).toEqual([])
    expect(() => store.blockAt(store.oldest - 1)).toThrow(UnavailableError)
    expect(() => store.block(blocks[5]!.hash)).toThrow(UnavailableError)
    expect(() => store.locateTransaction(hashOf(transaction(5, 50)))).toThrow(UnavailableError)
    expect(store.block(NOBODY)).toBeUndefined()
    expect(store.blockAt(LENGTH + 1)).toBeUndefined()
    expect(store.locateTransaction(hashOf(transaction(LENGTH + 5, 20)))).toBeUndefined()
    expect(store.locateTransaction(hashOf(transaction(LENGTH, 50)))).toMatchObject({ index: 0 })
  })
})

const LENGTH = 120
