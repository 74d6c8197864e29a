import { hexToBytes } from '@ethereumjs/util'
import { describe, expect, test } from 'vitest'
import { asHash } from '../../../chain/bytes.ts'
import { networkByName } from '../../../chain/network.ts'
import { data } from '../hex.ts'
import { forkConfigs } from './fork-config.ts'
import { forkHash } from './fork-hash.ts'

const GENESIS = {
  hash: asHash(hexToBytes('0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3')),
  timestamp: 0,
}
const { execution } = networkByName('mainnet')

describe('mainnet, as EIP-2124 and its clients have it', () => {
  test.each([
    ['Gray Glacier and the merge', 1_681_338_454, '0xf0afd0e3'],
    ['Shanghai', 1_681_338_455, '0xdce96c2d'],
    ['Cancun', 1_710_338_135, '0x9f3d2254'],
    ['Prague', 1_746_612_311, '0xc376cf8b'],
    ['Osaka', 1_764_798_551, '0x5167e2a6'],
    ['BPO 1', 1_765_290_071, '0xcba2a1c0'],
    ['BPO 2', 1_767_747_671, '0x07c9462e'],
  ])('%s', (_, time, expected) => {
    expect(data(forkHash(execution, GENESIS, time))).toBe(expected)
  })

  test('between two forks all three are told', () => {
    expect(forkConfigs(execution, GENESIS, 1_764_798_551)).toMatchObject({
      current: { activationTime: 1_764_798_551, forkId: '0x5167e2a6', blobSchedule: { max: 9 } },
      next: { activationTime: 1_765_290_071, forkId: '0xcba2a1c0', blobSchedule: { max: 15 } },
      last: { activationTime: 1_767_747_671, forkId: '0x07c9462e', blobSchedule: { max: 21 } },
    })
  })

  test('before Cancun there are no blobs and no system contracts', () => {
    expect(forkConfigs(execution, GENESIS, 1_700_000_000)).toMatchObject({
      current: { blobSchedule: null, systemContracts: {}, precompiles: { ECREC: `0x${'1'.padStart(40, '0')}` } },
    })
  })
})
