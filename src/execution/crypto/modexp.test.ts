/** The exponentiation precompile answers as EthereumJS's under each of its three price lists. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytes, number, stockEvm, stockResult } from './fixtures.ts'
import { modexp } from './modexp.ts'

/** Order of bn254, the modulus of most calls on mainnet. */
const R = 21888242871839275222246405745257275088548364400416034343698204186575808495617n
const GAS = 100_000_000

/** Lengths that say something about the fields, and lengths that do not. */
const input = fc
  .record({
    base: fc.uint8Array({ maxLength: 70 }),
    exponent: fc.uint8Array({ maxLength: 70 }),
    modulus: fc.uint8Array({ maxLength: 70 }),
    claimed: fc.option(fc.tuple(length(), length(), length())),
    cut: fc.nat(40),
    more: fc.uint8Array({ maxLength: 40 }),
  })
  .map(({ base, exponent, modulus, claimed, cut, more }) => {
    const fields = [base, exponent, modulus]
    const lengths = claimed ?? fields.map((field) => BigInt(field.length))
    const header = lengths.map((value) => bytes(number(value, 32)))
    const whole = Uint8Array.from([...header, ...fields, more].flatMap((part) => [...part]))
    return cut > 20 ? whole.subarray(0, whole.length - cut) : whole
  })

function length(): fc.Arbitrary<bigint> {
  return fc.oneof(
    fc.bigInt({ min: 0n, max: 100n }),
    fc.constantFrom(
      0n,
      1n,
      31n,
      32n,
      33n,
      64n,
      65n,
      1023n,
      1024n,
      1025n,
      2n ** 31n,
      2n ** 53n,
      2n ** 64n,
      2n ** 256n - 1n,
    ),
  )
}

describe.each(['byzantium', 'berlin', 'osaka'])('%s', (hardfork) => {
  const evm = stockEvm(hardfork)
  const ours = modexp(evm.common)

  test('fields of any length', async () => {
    await fc.assert(
      fc.asyncProperty(input, async (data) => {
        expect(ours(data, GAS)).toEqual(await stockResult(evm, 5n, data, GAS))
      }),
      { numRuns: 1500 },
    )
  })

  test('exactly enough gas, and one less', async () => {
    await fc.assert(
      fc.asyncProperty(input, async (data) => {
        const rich = await stockResult(evm, 5n, data, GAS)
        fc.pre(rich.kind === 'success' && rich.gas > 0)
        const { gas } = rich as { gas: number }
        expect(ours(data, gas)).toEqual(rich)
        expect(ours(data, gas - 1)).toEqual({ kind: 'failure' })
      }),
      { numRuns: 300 },
    )
  })

  test.each([
    ['nothing', ''],
    ['a header alone', number(1n, 32).repeat(3)],
    ['a zero modulus', number(1n, 32).repeat(3) + '030500'],
    ['a modulus of one', number(1n, 32).repeat(3) + '030501'],
    ['zero to the zero', number(1n, 32).repeat(3) + '000007'],
    ['no base', number(0n, 32) + number(1n, 32).repeat(2) + '0507'],
    ['no modulus', number(1n, 32).repeat(2) + number(0n, 32) + '0305'],
    ['a 256-bit inversion', number(32n, 32).repeat(3) + number(5n, 32) + number(R - 2n, 32) + number(R, 32)],
  ])('%s', async (_, digits) => {
    const data = bytes(digits)
    expect(ours(data, GAS)).toEqual(await stockResult(evm, 5n, data, GAS))
  })
})
