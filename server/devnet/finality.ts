/** What the blocks of a generated chain call justified and finalized, and what its execution layer is told of that. */
import { epochAtSlot } from '../../src/chain/beacon-preset.ts'
import { asRoot } from '../../src/chain/bytes.ts'
import { executionBlockHash } from '../../src/consensus/containers/light-client-objects.ts'
import type { Checkpoint, FinalityCheckpoints } from '../beacon-api/beacon-source.ts'
import type { HeadChoice } from '../execution/chain-input.ts'
import type { SyntheticBlock, SyntheticChain } from './light-client/synthetic-chain.ts'

/** As if everybody voted: an epoch is justified in the next, whether or not it is finalized then. */
export function checkpointsOf(chain: SyntheticChain, block: SyntheticBlock): FinalityCheckpoints {
  const { preset } = chain.network
  const epoch = epochAtSlot(preset, block.slot)
  const finalizedEpoch = Math.max(block.finalizedEpoch, 0)
  const checkpoint = (of: number): Checkpoint => {
    const root = of <= 0 ? undefined : chain.ancestorAt(block, of * preset.slotsPerEpoch)?.root
    return { epoch: root === undefined ? 0 : of, root: root ?? ZERO_ROOT }
  }
  // A pause of finality is one of justification too.
  const isPaused = finalizedEpoch < epoch - 2
  return {
    previousJustified: checkpoint(finalizedEpoch),
    currentJustified: checkpoint(isPaused ? finalizedEpoch : epoch - 1),
    finalized: { epoch: block.finalized === undefined ? 0 : finalizedEpoch, root: block.finalized?.root ?? ZERO_ROOT },
  }
}

/**
 * What fork choice tells an execution client. The head is the newest payload that was revealed; a block that is justified
 * or finalized says of it what it proves to light clients: up to Fulu its own payload, from Gloas on the one it builds on.
 * Undefined before the first payload.
 */
export function headChoice(chain: SyntheticChain, head: SyntheticBlock): HeadChoice | undefined {
  const { block, isRevealed, parent } = head.execution
  if (block === undefined) return undefined
  const justified = chain.blockByRoot(checkpointsOf(chain, head).currentJustified.root)
  return {
    head: (isRevealed ? block : parent).blockHash,
    safe: provenExecution(justified),
    finalized: provenExecution(head.finalized),
  }
}

const provenExecution = (block: SyntheticBlock | undefined) =>
  block?.header.execution && executionBlockHash(block.header.execution)

const ZERO_ROOT = asRoot(new Uint8Array(32))
