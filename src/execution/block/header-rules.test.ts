/** Rules between a header and its parent, at the places where they change. */
import { createBlockHeader, type BlockHeader } from '@ethereumjs/block'
import { describe, expect, test } from 'vitest'
import { commonAt } from '../../chain/execution-common.ts'
import { executionConfigOnly, networkByName } from '../../chain/network.ts'
import { networkOf, TEST_FORKS } from '../execution.fixtures.ts'
import { checkAgainstParent, checkAlone, headerFieldCount } from './header-rules.ts'

type Fields = Omit<NonNullable<Parameters<typeof createBlockHeader>[0]>, 'number' | 'timestamp'>

/** London at block 10, proof of work throughout. */
const london = executionConfigOnly({
  chainId: 5,
  ...Object.fromEntries(
    ['homestead', 'eip150', 'eip155', 'byzantium', 'constantinople', 'petersburg', 'istanbul', 'berlin'].map((name) => [
      `${name}Block`,
      0,
    ]),
  ),
  londonBlock: 10,
})

function header(network: typeof london, fields: Fields & { number: number; timestamp: number }): BlockHeader {
  const difficulty = network === london ? 131072n : 0n
  const common = commonAt(network, { number: fields.number, timestamp: fields.timestamp, difficulty })
  return createBlockHeader({ difficulty, ...fields }, { common, skipConsensusFormatValidation: true })
}

const broken = (check: { field: string } | undefined): string | undefined => check?.field

describe('the first London block', () => {
  const parent = header(london, { number: 9, timestamp: 100, gasLimit: 1_000_000 })
  const child = (fields: Fields): BlockHeader =>
    header(london, { number: 10, timestamp: 110, gasLimit: 2_000_000, baseFeePerGas: 10n ** 9n, ...fields })

  test('doubles the gas limit, within a 1024th, and starts with 1 Gwei', () => {
    const bound = 2_000_000 / 1024
    for (const gasLimit of [2_000_000, 2_000_000 + Math.floor(bound) - 1, 2_000_000 - Math.floor(bound) + 1])
      expect(broken(checkAgainstParent(child({ gasLimit }), parent))).toBe(undefined)
    for (const gasLimit of [1_000_000, 2_000_000 + Math.floor(bound), 2_000_000 - Math.floor(bound)])
      expect(broken(checkAgainstParent(child({ gasLimit }), parent))).toBe('header.gasLimit')
  })

  test('and the next moves the fee by how full its parent was', () => {
    const next = (baseFeePerGas: bigint): BlockHeader =>
      header(london, { number: 11, timestamp: 120, gasLimit: 2_000_000, baseFeePerGas })
    const check = (gasUsed: number, fee: bigint) => broken(checkAgainstParent(next(fee), child({ gasUsed })))
    expect(check(1_000_000, 1_000_000_000n)).toBe(undefined)
    expect(check(2_000_000, 1_125_000_000n)).toBe(undefined)
    expect(check(0, 875_000_000n)).toBe(undefined)
    expect(check(0, 1_000_000_000n)).toBe('header.baseFeePerGas')
  })
})

test('a gas limit is at least 5000', () => {
  const parent = header(london, { number: 3, timestamp: 1, gasLimit: 5000 })
  const child = (gasLimit: number) => header(london, { number: 4, timestamp: 11, gasLimit })
  expect(broken(checkAgainstParent(child(5001), parent))).toBe(undefined)
  expect(broken(checkAgainstParent(child(4999), parent))).toBe('header.gasLimit')
})

describe('excess blob gas', () => {
  const mainnet = networkByName('mainnet')
  /** Prague, with a target of 6 blobs. */
  const at = (fields: Fields & { number: number }): BlockHeader =>
    header(mainnet, { timestamp: 1_727_400_000 + fields.number, gasLimit: 30_000_000, baseFeePerGas: 7n, ...fields })
  const parent = at({
    number: 22_600_000,
    gasUsed: 15_000_000,
    excessBlobGas: 10n * 131072n,
    blobGasUsed: 9n * 131072n,
  })
  const child = (excessBlobGas: bigint) => at({ number: 22_600_001, excessBlobGas, blobGasUsed: 0n })

  test('grows by what the parent used beyond the target', () => {
    expect(checkAgainstParent(child(13n * 131072n), parent)).toBe(undefined)
    for (const blobs of [0n, 3n, 4n, 12n, 14n])
      expect(broken(checkAgainstParent(child(blobs * 131072n), parent))).toBe('header.excessBlobGas')
  })

  test('whose price is no word is refused at once, in a header and in its parent', () => {
    const monstrous = 2n ** 63n
    const start = performance.now()
    expect(broken(checkAlone(child(monstrous)))).toBe('header.excessBlobGas')
    const bad = at({ number: 22_600_000, gasUsed: 15_000_000, excessBlobGas: monstrous, blobGasUsed: 0n })
    expect(broken(checkAgainstParent(child(0n), bad))).toBe('header.excessBlobGas')
    expect(performance.now() - start).toBeLessThan(1000)
  })
})

test('every fork has its number of fields', () => {
  const counts = TEST_FORKS.map((fork) => {
    const position = {
      number: 9,
      timestamp: 5000,
      difficulty: TEST_FORKS.indexOf(fork) < TEST_FORKS.indexOf('paris') ? 1n : 0n,
    }
    return headerFieldCount(commonAt(networkOf(fork), position))
  })
  const upToBerlin = TEST_FORKS.indexOf('london')
  expect(counts).toEqual([...Array<number>(upToBerlin).fill(15), 16, 16, 17, 20, 21, 21, 21, 21, 23])
})
