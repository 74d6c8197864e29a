/** Payloads of chains whose execution blocks others make: one for all beacon blocks, one after the other by their hashes, or whatever is newest. */
import { asHash } from '../../src/chain/bytes.ts'
import type { CarriedPayload } from '../../src/consensus/containers/execution-payload.ts'
import { equalBytes } from '../../src/execution/words.ts'
import type { ExecutionParent } from './light-client/execution-payloads.ts'
import type { PayloadMaker, SlotPayload } from './light-client/payload-maker.ts'
import { seededBytes } from './light-client/seeded.ts'

/** The same payload in every block, Capella to Fulu. */
export function frozenPayloads(head: ExecutionParent, carried: RepeatablePayload): PayloadMaker {
  return { genesis: head, make: () => ({ kind: 'repeated', carried }) }
}

/** As a beacon block of Capella to Fulu carries it. */
export type RepeatablePayload = Pick<CarriedPayload, 'payload' | 'executionRequests'>

/** In each block the payload that is newest then, Capella to Fulu. @param first what the first block builds on */
export function newestPayloads(first: RepeatablePayload, newest: () => RepeatablePayload): PayloadMaker {
  return { genesis: nameOf(first), make: () => ({ kind: 'repeated', carried: newest() }) }
}

const nameOf = ({ payload: { blockHash, blockNumber } }: RepeatablePayload): ExecutionParent => ({
  blockHash,
  blockNumber,
})

/** For blocks of Gloas: each promises the block that is newest then, where it is another than the one before. */
export function newestPromises(first: ExecutionParent, newest: () => ExecutionParent | undefined): PayloadMaker {
  return {
    genesis: first,
    make: ({ slot, seed, parent }) => {
      const block = newest()
      const isNew = block !== undefined && !equalBytes(block.blockHash, parent.blockHash)
      return isNew ? { kind: 'hash', block } : neverRevealed(seed, slot, parent)
    },
  }
}

export interface Script {
  readonly blocks: readonly ExecutionParent[]
  /** The beacon block of this slot promises the second block, and so the one after it proves that. */
  readonly startSlot: number
}

/**
 * For blocks of Gloas. Before the script and after it they promise payloads that nobody ever sees.
 * @throws {RangeError} for a script without blocks
 */
export function scriptedPayloads({ blocks, startSlot }: Script): PayloadMaker {
  const [genesis] = blocks
  if (genesis === undefined) throw new RangeError('a script has at least one block')
  return {
    genesis,
    make: ({ slot, seed, parent }) => {
      const next = slot < startSlot ? undefined : blocks[blocks.indexOf(parent) + 1]
      return next === undefined ? neverRevealed(seed, slot, parent) : { kind: 'hash', block: next }
    },
  }
}

function neverRevealed(seed: string, slot: number, { blockNumber }: ExecutionParent): SlotPayload {
  const blockHash = asHash(seededBytes(`${seed}, never revealed ${slot}`))
  return { kind: 'withheld', block: { blockHash, blockNumber: blockNumber + 1 } }
}
