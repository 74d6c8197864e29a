import { describe, expect, test } from 'vitest'
import { commonAt } from '../../chain/execution-common.ts'
import { executionConfigOnly } from '../../chain/network.ts'
import { forkConfig, terminalTotalDifficulty, type BlobLimits } from './fork-names.ts'

const choice = { chainId: 1, blobSchedule: new Map<string, BlobLimits>() }

function hardforkAt(name: string, number: number, timestamp: number, difficulty?: bigint): string {
  return commonAt(executionConfigOnly(forkConfig(name, choice)), { number, timestamp, difficulty }).hardfork()
}

describe('forkConfig', () => {
  test.each([
    ['Frontier', 'chainstart'],
    ['Homestead', 'homestead'],
    ['EIP150', 'tangerineWhistle'],
    ['TangerineWhistle', 'tangerineWhistle'],
    ['EIP158', 'spuriousDragon'],
    ['SpuriousDragon', 'spuriousDragon'],
    ['Byzantium', 'byzantium'],
    ['Constantinople', 'constantinople'],
    ['ConstantinopleFix', 'petersburg'],
    ['Petersburg', 'petersburg'],
    ['Istanbul', 'istanbul'],
    ['MuirGlacier', 'muirGlacier'],
    ['Berlin', 'berlin'],
    ['London', 'london'],
    ['ArrowGlacier', 'arrowGlacier'],
    ['GrayGlacier', 'grayGlacier'],
    ['Merge', 'paris'],
    ['Paris', 'paris'],
    ['Shanghai', 'shanghai'],
    ['Cancun', 'cancun'],
    ['Prague', 'prague'],
    ['Osaka', 'osaka'],
    ['BPO1', 'bpo1'],
    ['BPO2', 'bpo2'],
  ])('gives %s from the first block on', (name, hardfork) => {
    expect(hardforkAt(name, 1, 1)).toBe(hardfork)
    expect(hardforkAt(name, 100_000, 1_000_000)).toBe(hardfork)
  })

  test.each([
    ['FrontierToHomesteadAt5', 'chainstart', 'homestead'],
    ['HomesteadToDaoAt5', 'homestead', 'dao'],
    ['HomesteadToEIP150At5', 'homestead', 'tangerineWhistle'],
    ['EIP158ToByzantiumAt5', 'spuriousDragon', 'byzantium'],
    ['ByzantiumToConstantinopleAt5', 'byzantium', 'constantinople'],
    ['ByzantiumToConstantinopleFixAt5', 'byzantium', 'petersburg'],
    ['BerlinToLondonAt5', 'berlin', 'london'],
  ])('changes the fork of %s at block 5', (name, before, after) => {
    expect([hardforkAt(name, 4, 40), hardforkAt(name, 5, 50)]).toEqual([before, after])
  })

  test.each([
    ['ParisToShanghaiAtTime15k', 'paris', 'shanghai'],
    ['MergeToShanghaiAtTime15k', 'paris', 'shanghai'],
    ['ShanghaiToCancunAtTime15k', 'shanghai', 'cancun'],
    ['CancunToPragueAtTime15k', 'cancun', 'prague'],
    ['PragueToOsakaAtTime15k', 'prague', 'osaka'],
    ['OsakaToBPO1AtTime15k', 'osaka', 'bpo1'],
    ['BPO1ToBPO2AtTime15k', 'bpo1', 'bpo2'],
  ])('changes the fork of %s at second 15,000', (name, before, after) => {
    expect([hardforkAt(name, 9, 14_999), hardforkAt(name, 9, 15_000)]).toEqual([before, after])
  })

  test.each(['ArrowGlacierToParisAtDiffC0000', 'ArrowGlacierToMergeAtDiffC0000'])(
    'lets the difficulty tell proof of stake in %s',
    (name) => {
      expect(hardforkAt(name, 9, 90, 131_072n)).toBe('arrowGlacier')
      expect(hardforkAt(name, 9, 90, 0n)).toBe('paris')
      expect(terminalTotalDifficulty(name)).toBe(0xc0000n)
    },
  )

  test('keeps the DAO fork out of chains that do not name it, and takes blob limits along', () => {
    expect(forkConfig('Cancun', choice)).not.toHaveProperty('daoForkBlock')
    const limits = { target: 3, max: 4, baseFeeUpdateFraction: 5 }
    const config = forkConfig('Cancun', { chainId: 7, blobSchedule: new Map([['cancun', limits]]) })
    expect(config).toMatchObject({ chainId: 7, blobSchedule: { cancun: limits } })
  })

  test.each(['Atlantis', 'LondonToBerlinAt5', 'BerlinToLondonAtTime15k', 'ShanghaiToCancunAt5', 'Cancun+1153', ''])(
    'knows no %s',
    (name) => expect(forkConfig(name, choice)).toBeUndefined(),
  )
})
