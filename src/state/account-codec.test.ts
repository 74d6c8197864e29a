import { RLP } from '@ethereumjs/rlp'
import { bigIntToUnpaddedBytes } from '@ethereumjs/util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asHash } from '../chain/bytes.ts'
import {
  MalformedValueError,
  decodeAccount,
  decodeStorageValue,
  encodeAccount,
  encodeStorageValue,
} from './account-codec.ts'

const hash = (fill: number): Uint8Array => new Uint8Array(32).fill(fill)
const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values)
const nothing = bytes()

test('accounts are what the reference encoder makes of the four fields', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 64n - 1n), fc.bigInt(0n, 2n ** 256n - 1n), (nonce, balance) => {
      const account = { nonce, balance, storageRoot: asHash(hash(1)), codeHash: asHash(hash(2)) }
      const encoded = encodeAccount(account)
      expect(encoded).toEqual(
        RLP.encode([bigIntToUnpaddedBytes(nonce), bigIntToUnpaddedBytes(balance), hash(1), hash(2)]),
      )
      expect(decodeAccount(encoded)).toEqual(account)
    }),
  )
})

describe('no account', () => {
  test.each<[string, Uint8Array]>([
    ['no bytes', nothing],
    ['a string', RLP.encode(hash(1))],
    ['three fields', RLP.encode([nothing, nothing, hash(1)])],
    ['five fields', RLP.encode([nothing, nothing, hash(1), hash(2), nothing])],
    ['a nonce with a leading zero', RLP.encode([bytes(0, 1), nothing, hash(1), hash(2)])],
    ['a nonce of zero as a byte', RLP.encode([bytes(0), nothing, hash(1), hash(2)])],
    ['a nonce of nine bytes', RLP.encode([new Uint8Array(9).fill(1), nothing, hash(1), hash(2)])],
    ['a balance of 33 bytes', RLP.encode([nothing, new Uint8Array(33).fill(1), hash(1), hash(2)])],
    ['a balance that is a list', RLP.encode([nothing, [], hash(1), hash(2)])],
    ['a short storage root', RLP.encode([nothing, nothing, bytes(1), hash(2)])],
    ['no code hash', RLP.encode([nothing, nothing, hash(1), nothing])],
    ['a byte too many', bytes(...RLP.encode([nothing, nothing, hash(1), hash(2)]), 0)],
    ['a byte too few', RLP.encode([nothing, nothing, hash(1), hash(2)]).slice(0, -1)],
  ])('%s', (_, encoded) => {
    expect(() => decodeAccount(encoded)).toThrow(MalformedValueError)
  })

  test('to encode: negative or too large', () => {
    const account = { nonce: 0n, balance: 0n, storageRoot: asHash(hash(1)), codeHash: asHash(hash(2)) }
    expect(() => encodeAccount({ ...account, balance: -1n })).toThrow(RangeError)
    expect(() => encodeAccount({ ...account, balance: 2n ** 256n })).toThrow(RangeError)
    expect(() => encodeAccount({ ...account, nonce: 2n ** 64n })).toThrow(RangeError)
  })
})

test('storage values are trimmed integers, both ways', () => {
  fc.assert(
    fc.property(fc.bigInt(1n, 2n ** 256n - 1n).map(bigIntToUnpaddedBytes), (value) => {
      expect(encodeStorageValue(value)).toEqual(RLP.encode(value))
      expect(decodeStorageValue(encodeStorageValue(value))).toEqual(value)
    }),
  )
})

describe('no storage value', () => {
  test.each<[string, Uint8Array]>([
    ['no bytes', nothing],
    ['zero', bytes(0x80)],
    ['zero as a byte', bytes(0)],
    ['a leading zero', bytes(0x82, 0, 1)],
    ['a prefixed single byte', bytes(0x81, 1)],
    ['33 bytes', RLP.encode(new Uint8Array(33).fill(1))],
    ['a list', RLP.encode([bytes(1)])],
    ['a byte too many', bytes(1, 2)],
    ['a byte too few', bytes(0x82, 1)],
  ])('%s', (_, encoded) => {
    expect(() => decodeStorageValue(encoded)).toThrow(MalformedValueError)
  })

  test.each<[string, Uint8Array]>([
    ['zero has no encoding', nothing],
    ['a leading zero', bytes(0, 1)],
    ['33 bytes', new Uint8Array(33).fill(1)],
  ])('to encode: %s', (_, value) => {
    expect(() => encodeStorageValue(value)).toThrow(RangeError)
  })
})
