/** Proofs of history as the node worker asks for them: plain data in, plain data out. */
import type { Hash } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import { isAtLeast } from '../../chain/beacon-config.ts'
import { HistoricalProofError } from '../../consensus/multiproof/historical-proof-error.ts'
import { NoHistoricalProofError, type ProvenBlock } from './historical-blocks.ts'

/** An execution block that the chain of the head has, at or before a slot. */
export interface ProvenPlace {
  readonly kind: 'proven'
  /** Of the beacon block that proves it: the latest one at or before the slot asked for. */
  readonly slot: number
  readonly blockHash: Hash
  /** The head under whose state it is proven, and the execution block that this head proves: the other is among its ancestors. */
  readonly under: { readonly slot: number; readonly blockHash: Hash }
  /** Who gave the proof. */
  readonly servers: readonly string[]
}

/** Nobody proves it; says who was asked, or why nobody can. */
export interface RefusedPlace {
  readonly kind: 'refused'
  readonly reason: string
}

export type HistoryAnswer = ProvenPlace | RefusedPlace

export interface HistoryService {
  /** The latest block at or before a slot. */
  prove(slot: number): Promise<HistoryAnswer>
}

/** @param blocks proves as `HistoricalBlocks.prove` does */
export function historyDesk(blocks: (slot: number) => Promise<ProvenBlock>, network: Network): HistoryService {
  return {
    async prove(slot) {
      try {
        const { slot: blockSlot, execution, under, servers } = await blocks(slot)
        return { kind: 'proven', slot: blockSlot, blockHash: execution.blockHash, under, servers }
      } catch (error) {
        if (error instanceof NoHistoricalProofError) return { kind: 'refused', reason: error.message }
        if (error instanceof HistoricalProofError) return { kind: 'refused', reason: refusal(error, network) }
        throw error
      }
    },
  }
}

function refusal({ fault, message }: HistoricalProofError, { forks, preset }: Network): string {
  const capella = forks.find(({ name }) => isAtLeast(name, 'capella'))
  if (fault.code !== 'beforeCapella' || capella === undefined) return message
  return `${message}; proofs reach back to slot ${capella.epoch * preset.slotsPerEpoch}`
}
