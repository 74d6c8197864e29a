/** Recovery in wasm gives and refuses what EthereumJS's own does. */
import { ecrecover } from '@ethereumjs/util'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { bytes, number, outcome } from './fixtures.ts'
import { loadWasmCrypto, SignatureRecoveryError, type WasmCrypto } from './wasm-crypto.ts'

const { n: ORDER, p: MODULUS } = secp256k1.Point.CURVE()
let crypto: WasmCrypto

beforeAll(async () => {
  crypto = await loadWasmCrypto()
})

type Arguments = Parameters<typeof ecrecover>

function compare(...args: Arguments): string {
  const result = outcome(() => crypto.customCrypto.ecrecover!(...args))
  expect(result).toBe(outcome(() => ecrecover(...args)))
  return result
}

const word = fc.uint8Array({ minLength: 32, maxLength: 32 })
const key = fc.bigInt({ min: 1n, max: ORDER - 1n }).map((secret) => bytes(number(secret, 32)))

function signature(hash: Uint8Array, secret: Uint8Array) {
  const [recovery, ...rest] = secp256k1.sign(hash, secret, { prehash: false, format: 'recovered' })
  return { v: BigInt(recovery!), r: Uint8Array.from(rest.slice(0, 32)), s: Uint8Array.from(rest.slice(32)) }
}

describe('recovery', () => {
  test('finds the signer, whatever form v has', () => {
    fc.assert(
      fc.property(word, key, fc.bigInt({ min: 1n, max: 2n ** 32n }), (hash, secret, chainId) => {
        const { v, r, s } = signature(hash, secret)
        const signer = Buffer.from(secp256k1.getPublicKey(secret, false).slice(1)).toString('hex')
        expect(compare(hash, v, r, s)).toBe(signer)
        expect(compare(hash, v + 27n, r, s)).toBe(signer)
        expect(compare(hash, v + 35n + 2n * chainId, r, s, chainId)).toBe(signer)
      }),
      { numRuns: 40 },
    )
  })

  test('of the mirrored signature: s may be high', () => {
    fc.assert(
      fc.property(word, key, (hash, secret) => {
        const { v, r, s } = signature(hash, secret)
        const mirrored = bytes(number(ORDER - BigInt(`0x${Buffer.from(s).toString('hex')}`), 32))
        expect(compare(hash, 1n - v, r, mirrored)).toBe(compare(hash, v, r, s))
      }),
      { numRuns: 20 },
    )
  })

  test('of numbers without leading zeros, as transactions carry them', () => {
    fc.assert(
      fc.property(
        word,
        fc.uint8Array({ minLength: 1, maxLength: 32 }),
        fc.uint8Array({ maxLength: 32 }),
        (hash, r, s) => {
          compare(hash, 27n, r, s)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('of any numbers: half of all r are no point of the curve', () => {
    const results = fc
      .sample(fc.tuple(word, word, word, fc.constantFrom(27n, 28n)), { numRuns: 60, seed: 1 })
      .map(([hash, r, s, v]) => compare(hash, v, r, s))
    expect(results.filter((result) => result === 'refused').length).toBeGreaterThan(10)
  })

  const edges = [
    0n,
    1n,
    2n,
    ORDER - 1n,
    ORDER,
    ORDER + 1n,
    MODULUS - 1n,
    MODULUS,
    2n ** 256n - 1n,
    (ORDER - 1n) / 2n,
    (ORDER + 1n) / 2n,
  ]
  test.each(edges)('with r or s = %d', (edge) => {
    const { r, s } = signature(new Uint8Array(32).fill(7), bytes(number(5n, 32)))
    const at = bytes(number(edge, 32))
    for (const v of [27n, 28n]) {
      for (const hash of [
        new Uint8Array(32),
        new Uint8Array(32).fill(255),
        bytes(number(ORDER, 32)),
        bytes(number(1n, 32)),
      ]) {
        compare(hash, v, at, s)
        compare(hash, v, r, at)
        compare(hash, v, at, at)
      }
    }
  })

  test.each([2n, 3n, 26n, 29n, 35n, 36n, -1n, 2n ** 64n])('refuses v = %d without a chain id', (v) => {
    const { r, s } = signature(new Uint8Array(32), bytes(number(5n, 32)))
    expect(compare(new Uint8Array(32), v, r, s)).toBe('refused')
    expect(() => crypto.customCrypto.ecrecover!(new Uint8Array(32), v, r, s)).toThrow(SignatureRecoveryError)
  })

  test.each([27n, 28n, 36n, 39n, 2n ** 256n])('refuses v = %d with chain id 1', (v) => {
    const { r, s } = signature(new Uint8Array(32), bytes(number(5n, 32)))
    expect(compare(new Uint8Array(32), v, r, s, 1n)).toBe('refused')
  })

  test('refuses numbers of 33 bytes', () => {
    const { r, s } = signature(new Uint8Array(32), bytes(number(5n, 32)))
    const long = Uint8Array.from([0, ...r])
    expect(() => crypto.customCrypto.ecrecover!(new Uint8Array(32), 27n, long, s)).toThrow(SignatureRecoveryError)
    expect(() => crypto.customCrypto.ecrecover!(new Uint8Array(32), 27n, r, long)).toThrow(SignatureRecoveryError)
  })
})

test('keccak and SHA-256 of any message', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 600 }), (message) => {
      expect(crypto.customCrypto.keccak256!(message)).toEqual(keccak_256(message))
      expect(crypto.customCrypto.sha256!(message)).toEqual(sha256(message))
    }),
  )
})
