/** Rules that a client's newest header and its `eth_config` speak of, as a network reads them. */
import { RLP } from '@ethereumjs/rlp'
import { describe, expect, test } from 'vitest'
import { commonAt } from '../../src/chain/execution-common.ts'
import { executionConfigOnly } from '../../src/chain/network.ts'
import { learnRules, rulesOf, rulesOfClient } from './client-rules.ts'

const header = (fields: number, difficulty = new Uint8Array()) =>
  RLP.encode(Array.from({ length: fields }, (_, place) => (place === 7 ? difficulty : new Uint8Array())))

const osaka = {
  current: {
    blobSchedule: { target: 14, max: 21, baseFeeUpdateFraction: 11684671 },
    precompiles: { P256VERIFY: '0x0000000000000000000000000000000000000100' },
  },
}

test.each([
  ['berlin', header(15, Uint8Array.of(1)), undefined],
  ['london', header(16, Uint8Array.of(1)), undefined],
  ['paris', header(16), undefined],
  ['shanghai', header(17), undefined],
  ['cancun', header(20), undefined],
  ['prague', header(21), undefined],
  ['osaka', header(21), osaka],
])('%s', (fork, rlp, config) => {
  const network = executionConfigOnly(rulesOfClient({ chainId: 31_337, header: rlp, config }))
  expect(network.chainId).toBe(31_337)
  const difficulty = fork === 'berlin' || fork === 'london' ? 1n : 0n
  expect(commonAt(network, { number: 5, timestamp: 1_800_000_000, difficulty }).hardfork()).toBe(fork)
})

test('blob limits are those that the client says', () => {
  const { blobSchedule } = rulesOfClient({ chainId: 7, header: header(21), config: osaka })
  expect(blobSchedule).toMatchObject({ osaka: { target: 14, max: 21, baseFeeUpdateFraction: 11684671 } })
  const plain = rulesOfClient({ chainId: 7, header: header(21), config: undefined })
  expect(plain['blobSchedule']).toMatchObject({ cancun: { max: 6 }, prague: { max: 9 } })
})

describe('what comes later', () => {
  const blobs = (max: number) => ({ target: max, max, baseFeeUpdateFraction: 1_000 + max })
  const config = (fork: number, max: number, next: object | null) => ({
    current: { ...osaka.current, activationTime: fork, blobSchedule: blobs(max) },
    next,
    last: next,
  })
  const bpo = (activationTime: number, max: number) => ({ ...osaka.current, activationTime, blobSchedule: blobs(max) })
  const told = (fields: number, of: unknown) => ({ chainId: 7, header: header(fields), config: of })

  test('is in the rules from its time on, and what is told after it is added', () => {
    const first = learnRules(told(21, config(900, 9, bpo(1_000, 15))))
    expect(rulesOf(first)).toMatchObject({
      osakaTime: 0,
      bpo1Time: 1_000,
      blobSchedule: { osaka: blobs(9), bpo1: blobs(15) },
    })
    expect(first.nextAt).toBe(1_000)
    const second = learnRules(told(21, config(1_000, 15, bpo(2_000, 21))), first)
    expect(rulesOf(second)).toMatchObject({
      ...{ osakaTime: 0, bpo1Time: 1_000, bpo2Time: 2_000 },
      blobSchedule: { osaka: blobs(9), bpo1: blobs(15), bpo2: blobs(21) },
    })
    const third = learnRules(told(23, config(3_000, 21, null)), second)
    expect(rulesOf(third)).toMatchObject({ bpo2Time: 2_000, amsterdamTime: 3_000, osakaTime: 0 })
    expect(third.nextAt).toBeUndefined()
    const network = executionConfigOnly(rulesOf(third))
    const fork = (timestamp: number) => commonAt(network, { number: 5, timestamp, difficulty: 0n }).hardfork()
    expect([999, 1_000, 2_500, 3_000].map(fork)).toEqual(['osaka', 'bpo1', 'bpo2', 'amsterdam'])
  })

  test('the same told again changes nothing, and nothing scheduled is nothing', () => {
    const first = learnRules(told(21, config(900, 9, null)))
    expect(learnRules(told(21, config(900, 9, null)), first)).toEqual(first)
    expect(first.nextAt).toBeUndefined()
  })
})

test('a config of another shape is an error that names the field', () => {
  const config = { current: { precompiles: {}, blobSchedule: { target: 'many' } } }
  expect(() => rulesOfClient({ chainId: 7, header: header(21), config })).toThrow(
    /eth_config.current.blobSchedule.target/,
  )
})
