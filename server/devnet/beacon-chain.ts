/** A generated beacon chain that grows with the clock, and what serves it: the part that all kinds of devnet share. */
import { bytesToHex } from '@ethereumjs/util'
import type { Clock } from '../../src/chain/clock.ts'
import type { Network, Server } from '../../src/chain/network.ts'
import { parseNetworkFile } from '../../src/chain/network.ts'
import type { BeaconSource } from '../beacon-api/beacon-source.ts'
import { ChainSource } from './chain-source.ts'
import type { NetworkFile } from './devnet-network.ts'
import type { SyntheticChainOptions } from './light-client/chain-plan.ts'
import type { PayloadMaker } from './light-client/payload-maker.ts'
import type { SyntheticBlock } from './light-client/synthetic-chain.ts'
import { SyntheticChain } from './light-client/synthetic-chain.ts'
import { LiveChain, newestSlot } from './live-chain.ts'

/** Missed slots, participation, orphans and the like; slots count from genesis. */
export type ChainEvents = Omit<SyntheticChainOptions, 'network' | 'seed' | 'firstSlot' | 'lastSlot' | 'payloads'>

export interface BeaconChainOptions {
  /** Without checkpoint and servers. */
  readonly file: NetworkFile
  readonly seed: string
  readonly clock: Clock
  /** Where the chain begins. What is before it was never finalized; a genesis is final by definition. Default: 0. */
  readonly firstSlot?: number
  /** What the chain's past has. */
  readonly lastSlot: number
  /**
   * The chain is grown to this slot before it is served. Default: that of the clock now. What begins while the past is
   * made comes when the chain is served: with short slots it would take longer than the past.
   */
  readonly startSlot?: number
  /** The newest slots of these have each a block, a few epochs before them one each, the rest three a period. */
  readonly denseSlots: number
  /** The checkpoint offered is the newest of those finalized at or before this slot, or the oldest there is. */
  readonly checkpointSlot: number
  /** Default: payloads are made up. */
  readonly payloads?: ((network: Network) => PayloadMaker) | undefined
  readonly events?: ChainEvents | undefined
  /** Blocks after the start, and none after these. Default: it never stops. */
  readonly moreBlocks?: number | undefined
  /** A block could not be made; the chain has stopped then. Default: the error is thrown where nobody catches it. */
  readonly onFailure?: ((error: unknown) => void) | undefined
}

export interface BeaconChain {
  /** What an honest, timely node of the chain serves. */
  readonly beacon: BeaconSource
  readonly chain: SyntheticChain
  readonly live: LiveChain
  /** With the checkpoint. */
  readonly network: Network
  /** The block of the checkpoint. */
  readonly checkpoint: SyntheticBlock
  networkFile(servers: readonly Server[]): NetworkFile
  /** The same chain as of some slots ago. */
  staleSource(slots: number): BeaconSource
  /** Ends growth, and resolves when nothing is being made. */
  close(): Promise<void>
}

/** A head calls the checkpoint of two epochs before its own finalized: that one and one more, before slots with blocks. */
const CHECKPOINT_EPOCHS = 3

/** @throws {RangeError} where the chain has no block to start from: too young, and without its genesis */
export async function startBeaconChain(options: BeaconChainOptions): Promise<BeaconChain> {
  const { file, seed, clock, firstSlot = 0, denseSlots, moreBlocks, onFailure } = options
  const bare = parseNetworkFile(file)
  const { startSlot = newestSlot(bare, clock) } = options
  const lastSlot = Math.max(options.lastSlot, firstSlot)
  const sparseBefore = Math.max(lastSlot + 1 - denseSlots, firstSlot)
  const chain = await SyntheticChain.create({
    sparseBefore,
    checkpointsFrom: sparseBefore - CHECKPOINT_EPOCHS * bare.preset.slotsPerEpoch,
    ...options.events,
    network: bare,
    seed,
    firstSlot,
    lastSlot,
    ...(options.payloads && { payloads: options.payloads(bare) }),
  })
  const checkpointBlock = findCheckpoint(chain, options.checkpointSlot)
  const checkpoint = {
    root: bytesToHex(checkpointBlock.root),
    epoch: Math.ceil(checkpointBlock.slot / bare.preset.slotsPerEpoch),
  }
  const live = await LiveChain.start({ network: bare, chain, clock, startSlot, moreBlocks, onFailure })
  return {
    beacon: new ChainSource(live),
    chain,
    live,
    network: parseNetworkFile({ ...file, checkpoint }),
    checkpoint: checkpointBlock,
    networkFile: (servers) => ({ ...file, checkpoint, servers }),
    staleSource: (slots) => new ChainSource(live, slots),
    close: () => live.stop(),
  }
}

/** The newest finalized checkpoint at or before a slot, or the oldest there is. */
function findCheckpoint(chain: SyntheticChain, slot: number): SyntheticBlock {
  const { blocks } = chain
  const [first] = blocks
  const finalized = chain.head.finalized ?? (first?.slot === 0 ? first : undefined)
  if (finalized === undefined) throw new RangeError('the chain is too young to have finalized a block: raise its age')
  const isOffered = (block: SyntheticBlock): boolean => block.slot <= finalized.slot && chain.isCheckpoint(block)
  // A genesis serves only where nothing newer does.
  const isNewer = (block: SyntheticBlock): boolean => block.slot > chain.plan.options.firstSlot && isOffered(block)
  return blocks.findLast((block) => block.slot <= slot && isNewer(block)) ?? blocks.find(isNewer) ?? finalized
}
