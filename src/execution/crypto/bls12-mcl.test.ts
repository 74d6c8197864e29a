/** The operations of EIP-2537 answer as EthereumJS's default library, on valid and on hostile input. */
import { NobleBLS, type EVMBLSInterface } from '@ethereumjs/evm'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { loadBls12 } from './bls12-mcl.ts'
import { BLS12_POINTS } from './curve-points.fixtures.ts'
import { bytes, number, outcome } from './fixtures.ts'

const { g1, g2, field, order, modulus, outsideG1, outsideG2 } = BLS12_POINTS
const noble = new NobleBLS()
const INFINITY_1 = field(0n).repeat(2)
const INFINITY_2 = field(0n).repeat(4)
const TRUE = number(1n, 32)
let ours: EVMBLSInterface

beforeAll(async () => {
  ours = await loadBls12()
})

type Operation = Exclude<keyof EVMBLSInterface, 'init'>

function compare(operation: Operation, digits: string): string {
  const result = outcome(() => ours[operation](bytes(digits)))
  expect(result).toBe(outcome(() => noble[operation](bytes(digits))))
  return result
}

const scalar = fc.oneof(fc.bigInt({ min: 1n, max: order - 1n }), fc.constantFrom(1n, 2n, order - 1n))
const any256 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
  fc.constantFrom(0n, 1n, order, order + 5n, 2n ** 256n - 1n),
)
const point1 = fc.oneof({ weight: 9, arbitrary: scalar.map(g1) }, { weight: 1, arbitrary: fc.constant(INFINITY_1) })
const point2 = fc.oneof({ weight: 9, arbitrary: scalar.map(g2) }, { weight: 1, arbitrary: fc.constant(INFINITY_2) })

describe('valid input', () => {
  test('additions', () => {
    fc.assert(
      fc.property(point1, point1, point2, point2, (a, b, c, d) => {
        expect(compare('addG1', a + b)).not.toBe('refused')
        expect(compare('addG2', c + d)).not.toBe('refused')
      }),
      { numRuns: 20 },
    )
  })

  test('a point and itself, and its negative', () => {
    expect(compare('addG1', g1(7n) + g1(7n))).toBe(g1(14n))
    expect(compare('addG1', g1(7n) + g1(order - 7n))).toBe(INFINITY_1)
    expect(compare('addG2', g2(7n) + g2(7n))).toBe(g2(14n))
    expect(compare('addG2', g2(7n) + g2(order - 7n))).toBe(INFINITY_2)
  })

  test('additions outside the subgroup, which EIP-2537 allows', () => {
    for (const from of [0n, 5n, 50n]) {
      expect(compare('addG1', outsideG1(from) + g1(3n))).not.toBe('refused')
      expect(compare('addG1', outsideG1(from).repeat(2))).not.toBe('refused')
      expect(compare('addG2', outsideG2(from) + g2(3n))).not.toBe('refused')
      expect(compare('addG2', outsideG2(from).repeat(2))).not.toBe('refused')
    }
  })

  test('multi-scalar multiplications with any 256-bit numbers', () => {
    const terms = fc.array(fc.tuple(point1, point2, any256), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(terms, (list) => {
        compare('msmG1', list.map(([point, , factor]) => point + number(factor, 32)).join(''))
        compare('msmG2', list.map(([, point, factor]) => point + number(factor, 32)).join(''))
      }),
      { numRuns: 12 },
    )
  })

  test('a multiplication of more points than mcl takes at once', () => {
    // Infinity most of the time, which costs no check; real points at both ends and at a seam.
    const list = (point: string, infinity: string): string =>
      [point, infinity.repeat(1022), point.repeat(2), infinity.repeat(6000), point].join('')
    const one = number(1n, 32)
    expect(outcome(() => ours.msmG1(bytes(list(g1(3n) + one, INFINITY_1 + one))))).toBe(g1(12n))
    expect(outcome(() => ours.msmG2(bytes(list(g2(3n) + one, INFINITY_2 + one))))).toBe(g2(12n))
  })

  test('maps', () => {
    const element = fc.oneof(fc.bigInt({ min: 0n, max: modulus - 1n }), fc.constantFrom(0n, 1n, modulus - 1n))
    fc.assert(
      fc.property(element, element, (a, b) => {
        expect(compare('mapFPtoG1', field(a))).not.toBe('refused')
        expect(compare('mapFP2toG2', field(a) + field(b))).not.toBe('refused')
      }),
      { numRuns: 20 },
    )
  })

  test('pairings whose product is one, and others', () => {
    fc.assert(
      fc.property(scalar, scalar, fc.boolean(), (a, b, balanced) => {
        const c = balanced ? order - ((a * b) % order) : a
        const result = compare('pairingCheck', g1(a) + g2(b) + g1(c) + g2(1n))
        if (balanced) expect(result).toBe(TRUE)
      }),
      { numRuns: 8 },
    )
  })

  test('pairings with infinity count as one', () => {
    for (const pairs of [INFINITY_1 + INFINITY_2, INFINITY_1 + g2(5n), g1(5n) + INFINITY_2])
      expect(compare('pairingCheck', pairs)).toBe(TRUE)
    expect(compare('pairingCheck', g1(5n) + INFINITY_2 + g1(5n) + g2(1n))).not.toBe(TRUE)
  })
})

describe('input that the call must fail on', () => {
  const bad1 = {
    'off the curve': field(1n) + field(3n),
    'x zero, y not': field(0n) + field(1n),
    'x not below p': field(modulus + 1n) + field(2n),
    'y not below p': field(1n) + field(modulus + 2n),
    'p, p for infinity': field(modulus).repeat(2),
  }
  const parts = g2(9n).match(/.{128}/g)!
  const bad2 = {
    'off the curve': parts.slice(0, 3).join('') + field(5n),
    'imaginary part first': [1, 0, 3, 2].map((i) => parts[i]).join(''),
    'p for zero': field(modulus).repeat(4),
    ...Object.fromEntries(
      parts.map((part, at) => [
        `part ${at} not below p`,
        parts.map((other, i) => (i === at ? field(BigInt(`0x${part}`) + modulus) : other)).join(''),
      ]),
    ),
  }
  const factor = number(3n, 32)

  test.each(Object.entries(bad1))('G1: %s', (_, point) => {
    expect(compare('addG1', point + g1(1n))).toBe('refused')
    expect(compare('addG1', g1(1n) + point)).toBe('refused')
    expect(compare('msmG1', g1(1n) + factor + point + factor)).toBe('refused')
    expect(compare('msmG1', point + number(0n, 32))).toBe('refused')
    expect(compare('pairingCheck', point + g2(1n))).toBe('refused')
    expect(compare('pairingCheck', point + INFINITY_2)).toBe('refused')
  })

  test.each(Object.entries(bad2))('G2: %s', (_, point) => {
    expect(compare('addG2', point + g2(1n))).toBe('refused')
    expect(compare('addG2', g2(1n) + point)).toBe('refused')
    expect(compare('msmG2', g2(1n) + factor + point + factor)).toBe('refused')
    expect(compare('pairingCheck', g1(1n) + point)).toBe('refused')
    expect(compare('pairingCheck', INFINITY_1 + point)).toBe('refused')
  })

  test('outside the subgroup, also after an addition that allowed it', () => {
    compare('addG1', outsideG1(0n) + g1(3n))
    expect(compare('msmG1', outsideG1(0n) + factor)).toBe('refused')
    expect(compare('pairingCheck', outsideG1(0n) + g2(1n))).toBe('refused')
    expect(compare('pairingCheck', outsideG1(0n) + INFINITY_2)).toBe('refused')
    compare('addG2', outsideG2(0n) + g2(3n))
    expect(compare('msmG2', outsideG2(0n) + factor)).toBe('refused')
    expect(compare('pairingCheck', g1(1n) + outsideG2(0n))).toBe('refused')
    expect(compare('pairingCheck', INFINITY_1 + outsideG2(0n))).toBe('refused')
  })

  test('map input not below p', () => {
    for (const value of [modulus, modulus + 1n, 2n ** 384n - 1n]) {
      expect(compare('mapFPtoG1', field(value))).toBe('refused')
      expect(compare('mapFP2toG2', field(value) + field(1n))).toBe('refused')
      expect(compare('mapFP2toG2', field(1n) + field(value))).toBe('refused')
    }
  })
})
