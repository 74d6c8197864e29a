/** Payloads that are real blocks, built and executed when a beacon block asks for one. */
import { bytesToHex } from '@ethereumjs/util'
import { asAddress, type Hash } from '../../src/chain/bytes.ts'
import type { Network } from '../../src/chain/network.ts'
import type { ExecutionChain } from './execution/execution-chain.ts'
import { makePayload } from './light-client/execution-payloads.ts'
import type { PayloadMaker, PayloadRequest } from './light-client/payload-maker.ts'
import { payloadTimestamp } from './light-client/payload-timestamp.ts'
import { seededBytes } from './light-client/seeded.ts'

export interface ExecutedPayloadsOptions {
  readonly network: Network
  /** Blocks before this slot are empty. */
  readonly workloadFrom: number
  /** Slots whose block names a state that execution does not lead to; the committee signs it all the same. */
  readonly invalidSlots: readonly number[]
}

export function executedPayloads(
  execution: Pick<ExecutionChain, 'make' | 'local'>,
  options: ExecutedPayloadsOptions,
): PayloadMaker {
  const { network, workloadFrom, invalidSlots } = options
  const { hash, number } = execution.local.head
  /** Hashes of what no execution client takes; a few, as many as were ordered. */
  const refused = new Set<string>()
  const isRefused = (block: Hash): boolean => refused.has(bytesToHex(block))
  /** Without finality for long the finalized block is among those that are dropped for their age. */
  const held = (block: Hash | undefined) => block && execution.local.blockByHash(block)?.hash
  const made = async ({ slot, seed, parent, parentBeaconBlockRoot }: PayloadRequest) => {
    // There is no state to execute it on: it only has to be there, for the signatures that its block carries.
    if (isRefused(parent.blockHash)) return makePayload(network, seed, slot, parent, parentBeaconBlockRoot)
    return execution.make({
      slot,
      timestamp: payloadTimestamp(network, slot),
      parentHash: parent.blockHash,
      parentBeaconBlockRoot,
      prevRandao: seededBytes(`${seed}, randao ${slot}`),
      feeRecipient: asAddress(seededBytes(`${seed}, fee recipient`).slice(0, 20)),
      fill: slot >= workloadFrom ? 'workload' : 'empty',
      fault: invalidSlots.includes(slot) ? 'stateRoot' : undefined,
    })
  }
  return {
    genesis: { blockHash: hash, blockNumber: number },
    make: async (request) => {
      const payload = await made(request)
      if (invalidSlots.includes(request.slot) || isRefused(request.parent.blockHash)) {
        refused.add(bytesToHex(payload.carried.payload.blockHash))
      }
      return { kind: 'own', made: payload }
    },
    setHead: ({ head, safe, finalized }) => {
      if (!isRefused(head)) execution.local.setHead({ head, safe: held(safe), finalized: held(finalized) })
    },
  }
}
