/** Rules that a client's newest header and its `eth_config` speak of, as a network reads them. */
import { RLP } from '@ethereumjs/rlp'
import { expect, test } from 'vitest'
import { commonAt } from '../../src/chain/execution-common.ts'
import { executionConfigOnly } from '../../src/chain/network.ts'
import { rulesOfClient } from './client-rules.ts'

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

test('a config of another shape is an error that names the field', () => {
  const config = { current: { precompiles: {}, blobSchedule: { target: 'many' } } }
  expect(() => rulesOfClient({ chainId: 7, header: header(21), config })).toThrow(
    /eth_config.current.blobSchedule.target/,
  )
})
