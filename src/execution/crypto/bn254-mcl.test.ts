/** The curve of EIP-196 and EIP-197 answers as EthereumJS's default library, on valid and on hostile input. */
import { NobleBN254, type EVMBN254Interface } from '@ethereumjs/evm'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadBn254 } from './bn254-mcl.ts'
import { BN254_POINTS } from './curve-points.fixtures.ts'
import { bytes, outcome } from './fixtures.ts'

const { g1, g2, field, order, modulus, outsideG2 } = BN254_POINTS
const noble = new NobleBN254()
const INFINITY_1 = field(0n).repeat(2)
const INFINITY_2 = field(0n).repeat(4)
let ours: EVMBN254Interface

beforeAll(async () => {
  ours = await loadBn254()
})

type Operation = keyof EVMBN254Interface

function compare(operation: Operation, digits: string): string {
  const result = outcome(() => ours[operation](bytes(digits)))
  expect(result).toBe(outcome(() => noble[operation](bytes(digits))))
  return result
}

const scalar = fc.oneof(fc.bigInt({ min: 1n, max: order - 1n }), fc.constantFrom(1n, 2n, order - 1n, (order + 1n) / 2n))

describe('valid input', () => {
  test('additions', () => {
    const point = fc.oneof(scalar.map(g1), fc.constant(INFINITY_1))
    fc.assert(
      fc.property(point, point, (a, b) => {
        expect(compare('add', a + b)).not.toBe('refused')
      }),
      { numRuns: 60 },
    )
  })

  test('a point and itself, and its negative', () => {
    expect(compare('add', g1(7n) + g1(7n))).toBe(g1(14n))
    expect(compare('add', g1(7n) + g1(order - 7n))).toBe(INFINITY_1)
  })

  test('multiplications with any 256-bit number', () => {
    const any = fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), scalar)
    fc.assert(
      fc.property(scalar, any, (k, factor) => {
        expect(compare('mul', g1(k) + field(factor) + field(0n))).not.toBe('refused')
      }),
      { numRuns: 40 },
    )
  })

  test.each([0n, 1n, order, order + 5n, 2n ** 256n - 1n])('multiplication with %d', (factor) => {
    expect(compare('mul', g1(3n) + field(factor) + field(0n))).not.toBe('refused')
    expect(compare('mul', INFINITY_1 + field(factor) + field(0n))).toBe(INFINITY_1)
  })

  test('pairings whose product is one, and others', () => {
    fc.assert(
      fc.property(scalar, scalar, fc.boolean(), (a, b, balanced) => {
        const c = balanced ? order - ((a * b) % order) : a
        const result = compare('pairing', g1(a) + g2(b) + g1(c) + g2(1n))
        if (balanced) expect(result).toBe(field(1n))
      }),
      { numRuns: 12 },
    )
  })

  test('as many pairings as fill a batch, one less, one more, two batches', () => {
    for (const count of [1, 15, 16, 17, 32, 33]) {
      const sum = BigInt(count - 1)
      const pairs = (g1(1n) + g2(1n)).repeat(count - 1)
      expect(compare('pairing', pairs + (count === 1 ? INFINITY_1 : g1(order - sum)) + g2(1n))).toBe(field(1n))
      expect(outcome(() => ours.pairing(bytes(pairs + g1(1n) + g2(1n))))).toBe(field(0n))
    }
  })

  test('pairings with infinity count as one; so do no pairings at all', () => {
    expect(compare('pairing', '')).toBe(field(1n))
    expect(compare('pairing', INFINITY_1 + INFINITY_2)).toBe(field(1n))
    expect(compare('pairing', INFINITY_1 + g2(5n))).toBe(field(1n))
    expect(compare('pairing', g1(5n) + INFINITY_2)).toBe(field(1n))
    expect(compare('pairing', g1(5n) + INFINITY_2 + g1(5n) + g2(1n))).toBe(field(0n))
  })
})

describe('input that the call must fail on', () => {
  const bad1 = {
    'off the curve': field(1n) + field(3n),
    'x zero, y not': field(0n) + field(1n),
    'x not below p': field(modulus + 1n) + field(2n),
    'y not below p': field(1n) + field(modulus + 2n),
    'p, p for infinity': field(modulus).repeat(2),
    'all ones': 'ff'.repeat(64),
  }
  const [x1, x0, y1, y0] = g2(9n).match(/.{64}/g)! as [string, string, string, string]
  const above = (digits: string): string => field(BigInt(`0x${digits}`) + modulus)
  const bad2 = {
    'off the curve': x1 + x0 + y1 + field(5n),
    'real part first': x0 + x1 + y0 + y1,
    'x imaginary not below p': above(x1) + x0 + y1 + y0,
    'x real not below p': x1 + above(x0) + y1 + y0,
    'y imaginary not below p': x1 + x0 + above(y1) + y0,
    'y real not below p': x1 + x0 + y1 + above(y0),
    'outside the subgroup': outsideG2(1n),
    'outside the subgroup, elsewhere': outsideG2(1000n),
    'p for zero': field(modulus).repeat(4),
  }

  test.each(Object.entries(bad1))('G1: %s', (_, point) => {
    expect(compare('add', point + g1(1n))).toBe('refused')
    expect(compare('add', g1(1n) + point)).toBe('refused')
    expect(compare('mul', point + field(0n) + field(0n))).toBe('refused')
    expect(compare('pairing', point + g2(1n))).toBe('refused')
    expect(compare('pairing', point + INFINITY_2)).toBe('refused')
    expect(compare('pairing', g1(1n) + g2(1n) + point + g2(1n))).toBe('refused')
  })

  test.each(Object.entries(bad2))('G2: %s', (_, twist) => {
    expect(compare('pairing', g1(1n) + twist)).toBe('refused')
    expect(compare('pairing', INFINITY_1 + twist)).toBe('refused')
    expect(compare('pairing', g1(1n) + g2(1n) + INFINITY_1 + twist)).toBe('refused')
  })

  test('any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 192, maxLength: 192 }), (noise) => {
        const digits = Buffer.from(noise).toString('hex')
        compare('add', digits.slice(0, 256))
        compare('mul', digits.slice(0, 256))
        compare('pairing', digits)
      }),
      { numRuns: 50 },
    )
  })

  test('a valid pair with one flipped bit', () => {
    const pair = bytes(g1(5n) + g2(9n))
    fc.assert(
      fc.property(fc.nat(192 * 8 - 1), (bit) => {
        const spoiled = pair.slice()
        spoiled[bit >> 3]! ^= 1 << (bit & 7)
        compare('pairing', Buffer.from(spoiled).toString('hex'))
      }),
      { numRuns: 60 },
    )
  })
})

test('a refused call leaves nothing behind: the next one is right', () => {
  expect(outcome(() => ours.pairing(bytes(g1(5n) + g2(1n) + 'ff'.repeat(192))))).toBe('refused')
  expect(compare('pairing', g1(5n) + g2(1n) + g1(order - 5n) + g2(1n))).toBe(field(1n))
})
