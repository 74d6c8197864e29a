import type { ChainConfig } from '@ethereumjs/common'
import { Common, Hardfork, Holesky, Hoodi, Mainnet, Sepolia } from '@ethereumjs/common'
import { hexToBytes } from '@ethereumjs/util'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeWithData } from '../testing/data.ts'
import { NetworkConfigError } from './config-value.ts'
import { ImpossiblePositionError, UnsupportedForkError, commonAt } from './execution-common.ts'
import { executionConfigOnly, networkByName } from './network.ts'

const BUILT_IN: [string, ChainConfig][] = [
  ['mainnet', Mainnet],
  ['sepolia', Sepolia],
  ['hoodi', Hoodi],
  ['holesky', Holesky],
]

/** Around every fork of EthereumJS's own tables: the block (or second) before it, it, and the one after. */
function positionsAround(chain: ChainConfig) {
  const paris = chain.hardforks.find((fork) => fork.name === 'paris')?.block ?? 0
  return chain.hardforks.flatMap(({ name, block, timestamp }) => {
    if (timestamp !== undefined) {
      const t = Number(timestamp)
      return [-1, 0, 1].filter((d) => t + d >= 0).map((d) => ({ name, number: paris + 10_000_000, timestamp: t + d }))
    }
    if (block === null) return []
    return [-1, 0, 1].filter((d) => block + d >= 0).map((d) => ({ name, number: block + d, timestamp: 0 }))
  })
}

describe.each(BUILT_IN)('%s', (name, chain) => {
  const network = networkByName(name)

  test('every fork lands where EthereumJS has it, with the same rules', () => {
    const theirs = new Common({ chain })
    for (const position of positionsAround(chain)) {
      const ours = commonAt(network, position)
      theirs.setHardforkBy({ blockNumber: position.number, timestamp: position.timestamp })
      expect([position, ours.hardfork()]).toEqual([position, theirs.hardfork()])
      expect([position, ours['_activatedEIPsCache']]).toEqual([position, theirs['_activatedEIPsCache']])
      expect(ours.consensusType()).toBe(theirs.consensusType())
      expect(ours.chainId()).toBe(theirs.chainId())
    }
  })

  test('the block of each fork is known where EthereumJS asks for it', () => {
    const ours = commonAt(network, { number: 1, timestamp: 0 })
    const theirs = new Common({ chain })
    for (const fork of [Hardfork.Dao, Hardfork.London, Hardfork.Paris]) {
      expect([fork, ours.hardforkBlock(fork)]).toEqual([fork, theirs.hardforkBlock(fork)])
    }
    expect(ours['_chainParams'].depositContractAddress?.toLowerCase()).toBe(chain.depositContractAddress?.toLowerCase())
  })
})

/** EIP-2124 hashes cover every block and time of the schedule up to the fork. */
test.each([
  [
    'mainnet',
    'd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3',
    { osaka: '5167e2a6', bpo1: 'cba2a1c0', bpo2: '07c9462e' },
  ],
  [
    'sepolia',
    '25a5cc106eea7138acab33231d7160d69cb777ee0c2c553fcddf5138993e6dd9',
    { osaka: 'e2ae4999', bpo1: '56078a1e', bpo2: '268956b6', amsterdam: '6c1d9423' },
  ],
  [
    'hoodi',
    'bbe312868b376a3001692a646dd2d7d1e4406380dfd86b98aa8a34d1557c971b',
    { osaka: 'e7e0e7ff', bpo1: '3893353e', bpo2: '23aa1351' },
  ],
])('fork hashes of %s', (name, genesis, hashes) => {
  const common = commonAt(networkByName(name), { number: 0, timestamp: 0 })
  for (const [fork, hash] of Object.entries(hashes)) {
    expect([fork, common.forkHash(fork, hexToBytes(`0x${genesis}`))]).toEqual([fork, `0x${hash}`])
  }
})

test.each([
  ['cancun', 1710338135, 3, 6, 3338477],
  ['prague', 1746612311, 6, 9, 5007716],
  ['osaka', 1764798551, 6, 9, 5007716],
  ['bpo1', 1765290071, 10, 15, 8346193],
  ['bpo2', 1767747671, 14, 21, 11684671],
])('blob parameters of mainnet at %s', (fork, timestamp, target, max, fraction) => {
  const common = commonAt(networkByName('mainnet'), { number: 24_000_000, timestamp })
  expect(common.hardfork()).toBe(fork)
  expect(common.getBlobGasSchedule()).toEqual({
    targetBlobGasPerBlock: BigInt(target * 131072),
    maxBlobGasPerBlock: BigInt(max * 131072),
    blobGasPriceUpdateFraction: BigInt(fraction),
  })
})

test('Sepolia is on Amsterdam with the blob parameters of BPO 2', () => {
  const common = commonAt(networkByName('sepolia'), { number: 12_000_000, timestamp: 1791294816 })
  expect(common.hardfork()).toBe('amsterdam')
  expect(common.isActivatedEIP(7928)).toBe(true)
  expect(common.getBlobGasSchedule().maxBlobGasPerBlock).toBe(21n * 131072n)
})

test('bigints as headers have them, and crypto handed in', () => {
  const keccak256 = (bytes: Uint8Array) => bytes
  const common = commonAt(networkByName('mainnet'), { number: 1_920_000n, timestamp: 1469020840n }, { keccak256 })
  expect(common.hardfork()).toBe('dao')
  expect(common.customCrypto.keccak256).toBe(keccak256)
})

describe('custom chains', () => {
  const merged = { chainId: 1337, homesteadBlock: 0, eip155Block: 0, londonBlock: 0, terminalTotalDifficulty: 0 }
  const at = (config: object, number: number, timestamp = 0, difficulty?: bigint) =>
    commonAt(executionConfigOnly(config), { number, timestamp, difficulty }).hardfork()

  test('born merged, with all forks in the genesis', () => {
    const config = { ...merged, shanghaiTime: 0, cancunTime: 0, pragueTime: 0, osakaTime: 0 }
    expect(at(config, 0)).toBe('osaka')
    expect(at(config, 7, 99)).toBe('osaka')
    expect(at(merged, 7, 99)).toBe('paris')
    expect(at({ ...merged, terminalTotalDifficulty: '0x0' }, 0)).toBe('paris')
  })

  test('born merged, a fork later', () => {
    const config = { ...merged, shanghaiTime: 0, cancunTime: 100 }
    expect(at(config, 8, 99)).toBe('shanghai')
    expect(at(config, 8, 100)).toBe('cancun')
  })

  test('merged at a block nobody wrote down: the difficulty tells', () => {
    const config = { ...merged, terminalTotalDifficulty: 4732352, shanghaiTime: 500 }
    expect(at(config, 30, 300, 131072n)).toBe('london')
    expect(at(config, 30, 300, 0n)).toBe('paris')
    expect(at(config, 31, 500)).toBe('shanghai')
    expect(at({ ...config, grayGlacierBlock: 1000 }, 30, 300, 0n)).toBe('paris')
  })

  test('"passed" says merged where nothing else does', () => {
    const config = { ...merged, terminalTotalDifficulty: 5, terminalTotalDifficultyPassed: true }
    expect(at(config, 30)).toBe('paris')
    expect(at({ ...config, mergeNetsplitBlock: 40 }, 30)).toBe('london')
    expect(at({ ...config, mergeNetsplitBlock: 40 }, 30, 0, 0n)).toBe('paris')
  })

  test('a chain that never merges', () => {
    expect(at({ chainId: 5, homesteadBlock: 2 }, 1)).toBe('chainstart')
    expect(at({ chainId: 5, homesteadBlock: 2 }, 2)).toBe('homestead')
  })

  test('the side of the DAO fork that did not move funds has no such fork', () => {
    expect(at({ chainId: 5, daoForkBlock: 0 }, 1)).toBe('chainstart')
    expect(at({ chainId: 5, daoForkBlock: 1, daoForkSupport: true }, 1)).toBe('dao')
  })

  test('Petersburg comes with Constantinople where the config has only that', () => {
    expect(at({ chainId: 5, constantinopleBlock: 3 }, 3)).toBe('petersburg')
  })

  test('blob limits of its own, BPO forks beyond the second, and none given for a fork', () => {
    const config = {
      ...merged,
      shanghaiTime: 0,
      cancunTime: 0,
      pragueTime: 10,
      osakaTime: 20,
      bpo1Time: 30,
      bpo3Time: 40,
      amsterdamTime: 50,
      blobSchedule: {
        cancun: { target: 1, max: 2, baseFeeUpdateFraction: 11 },
        bpo1: { target: 3, max: 4, baseFeeUpdateFraction: 12 },
        bpo3: { target: 5, max: 7, baseFeeUpdateFraction: 13 },
      },
    }
    const limits = [5, 10, 20, 30, 40, 50].map((timestamp) => {
      const schedule = commonAt(executionConfigOnly(config), { number: 1, timestamp }).getBlobGasSchedule()
      return [Number(schedule.maxBlobGasPerBlock / 131072n), Number(schedule.blobGasPriceUpdateFraction)]
    })
    expect(limits).toEqual([
      [2, 11],
      [2, 11],
      [2, 11],
      [4, 12],
      [7, 13],
      [7, 13],
    ])
  })

  test('a fork this code has no rules for stops the blocks after it, not those before', () => {
    const config = { ...merged, shanghaiTime: 0, bogotaTime: 100 }
    expect(at(config, 8, 99)).toBe('shanghai')
    expect(() => at(config, 8, 100)).toThrow(UnsupportedForkError)
    expect(() => at(config, 8, 100)).toThrow('past bogota')
  })

  test('no block is before the merge and after a fork that followed it', () => {
    const position = { number: 46147, timestamp: 1_750_000_000, difficulty: 0n }
    expect(() => commonAt(networkByName('mainnet'), position)).toThrow(ImpossiblePositionError)
    expect(() => commonAt(networkByName('mainnet'), position)).toThrow('block 46147 cannot have timestamp 1750000000')
  })

  test.each([
    [{ homesteadBlock: 0 }, 'config.chainId'],
    [{ chainId: 5, homesteadBlock: 'x' }, 'config.homesteadBlock: expected a whole number below 2^53, got "x"'],
    [{ chainId: 5, eip155Block: 1, eip158Block: 2 }, 'config.eip158Block'],
    [{ chainId: 5, berlinBlock: 9, londonBlock: 8 }, 'config.londonBlock: expected at least 9, the block of berlin'],
    [{ chainId: 5, shanghaiTime: 9, cancunTime: 8 }, 'config.shanghaiTime: expected a time before cancun'],
    [
      { chainId: 5, shanghaiTime: 0, pragueTime: 0, blobSchedule: {} },
      'config.pragueTime: expected Cancun before prague',
    ],
    [{ chainId: 5, cancunTime: 0, bpo3Time: 0 }, 'config.blobSchedule: expected the blob parameters of bpo3'],
    [{ chainId: 5, clique: { period: 15 } }, 'config.clique'],
    [
      { chainId: 5, cancunTime: 0, blobSchedule: { cancun: { target: 3, max: 6, baseFeeUpdateFraction: 0 } } },
      'config.blobSchedule.cancun.baseFeeUpdateFraction: expected a whole number above 0',
    ],
    [
      { chainId: 5, cancunTime: 0, blobSchedule: { cancun: { target: 0, max: 0, baseFeeUpdateFraction: 1 } } },
      'config.blobSchedule.cancun.max: expected a whole number above 0',
    ],
  ])('%o is refused by the field’s name', (config, message) => {
    expect(() => executionConfigOnly(config)).toThrow(NetworkConfigError)
    expect(() => executionConfigOnly(config)).toThrow(message)
  })
})

describeWithData('recorded genesis files', (data) => {
  const config = (path: string) =>
    executionConfigOnly((JSON.parse(readFileSync(join(data, 'chains', path), 'utf8')) as { config: unknown }).config)

  test('a chain through every fork, a block every 10 seconds', () => {
    const network = config('execution-apis-tests/genesis.json')
    const forks = Array.from({ length: 55 }, (_, number) =>
      commonAt(network, { number, timestamp: number * 10 }).hardfork(),
    )
    const starts = forks.flatMap((fork, number) => (fork === forks[number - 1] ? [] : [`${number} ${fork}`]))
    expect(starts).toEqual([
      '0 homestead',
      '3 tangerineWhistle',
      '6 spuriousDragon',
      '9 byzantium',
      '12 constantinople',
      '15 petersburg',
      '18 istanbul',
      '21 muirGlacier',
      '24 berlin',
      '27 london',
      '30 arrowGlacier',
      '33 grayGlacier',
      '36 mergeNetsplitBlock',
      '39 shanghai',
      '42 cancun',
      '45 prague',
      '48 osaka',
      '51 bpo1',
      '54 bpo2',
    ])
    expect(commonAt(network, { number: 36, timestamp: 360 }).consensusType()).toBe('pos')
  })

  test('a chain born in Shanghai', () => {
    expect(commonAt(config('interop-genesis-shanghai.json'), { number: 0, timestamp: 0 }).hardfork()).toBe('shanghai')
  })
})
