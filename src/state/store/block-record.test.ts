import fc from 'fast-check'
import { equalsBytes } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import { loadKeccak } from '../../chain/keccak.ts'
import { decodeBlock, decodeSummary, encodeBlock } from './block-record.ts'
import { someBlock, someBytes } from './fixtures.ts'
import { StoreError } from './store-error.ts'

const keccak = await loadKeccak()
const { record, header } = someBlock(keccak)
const encoded = encodeBlock(record, keccak)

/** A flip of one bit anywhere, a cut, or something appended. */
const spoil = (bytes: Uint8Array) =>
  fc.oneof(
    fc
      .tuple(fc.nat(bytes.length - 1), fc.nat(7))
      .map(([at, bit]) => bytes.map((byte, n) => (n === at ? byte ^ (1 << bit) : byte))),
    fc.nat(bytes.length - 1).map((length) => bytes.slice(0, length)),
    fc.uint8Array({ minLength: 1, maxLength: 9 }).map((tail) => Uint8Array.from([...bytes, ...tail])),
  )

test('a record comes back as it was', () => {
  expect(decodeBlock(encoded.record, record.hash, record.network, keccak)).toEqual(record)
  expect(encoded.header).toEqual(header)
  expect(decodeSummary(encoded.summary, keccak)).toMatchObject({
    summary: { hash: record.hash, number: 7, transactions: 1, nodes: 5, codes: 1 },
    recordLength: encoded.record.length,
  })
})

test('a record from before receipts and writes were kept is read without them', () => {
  const executed = { receipts: [someBytes(1, 40)], writes: { accounts: new Map(), codes: new Map() } }
  const longer = encodeBlock({ ...record, executed }, keccak)
  expect(decodeBlock(longer.record, record.hash, record.network, keccak)).toEqual({ ...record, executed })
  expect(decodeBlock(encoded.record, record.hash, record.network, keccak)?.executed).toBeUndefined()
})

test('a spoilt record is none, or one whose header and parent are still proven', () => {
  fc.assert(
    fc.property(spoil(encoded.record), (bytes) => {
      const decoded = decodeBlock(bytes, record.hash, record.network, keccak)
      if (decoded === undefined) return
      expect(decoded.hash).toEqual(record.hash)
      expect(encodeBlock(decoded, keccak).header).toEqual(header)
      if (decoded.parentHeader !== undefined) expect(decoded.parentHeader).toEqual(record.parentHeader)
    }),
    { numRuns: 500 },
  )
})

test('a spoilt summary is none, or says the hash of the header it holds', () => {
  fc.assert(
    fc.property(spoil(encoded.summary), (bytes) => {
      const decoded = decodeSummary(bytes, keccak)
      if (decoded === undefined || equalsBytes(decoded.summary.hash, record.hash)) return
      expect(decoded.summary.hash).toHaveLength(32)
    }),
    { numRuns: 500 },
  )
})

test('what is no block is refused by name, whatever it is', () => {
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 80 }), spoil(record.block)), (block) => {
      try {
        const { header: kept } = encodeBlock({ ...record, block }, keccak)
        expect(kept).toEqual(header)
      } catch (error) {
        expect(error).toBeInstanceOf(StoreError)
      }
    }),
    { numRuns: 500 },
  )
})

test('lists nested deeper than any stack are refused too', () => {
  const deep = new Uint8Array(200_000).fill(0xc1)
  expect(() => encodeBlock({ ...record, block: Uint8Array.from([0xf9, 1, 0, ...deep]) }, keccak)).toThrow(StoreError)
})

test('a record of another block or network is not this one', () => {
  const other = encodeBlock(someBlock(keccak, { number: 9 }).record, keccak)
  expect(decodeBlock(other.record, record.hash, record.network, keccak)).toBeUndefined()
  expect(decodeBlock(encoded.record, record.hash, 'another', keccak)).toBeUndefined()
  expect(decodeSummary(someBytes(1, 80), keccak)).toBeUndefined()
})
