/** Payloads of chains whose execution blocks are given: one for all beacon blocks, or one after the other by their hashes. */
import { asHash } from '../../src/chain/bytes.ts'
import type { CarriedPayload } from '../../src/consensus/containers/execution-payload.ts'
import type { ExecutionParent } from './light-client/execution-payloads.ts'
import type { PayloadMaker } from './light-client/payload-maker.ts'
import { seededBytes } from './light-client/seeded.ts'

/** The same payload in every block, Capella to Fulu. */
export function frozenPayloads(
  head: ExecutionParent,
  carried: Pick<CarriedPayload, 'payload' | 'executionRequests'>,
): PayloadMaker {
  return { genesis: head, make: () => ({ kind: 'repeated', carried }) }
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
      if (next !== undefined) return { kind: 'hash', block: next }
      const blockHash = asHash(seededBytes(`${seed}, never revealed ${slot}`))
      return { kind: 'withheld', block: { blockHash, blockNumber: parent.blockNumber + 1 } }
    },
  }
}
