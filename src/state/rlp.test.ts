import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  RlpError,
  enterList,
  isListAt,
  itemEnd,
  payloadStart,
  prefixSize,
  stringSize,
  writeListPrefix,
  writeString,
} from './rlp.ts'

/** Around every border: single bytes, 55 and 56 bytes, one and two length bytes. */
const text = fc.oneof(
  fc.uint8Array({ maxLength: 3 }),
  fc.uint8Array({ minLength: 54, maxLength: 58 }),
  fc.uint8Array({ minLength: 254, maxLength: 258 }),
)
const texts = fc.array(text, { maxLength: 20 })

function encode(items: readonly Uint8Array[]): Uint8Array {
  const length = items.reduce((sum, item) => sum + stringSize(item), 0)
  const encoded = new Uint8Array(prefixSize(length) + length)
  let at = writeListPrefix(encoded, 0, length)
  for (const item of items) at = writeString(encoded, at, item)
  return encoded
}

function decode(encoded: Uint8Array): { items: Uint8Array[]; nested: boolean } {
  const items: Uint8Array[] = []
  let nested = false
  for (let at = enterList(encoded); at < encoded.length;) {
    const end = itemEnd(encoded, at, encoded.length)
    nested ||= isListAt(encoded, at)
    items.push(encoded.subarray(payloadStart(encoded, at), end))
    at = end
  }
  return { items, nested }
}

test('lists of strings are written and read as by the reference', () => {
  fc.assert(
    fc.property(texts, (items) => {
      const encoded = encode(items)
      expect(encoded).toEqual(RLP.encode(items))
      expect(decode(encoded)).toEqual({ items, nested: false })
    }),
  )
})

test('long lists take three and four length bytes', () => {
  for (const length of [65_536, 16_777_216]) {
    const item = new Uint8Array(length).fill(7)
    expect(decode(encode([item])).items[0]!.length).toBe(length)
    expect(encode([item]).subarray(0, 12)).toEqual(RLP.encode([item]).subarray(0, 12))
  }
})

test('whatever the bytes, they are refused by name or are the only encoding of what is read', () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 80 }),
    fc.tuple(texts, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([items, where, flip]) => {
      const encoded = encode(items)
      encoded[where % encoded.length]! ^= flip
      return encoded
    }),
  )
  fc.assert(
    fc.property(noise, (bytes) => {
      try {
        const { items, nested } = decode(bytes)
        if (!nested) expect(encode(items)).toEqual(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(RlpError)
      }
    }),
    { numRuns: 2000 },
  )
})
