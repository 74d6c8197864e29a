import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  bytesToWord,
  equalBytes,
  MASK_256,
  readWord,
  wordToAddress,
  wordToBytes32,
  wordToTrimmedBytes,
  writeWord,
} from './words.ts'

const word = fc.oneof(
  fc.bigInt(0n, MASK_256),
  fc.integer({ min: 0, max: 255 }).map((shift) => 1n << BigInt(shift)),
  fc.integer({ min: 1, max: 256 }).map((bits) => (1n << BigInt(bits)) - 1n),
)
/** The slow way that needs no proof. */
const hex = (value: bigint): string => value.toString(16).padStart(64, '0')
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('a word is its 32 big-endian bytes, both ways, at any place, and touches nothing beside them', () => {
  fc.assert(
    fc.property(word, fc.nat({ max: 7 }), (value, offset) => {
      const bytes = new Uint8Array(48).fill(0xee)
      const view = new DataView(bytes.buffer)
      writeWord(view, offset, value)
      expect(hexOf(bytes)).toBe('ee'.repeat(offset) + hex(value) + 'ee'.repeat(16 - offset))
      expect(readWord(view, offset)).toBe(value)
      expect(hexOf(wordToBytes32(value))).toBe(hex(value))
    }),
  )
})

test('shorter bytes are the same number, whatever was converted before', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 32 }), word, (bytes, before) => {
      bytesToWord(wordToBytes32(before))
      expect(bytesToWord(bytes)).toBe(BigInt(`0x0${hexOf(bytes)}`))
    }),
  )
})

test('trimmed bytes have no leading zero and mean the same; an address is the low 20 bytes', () => {
  fc.assert(
    fc.property(word, (value) => {
      const trimmed = wordToTrimmedBytes(value)
      expect(trimmed[0]).not.toBe(0)
      expect(bytesToWord(trimmed)).toBe(value)
      expect(hexOf(wordToAddress(value))).toBe(hex(value).slice(24))
    }),
  )
  expect(wordToTrimmedBytes(0n)).toEqual(new Uint8Array(0))
})

test('what is returned is a copy', () => {
  const [bytes, trimmed, address] = [wordToBytes32(7n), wordToTrimmedBytes(7n), wordToAddress(7n)]
  for (const convert of [wordToBytes32, wordToTrimmedBytes, wordToAddress]) convert(MASK_256)
  expect([bytes.at(-1), trimmed[0], address.at(-1)]).toEqual([7, 7, 7])
})

test('bytes are equal when they are, length and all', () => {
  const bytes = Uint8Array.of(1, 2, 3)
  expect(equalBytes(bytes, Uint8Array.of(1, 2, 3))).toBe(true)
  for (const other of [[1, 2], [1, 2, 3, 0], [1, 2, 4], []])
    expect(equalBytes(bytes, Uint8Array.from(other))).toBe(false)
})
