/** `eth_simulateV1`: blocks of calls, each on what the ones before left (execution-apis; geth, internal/ethapi: simulator). */
import type { BlockHeader } from '@ethereumjs/block'
import { asHash, type Hash } from '../../../chain/bytes.ts'
import type { MaybePromise } from '../../../state/flat-reader.ts'
import type { StateWrites } from '../../../state/state-writes.ts'
import type { BlockHashLookup } from '../../evm/environment.ts'
import { FlatState } from '../../state/flat-state.ts'
import { bytesToWord } from '../../words.ts'
import type { CallContext } from '../call-block.ts'
import { readHeader } from '../block-values.ts'
import { planBlocks, type SimulatedCalls } from './block-plan.ts'
import { draftHeader } from './header-draft.ts'
import { simulateBlock, type SimulatedBlock } from './simulate-block.ts'

export interface Simulation {
  readonly blocks: readonly SimulatedCalls[]
  /** Pseudo-logs of ether that moves. */
  readonly transfers: 'told' | 'leftOut'
  /** Whether calls have to be what a block would take, signatures aside. */
  readonly validation: 'full' | 'none'
}

export interface SimulationContext extends CallContext {
  /** Applies writes to the state that calls read, each on top of the ones before, and gives the root. */
  readonly stateRoot: (writes: StateWrites) => MaybePromise<Hash>
}

/** @throws {CallError} @throws what the reader, and counting a root, throw */
export async function simulate(simulation: Simulation, context: SimulationContext): Promise<SimulatedBlock[]> {
  const base = readHeader(context)
  const planned = planBlocks(simulation.blocks, base)
  const fees = simulation.validation === 'full' ? 'charged' : 'waived'
  const state = new FlatState(context.reader)
  const headers: BlockHeader[] = [base]
  const budget = { gas: context.gasCap }
  const results: SimulatedBlock[] = []
  for (const block of planned) {
    const draft = draftHeader(context, block, headers.at(-1)!, fees)
    const blockHash = hashesBefore(headers, context)
    const result = await simulateBlock(block, { ...context, state, draft, blockHash, simulation, budget })
    headers.push(result.header)
    results.push(result)
  }
  return results
}

/** Of blocks simulated before, of the one that all began on, and of its ancestors. */
function hashesBefore(headers: readonly BlockHeader[], { blockHash }: CallContext): BlockHashLookup {
  const base = Number(headers[0]!.number)
  const count = headers.length
  return (number) => {
    if (number >= base) {
      const header = number - base < count ? headers[number - base] : undefined
      return header === undefined ? 0n : bytesToWord(asHash(header.hash()))
    }
    const hash = blockHash(number)
    return hash instanceof Promise ? hash.then(bytesToWord) : bytesToWord(hash)
  }
}
