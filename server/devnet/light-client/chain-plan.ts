/** What happens in which slot of a made-up chain: decided by its options and its seed alone, before any block is made. */
import { BitArray } from '@chainsafe/ssz'
import { epochAtSlot, periodAtSlot } from '../../../src/chain/beacon-preset.ts'
import type { Network } from '../../../src/chain/network.ts'
import type { CommitteeName } from './committee-keys.ts'
import type { PayloadMaker } from './payload-maker.ts'
import { happens, seededNumbers } from './seeded.ts'

/** From 0 to 1; of a slot, where a function. */
export type Chance = number | ((slot: number) => number)

/** A branch that is the head for some slots, until the chain goes on from the block before it. */
export interface Orphans {
  readonly fromSlot: number
  /** Blocks, one per slot; at most two epochs, so that no finalized block is ever left behind. */
  readonly length: number
  /** `few`: they are attested by a tenth of the committee, so that no client should use them as heads. */
  readonly signers: 'all' | 'few'
}

export interface SyntheticChainOptions {
  readonly network: Network
  readonly seed: string
  /** The chain has blocks in these slots, both included; what is before the first one was never finalized. */
  readonly firstSlot: number
  readonly lastSlot: number
  /** That a slot has no block; never the first one. Default: 0. */
  readonly missed?: Chance
  /** That a member's signature gets into a block; one always does. Default: 1. */
  readonly participation?: Chance
  /** That the payload of a block of Gloas is never revealed, so that the next builds on an older one. Default: 0. */
  readonly withheld?: Chance
  /**
   * Before this slot a period has three blocks: enough for its best update, so that hundreds of periods cost seconds.
   * Default: the first slot.
   */
  readonly sparseBefore?: number
  /**
   * From this slot on a sparse epoch has a block in its first slot too, so that it has a checkpoint of its own and what
   * comes after is finalized as on a whole chain. Default: {@link sparseBefore}.
   */
  readonly checkpointsFrom?: number
  /**
   * From this slot on everything made up is another: two chains that differ in it are two branches of one. With `other`
   * committees, those after the period of the slot have other members: the branches' updates of that period are signed
   * by the same committee and teach two.
   */
  readonly branch?: { readonly fromSlot: number; readonly seed: string; readonly committees?: 'same' | 'other' }
  /** In the order of their slots, which do not overlap. Default: none. */
  readonly orphans?: readonly Orphans[]
  /** States of these epochs, the last excluded, call nothing newer finalized than the state before them. Default: none. */
  readonly withoutFinality?: readonly { readonly fromEpoch: number; readonly toEpoch: number }[]
  /** Default: payloads are made up. */
  readonly payloads?: PayloadMaker
}

/** Epochs between a checkpoint and the first state that calls it finalized, when everybody votes. */
const EPOCHS_TO_FINALITY = 2

/**
 * Slots of a sparse period that have blocks, in epochs from its start and slots: one to be finalized, the attested one
 * three epochs later, and the one with its signatures.
 */
const SPARSE_BLOCKS = [
  { epoch: 2, slot: 0 },
  { epoch: 5, slot: 0 },
  { epoch: 5, slot: 1 },
]

/** Share of a committee that attests orphans with few signers: far from the half that any rule asks for. */
const FEW_SIGNERS = 0.1

export class ChainPlan {
  /** @throws {RangeError} where orphans start before the chain, last too long or overlap */
  constructor(readonly options: SyntheticChainOptions) {
    let free = options.firstSlot + 1
    for (const { fromSlot, length } of options.orphans ?? []) {
      const longest = EPOCHS_TO_FINALITY * options.network.preset.slotsPerEpoch
      if (fromSlot < free || length < 1 || length > longest) {
        throw new RangeError(
          `orphans from slot ${fromSlot}, ${length} long: expected from slot ${free} on, 1 to ${longest} long`,
        )
      }
      free = fromSlot + length
    }
  }

  /** Whose block the slot has, if any. */
  blockOf(slot: number): 'chain' | Orphans | undefined {
    const { firstSlot, orphans = [], missed = 0 } = this.options
    if (slot === firstSlot) return 'chain'
    const branch = orphans.find(({ fromSlot, length }) => slot >= fromSlot && slot < fromSlot + length)
    if (branch !== undefined) return branch
    return (slot < this.#sparseBefore ? this.#isSparseBlock(slot) : !this.#happens(missed, slot, 'missed'))
      ? 'chain'
      : undefined
  }

  /** What everything made up in the slot comes from. */
  seed(slot: number): string {
    const { seed, branch } = this.options
    return branch !== undefined && slot >= branch.fromSlot ? branch.seed : seed
  }

  /** The committee of a period, as a state of the slot has it: before a branch it is not the branch's. Default: any later one. */
  committee(period: number, slot = Infinity): CommitteeName {
    const { branch, network } = this.options
    if (branch?.committees !== 'other' || slot < branch.fromSlot) return period
    if (period <= periodAtSlot(network.preset, branch.fromSlot)) return period
    return `${period} of ${branch.seed}`
  }

  /** The newest epoch that a state of the slot calls finalized; negative where there is none. */
  finalizedEpoch(slot: number): number {
    const epoch = epochAtSlot(this.options.network.preset, slot)
    const { withoutFinality = [] } = this.options
    const pause = withoutFinality.find(({ fromEpoch, toEpoch }) => epoch >= fromEpoch && epoch < toEpoch)
    return (pause === undefined ? epoch : pause.fromEpoch - 1) - EPOCHS_TO_FINALITY
  }

  isWithheld(slot: number): boolean {
    return this.#happens(this.options.withheld ?? 0, slot, 'withheld')
  }

  /** Positions in the committee whose signatures the block of a slot carries. */
  participants(slot: number): BitArray {
    const { network, participation = 1 } = this.options
    const { syncCommitteeSize } = network.preset
    const block = this.blockOf(slot)
    const chance = typeof block === 'object' && block.signers === 'few' ? FEW_SIGNERS : at(participation, slot)
    const random = seededNumbers(`${this.seed(slot)}, signatures ${slot}`)
    const bits = Array.from({ length: syncCommitteeSize }, () => random() < chance)
    if (!bits.includes(true)) bits[0] = true
    return BitArray.fromBoolArray(bits)
  }

  get #sparseBefore(): number {
    return this.options.sparseBefore ?? this.options.firstSlot
  }

  #isSparseBlock(slot: number): boolean {
    const { slotsPerEpoch, epochsPerSyncCommitteePeriod } = this.options.network.preset
    if (slot >= (this.options.checkpointsFrom ?? Infinity) && slot % slotsPerEpoch === 0) return true
    const place = slot % (slotsPerEpoch * epochsPerSyncCommitteePeriod)
    return SPARSE_BLOCKS.some((block) => place === block.epoch * slotsPerEpoch + block.slot)
  }

  #happens(chance: Chance, slot: number, what: string): boolean {
    return happens(at(chance, slot), `${this.seed(slot)}, ${what} ${slot}`)
  }
}

const at = (chance: Chance, slot: number): number => (typeof chance === 'number' ? chance : chance(slot))
