/** Payloads that are real blocks, built and executed when a beacon block asks for one. */
import { asAddress } from '../../src/chain/bytes.ts'
import type { Network } from '../../src/chain/network.ts'
import type { ExecutionChain } from './execution/execution-chain.ts'
import type { PayloadMaker } from './light-client/payload-maker.ts'
import { payloadTimestamp } from './light-client/payload-timestamp.ts'
import { seededBytes } from './light-client/seeded.ts'

export interface ExecutedPayloadsOptions {
  readonly network: Network
  /** Blocks before this slot are empty. */
  readonly workloadFrom: number
  /** Slots whose block names a state that execution does not lead to; the committee signs it all the same. */
  readonly invalidSlots: readonly number[]
}

export function executedPayloads(execution: ExecutionChain, options: ExecutedPayloadsOptions): PayloadMaker {
  const { network, workloadFrom, invalidSlots } = options
  const { hash, number } = execution.local.head
  return {
    genesis: { blockHash: hash, blockNumber: number },
    make: async ({ slot, seed, parent, parentBeaconBlockRoot }) => ({
      kind: 'own',
      made: await execution.make({
        slot,
        timestamp: payloadTimestamp(network, slot),
        parentHash: parent.blockHash,
        parentBeaconBlockRoot,
        prevRandao: seededBytes(`${seed}, randao ${slot}`),
        feeRecipient: asAddress(seededBytes(`${seed}, fee recipient`).slice(0, 20)),
        fill: slot >= workloadFrom ? 'workload' : 'empty',
        fault: invalidSlots.includes(slot) ? 'stateRoot' : undefined,
      }),
    }),
  }
}
