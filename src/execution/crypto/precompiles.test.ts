/** The machine's precompiles answer as EthereumJS's, and load a library only for a call that needs it. */
import type { EVM } from '@ethereumjs/evm'
import { KECCAK256_NULL } from '@ethereumjs/util'
import { sha256 } from '@noble/hashes/sha2.js'
import fc from 'fast-check'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import type { PrecompileResult } from '../evm/frame.ts'
import type { Precompile } from '../evm/environment.ts'
import { BLS12_POINTS, BN254_POINTS } from './curve-points.fixtures.ts'
import { BLS12, BN254, CurveLibrary, POINT_EVALUATION } from './curve-library.ts'
import { bytes, hex, number, stockEvm, stockResult } from './fixtures.ts'
import { loadKzg } from './kzg.ts'
import { precompilesOf } from './precompiles.ts'
import { loadWasmCrypto } from './wasm-crypto.ts'

const GAS = 10_000_000
const LIBRARIES = [BN254, BLS12, POINT_EVALUATION]
const { g1, g2, order } = BN254_POINTS
const bls = BLS12_POINTS

/** A constant polynomial's commitment, evaluated anywhere: the proof is infinity. */
const commitment = bytes(bls12Compressed())
const versionedHash = sha256(commitment)
versionedHash[0] = 1
const evaluation = hex(versionedHash) + number(9n, 32) + number(1n, 32) + hex(commitment) + `c0${'00'.repeat(47)}`

/** Valid input of each precompile that has a library. */
const VALID: readonly [address: bigint, digits: string][] = [
  [0x06n, g1(5n) + g1(6n)],
  [0x07n, g1(5n) + number(77n, 32)],
  [0x08n, g1(5n) + g2(1n) + g1(order - 5n) + g2(1n)],
  [0x0an, evaluation],
  [0x0bn, bls.g1(2n) + bls.g1(3n)],
  [0x0cn, bls.g1(2n) + number(3n, 32)],
  [0x0dn, bls.g2(2n) + bls.g2(3n)],
  [0x0en, bls.g2(2n) + number(3n, 32)],
  [0x0fn, bls.g1(5n) + bls.g2(1n) + bls.g1(bls.order - 5n) + bls.g2(1n)],
  [0x10n, number(7n, 64)],
  [0x11n, number(7n, 64) + number(8n, 64)],
]

let ours: ReadonlyMap<bigint, Precompile>
let stock: EVM

beforeAll(async () => {
  const { customCrypto } = await loadWasmCrypto()
  ours = precompilesOf(stockEvm('osaka', { ...customCrypto }))
  stock = stockEvm('osaka', { kzg: await loadKzg() })
})

async function compare(address: bigint, data: Uint8Array, gas: number): Promise<PrecompileResult> {
  const result = await ours.get(address)!(data, gas)
  expect(result).toEqual(await stockResult(stock, address, data, gas))
  return result
}

describe('before any library is loaded', () => {
  const loads = LIBRARIES.map((library) => vi.spyOn(library, 'load'))

  test.each(VALID)('%d: without the gas it fails and loads nothing', async (address, digits) => {
    expect(await compare(address, bytes(digits), 20)).toEqual({ kind: 'failure' })
    for (const load of loads) expect(load).not.toHaveBeenCalled()
  })

  test.each([0x08n, 0x0an, 0x0bn, 0x0cn, 0x0dn, 0x0en, 0x0fn, 0x10n, 0x11n])(
    '%d: input of the wrong length fails and loads nothing',
    async (address) => {
      expect(await compare(address, new Uint8Array(33), GAS)).toEqual({ kind: 'failure' })
      for (const load of loads) expect(load).not.toHaveBeenCalled()
    },
  )

  test('the input may change while the library loads', async () => {
    const input = bytes(VALID[0]![1])
    const answer = ours.get(0x06n)!(input, GAS)
    expect(answer).toBeInstanceOf(Promise)
    input.fill(0)
    expect(await answer).toEqual(await stockResult(stock, 0x06n, bytes(VALID[0]![1]), GAS))
  })
})

describe('as EthereumJS', () => {
  test.each(VALID)('%d: valid input', async (address, digits) => {
    expect((await compare(address, bytes(digits), GAS)).kind).toBe('success')
  })

  test.each(VALID)('%d: input cut, prolonged and flipped', async (address, digits) => {
    const whole = bytes(digits)
    const spoiled = fc.oneof(
      fc.nat(whole.length).map((length) => whole.slice(0, length)),
      fc.uint8Array({ minLength: 1, maxLength: 70 }).map((more) => Uint8Array.from([...whole, ...more])),
      fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, mask]) => {
        const flipped = whole.slice()
        flipped[at]! ^= mask
        return flipped
      }),
    )
    await fc.assert(
      fc.asyncProperty(spoiled, async (data) => {
        await compare(address, data, GAS)
      }),
      { numRuns: 25 },
    )
  })

  test.each([0x01n, 0x02n, 0x03n, 0x04n, 0x05n, 0x09n, 0x100n])('%d: any input, any gas', async (address) => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 250 }), fc.nat(10_000), async (data, gas) => {
        await compare(address, data, gas)
      }),
      { numRuns: 60 },
    )
  })

  test('each fork has the precompiles it has there', () => {
    for (const hardfork of ['chainstart', 'byzantium', 'istanbul', 'cancun', 'prague', 'osaka']) {
      const evm = stockEvm(hardfork)
      expect([...precompilesOf(evm).keys()]).toEqual([...evm.precompiles.keys()].map((digits) => BigInt(`0x${digits}`)))
    }
  })

  test('once loaded, bn254 answers at once', () => {
    for (const address of [0x06n, 0x07n, 0x08n])
      expect(ours.get(address)!(new Uint8Array(0), GAS)).not.toBeInstanceOf(Promise)
  })
})

test('a library that is broken stops the run; bad input only fails the call', async () => {
  const problems: Error[] = [new Error('no point'), new WebAssembly.RuntimeError('unreachable')]
  const library = new CurveLibrary(
    () =>
      Promise.resolve({
        add: () => {
          throw problems.shift()!
        },
      }),
    (evm) => evm['_bn254'] as object,
    (evm, placed) => Object.assign(evm, { _bn254: placed }),
  )
  await library.load()
  const add = () =>
    library.use(stock, () => stock['runPrecompile'](stock.getPrecompile(`0x${number(6n, 20)}`)!, KECCAK256_NULL, 500n))
  expect(add()).toMatchObject({ exceptionError: { error: 'revert' } })
  expect(add).toThrow(WebAssembly.RuntimeError)
})

/** The generator: the polynomial is one everywhere. */
function bls12Compressed(): string {
  return bls.curve.G1.Point.BASE.toHex(true)
}
