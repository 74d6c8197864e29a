/** Point evaluation accepts and refuses what another library does. */
import { bls12_381 } from '@noble/curves/bls12-381.js'
import type { KZG } from '@ethereumjs/util'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { number } from './fixtures.ts'
import { loadPointVerifier, type PointVerifier } from './kzg-mcl.ts'
import { loadKzg } from './kzg.ts'

const ORDER = bls12_381.fields.Fr.ORDER
const MODULUS = bls12_381.fields.Fp.ORDER
const INFINITY = `0xc0${'00'.repeat(47)}`
let ours: PointVerifier
let noble: KZG

beforeAll(async () => {
  ours = await loadPointVerifier()
  noble = await loadKzg()
})

type Claim = [commitment: string, z: string, y: string, proof: string]

function compare(...claim: Claim): boolean {
  const verdict = ours.verifyProof(...claim)
  expect(verdict).toBe(noble.verifyProof(...claim))
  return verdict
}

const scalar = (value: bigint): string => `0x${number(value, 32)}`
const g1 = (k: bigint): string => (k % ORDER === 0n ? INFINITY : `0x${bls12_381.G1.Point.BASE.multiply(k).toHex(true)}`)
const any = fc.oneof(fc.bigInt({ min: 0n, max: ORDER - 1n }), fc.constantFrom(0n, 1n, ORDER - 1n))

/** Of the constant polynomial: its quotient is zero. */
const constant = (value: bigint, z: bigint): Claim => [g1(value), scalar(z), scalar(value), INFINITY]

describe('valid claims', () => {
  test('constant polynomials', () => {
    fc.assert(
      fc.property(any, any, (value, z) => {
        expect(compare(...constant(value, z))).toBe(true)
      }),
      { numRuns: 12 },
    )
  })

  test('a real polynomial, at a root of unity and elsewhere', () => {
    // A blob of 4,096 values, two of them not zero.
    const blob = `0x${number(3n, 32)}${number(ORDER - 1n, 32)}${'00'.repeat(4094 * 32)}`
    const commitment = noble.blobToKzgCommitment(blob)
    const { computeProof } = noble as unknown as {
      computeProof: (blob: string, z: string) => [proof: string, y: string]
    }
    for (const z of [1n, 123456789n]) {
      const [proof, y] = computeProof.call(noble, blob, scalar(z))
      expect(compare(commitment, scalar(z), y, proof)).toBe(true)
      expect(compare(commitment, scalar((z + 1n) % ORDER), y, proof)).toBe(false)
      expect(compare(commitment, scalar(z), scalar((BigInt(y) + 1n) % ORDER), proof)).toBe(false)
      expect(compare(commitment, scalar(z), y, g1(5n))).toBe(false)
      expect(compare(g1(5n), scalar(z), y, proof)).toBe(false)
    }
  })
})

describe('claims that must be refused', () => {
  test('any group elements', () => {
    fc.assert(
      fc.property(any, any, any, any, (commitment, z, y, proof) => {
        compare(g1(commitment), scalar(z), scalar(y), g1(proof))
      }),
      { numRuns: 15 },
    )
  })

  test('numbers not below the order', () => {
    for (const value of [ORDER, ORDER + 1n, 2n ** 256n - 1n]) {
      expect(compare(g1(1n), scalar(value), scalar(1n), INFINITY)).toBe(false)
      expect(compare(g1(value % ORDER), scalar(1n), scalar(value), INFINITY)).toBe(false)
    }
  })

  const generator = g1(1n).slice(2)
  const flagged = (flags: number): string =>
    `0x${((Number.parseInt(generator.slice(0, 2), 16) & 0x1f) | flags).toString(16).padStart(2, '0')}${generator.slice(2)}`
  const point = (x: bigint, flags: bigint): string => `0x${number((flags << 376n) | x, 48)}`
  const malformed: [what: string, hex: string][] = [
    ['not marked as compressed', flagged(0)],
    ['with the other sign and not marked', flagged(0x20)],
    ['marked as infinity', flagged(0xc0)],
    ['marked as infinity and sign', flagged(0xe0)],
    ['infinity with a sign', `0xe0${'00'.repeat(47)}`],
    ['infinity with a last bit', `0xc0${'00'.repeat(46)}01`],
    ['infinity not marked as compressed', `0x40${'00'.repeat(47)}`],
    ['zeros', `0x${'00'.repeat(48)}`],
    ['ones', `0x${'ff'.repeat(48)}`],
    ['x = p', point(MODULUS, 0x80n)],
    ['x = p + 4', point(MODULUS + 4n, 0x80n)],
    ['short', g1(1n).slice(0, -2)],
    ['long', `${g1(1n)}00`],
  ]

  test.each(malformed)('a commitment or proof that is %s', (_, hex) => {
    expect(compare(hex, scalar(1n), scalar(1n), INFINITY)).toBe(false)
    expect(compare(g1(1n), scalar(1n), scalar(1n), hex)).toBe(false)
  })

  test('points outside the subgroup, and x that is on no point', () => {
    const verdicts = []
    for (let x = 0n; x < 12n; x++) {
      for (const flags of [0x80n, 0xa0n]) {
        verdicts.push(compare(point(x, flags), scalar(1n), scalar(1n), INFINITY))
        verdicts.push(compare(g1(1n), scalar(1n), scalar(1n), point(x, flags)))
      }
    }
    expect(verdicts).not.toContain(true)
  })
})
