import { expect, test } from 'vitest'
import { asHash, asRoot } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import type { ForkName } from '../../chain/network.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { madeUpPayload } from '../../testing/made-up-payload.ts'
import { engineVersions } from './engine-versions.ts'
import { newPayloadParameters, PayloadFormError } from './payload-json.ts'

const keccak = await loadKeccak()
const filled = (byte: number) => new Uint8Array(32).fill(byte)

const payloadOf = (fork: ForkName) =>
  madeUpPayload(
    {
      network: fixtureNetwork({ [fork]: 0 }),
      seed: fork,
      slot: 300,
      parentBeaconBlockRoot: asRoot(filled(1)),
      parentHash: asHash(filled(2)),
      executionRequests: [Uint8Array.of(1, 7, 8)],
    },
    keccak,
  )

const FIRST_FIELDS = [
  ...['parentHash', 'feeRecipient', 'stateRoot', 'receiptsRoot', 'logsBloom', 'prevRandao', 'blockNumber', 'gasLimit'],
  ...['gasUsed', 'timestamp', 'extraData', 'baseFeePerGas', 'blockHash', 'transactions'],
]

test.each([
  ['capella', 2, 2, 1, ['withdrawals']],
  ['deneb', 3, 3, 3, ['withdrawals', 'blobGasUsed', 'excessBlobGas']],
  ['electra', 4, 3, 4, ['withdrawals', 'blobGasUsed', 'excessBlobGas']],
  ['fulu', 4, 3, 4, ['withdrawals', 'blobGasUsed', 'excessBlobGas']],
  ['gloas', 5, 4, 4, ['withdrawals', 'blobGasUsed', 'excessBlobGas', 'blockAccessList', 'slotNumber']],
] as const)('%s: newPayloadV%i, forkchoiceUpdatedV%i, %i parameters', (fork, newPayload, forkchoice, count, added) => {
  expect(engineVersions(fork)).toEqual({ newPayload, forkchoiceUpdated: forkchoice })
  const parameters = newPayloadParameters(payloadOf(fork), newPayload)
  expect(parameters).toHaveLength(count)
  expect(Object.keys(parameters[0] as object)).toEqual([...FIRST_FIELDS, ...added])
})

test('numbers are quantities without leading zeros, bytes are data in full', () => {
  const [payload, hashes, parentRoot, requests] = newPayloadParameters(payloadOf('gloas'), 5)
  expect(payload).toMatchObject({
    blockNumber: '0x12c',
    baseFeePerGas: '0x7',
    excessBlobGas: '0x0',
    extraData: '0xbea4',
    parentHash: `0x${'02'.repeat(32)}`,
    blockAccessList: '0xc0',
    slotNumber: '0x12c',
    withdrawals: [{ index: '0x12c', validatorIndex: '0x5', amount: '0x9' }],
  })
  expect([hashes, parentRoot, requests]).toEqual([[], `0x${'01'.repeat(32)}`, ['0x010708']])
})

test('a payload decoded as an older fork is not sent half empty', () => {
  expect(() => newPayloadParameters(payloadOf('capella'), 3)).toThrow(PayloadFormError)
  expect(() => newPayloadParameters(payloadOf('deneb'), 4)).toThrow(PayloadFormError)
  expect(() => newPayloadParameters(payloadOf('electra'), 5)).toThrow(PayloadFormError)
})
