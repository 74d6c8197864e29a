/**
 * A seeded beacon chain as light clients see it, across any forks: consistent blocks (each links its parent, each state
 * its finalized block), missed slots, changing participation. Nothing is executed and no state moves; what light clients
 * never look at is made up (consensus-specs, "full node" of the light-client protocol, says which part comes from where).
 */
import { BitArray } from '@chainsafe/ssz'
import { sha256 } from '@noble/hashes/sha2.js'
import { syncCommitteeDomain } from '../../../src/chain/beacon-config.ts'
import { epochAtSlot, periodAtSlot } from '../../../src/chain/beacon-preset.ts'
import type { Hash, Root } from '../../../src/chain/bytes.ts'
import { asRoot } from '../../../src/chain/bytes.ts'
import type { Network } from '../../../src/chain/network.ts'
import { loadHerumi } from '../../../src/consensus/bls.ts'
import type {
  LightClientBootstrap,
  LightClientHeader,
  LightClientUpdate,
} from '../../../src/consensus/containers/light-client-objects.ts'
import { signingRoot } from '../../../src/consensus/containers/ssz-types.ts'
import { isBetterUpdate } from '../../../src/consensus/protocol/is-better-update.ts'
import type { ProvenState } from './beacon-parts.ts'
import { headerOf, payloadHash, rootOf, stateOf } from './beacon-parts.ts'
import { CommitteeKeys } from './committee-keys.ts'

export interface SyntheticChainOptions {
  readonly network: Network
  readonly seed: string
  /** The chain has blocks in these slots, both included; what is before the first one was never finalized. */
  readonly firstSlot: number
  readonly lastSlot: number
  /** Chance from 0 to 1 that a slot has no block; never the first one. Default: 0. */
  readonly missed?: number
  /** Chance from 0 to 1 that a member's signature gets into a block; one always does. Default: 1. */
  readonly participation?: number
  /** Chance from 0 to 1 that a block of Gloas builds on no new payload, because its parent's was not revealed. Default: 0. */
  readonly withheld?: number
  /**
   * Before this slot a period has three blocks: enough for its best update, so that hundreds of periods cost seconds.
   * Default: the first slot.
   */
  readonly sparseBefore?: number
  /** From this slot on everything made up is another: two chains that differ in it are two branches of one. */
  readonly branch?: { readonly fromSlot: number; readonly seed: string }
}

export interface SyntheticBlock {
  readonly slot: number
  readonly root: Root
  readonly header: LightClientHeader
  /** The newest block that the block's state calls finalized: two epochs back. */
  readonly finalized: SyntheticBlock | undefined
  readonly state: ProvenState
}

const ZERO_ROOT = new Uint8Array(32)

/**
 * Slots of a sparse period that have blocks, in epochs from its start and slots: one to be finalized, the attested one
 * three epochs later, and the one with its signatures.
 */
const SPARSE_BLOCKS = [
  { epoch: 2, slot: 0 },
  { epoch: 5, slot: 0 },
  { epoch: 5, slot: 1 },
]

/** Epochs between a checkpoint and the first state that calls it finalized, when everybody votes. */
const EPOCHS_TO_FINALITY = 2

export class SyntheticChain {
  readonly blocks: readonly SyntheticBlock[]

  private constructor(
    private readonly options: SyntheticChainOptions,
    readonly keys: CommitteeKeys,
  ) {
    this.blocks = this.#build()
  }

  /** @param keys default: those that every chain of this preset has */
  static async create(options: SyntheticChainOptions, keys?: CommitteeKeys): Promise<SyntheticChain> {
    const { syncCommitteeSize } = options.network.preset
    return new SyntheticChain(options, keys ?? new CommitteeKeys(await loadHerumi(), syncCommitteeSize))
  }

  /** The newest block at or before a slot. @throws {RangeError} where the chain has none */
  blockAt(slot: number): SyntheticBlock {
    const block = this.blocks.findLast((candidate) => candidate.slot <= slot)
    if (block === undefined) throw new RangeError(`the chain has no block at or before slot ${slot}`)
    return block
  }

  bootstrap({ slot, header, state }: SyntheticBlock): LightClientBootstrap {
    return {
      header,
      currentSyncCommittee: this.keys.committee(periodAtSlot(this.options.network.preset, slot)),
      currentSyncCommitteeBranch: state.currentSyncCommitteeBranch,
    }
  }

  /** create_light_client_update, from the block that carries the signatures. @throws {RangeError} for the first block */
  update(signature: SyntheticBlock): LightClientUpdate {
    const { network } = this.options
    const attested = this.blockAt(signature.slot - 1)
    const period = periodAtSlot(network.preset, attested.slot)
    const signaturePeriod = periodAtSlot(network.preset, signature.slot)
    const syncCommitteeBits = this.#participants(signature.slot)
    const message = signingRoot(attested.root, syncCommitteeDomain(network, signature.slot))
    const { header, finalized, state } = attested
    return {
      attestedHeader: header,
      nextSyncCommittee:
        signaturePeriod === period
          ? { committee: this.keys.committee(period + 1), branch: state.nextSyncCommitteeBranch }
          : undefined,
      finality: finalized && { header: finalized.header, branch: state.finalityBranch },
      syncAggregate: {
        syncCommitteeBits,
        syncCommitteeSignature: this.keys.sign(signaturePeriod, syncCommitteeBits, message),
      },
      signatureSlot: signature.slot,
    }
  }

  /** The update that full nodes keep for a period: the best of those attested and signed in it. */
  bestUpdate(period: number): LightClientUpdate | undefined {
    const { preset } = this.options.network
    const inPeriod = this.blocks.slice(1).filter(({ slot }) => periodAtSlot(preset, slot) === period)
    return inPeriod
      .filter(({ slot }) => periodAtSlot(preset, this.blockAt(slot - 1).slot) === period)
      .map((block) => this.update(block))
      .reduce<LightClientUpdate | undefined>(
        (best, update) => (best === undefined || isBetterUpdate(preset, update, best) ? update : best),
        undefined,
      )
  }

  #build(): SyntheticBlock[] {
    const { firstSlot, lastSlot } = this.options
    const blocks: SyntheticBlock[] = []
    let canonical = payloadHash(this.#seed(firstSlot - 1), firstSlot - 1)
    for (let slot = firstSlot; slot <= lastSlot; slot++) {
      if (slot > firstSlot && !this.#hasBlock(slot)) continue
      const parent = blocks.at(-1)
      if (parent !== undefined) canonical = this.#parentPayload(parent, canonical)
      blocks.push(this.#block(slot, blocks, canonical))
    }
    return blocks
  }

  #hasBlock(slot: number): boolean {
    const { network, missed = 0, sparseBefore = 0 } = this.options
    if (slot >= sparseBefore) return !this.#chance(slot, missed, `missed ${slot}`)
    const { slotsPerEpoch, epochsPerSyncCommitteePeriod } = network.preset
    const place = slot % (slotsPerEpoch * epochsPerSyncCommitteePeriod)
    return SPARSE_BLOCKS.some((block) => place === block.epoch * slotsPerEpoch + block.slot)
  }

  /** The payload that a block builds on: its parent's, or the one before where that was not revealed. */
  #parentPayload(parent: SyntheticBlock, canonical: Hash): Hash {
    const { withheld = 0 } = this.options
    const { slot } = parent
    const isRevealedLater = parent.header.execution?.kind === 'blockHash'
    if (isRevealedLater && this.#chance(slot, withheld, `withheld ${slot}`)) return canonical
    return payloadHash(this.#seed(slot), slot)
  }

  #block(slot: number, before: readonly SyntheticBlock[], parentBlockHash: Hash): SyntheticBlock {
    const { network } = this.options
    const seed = this.#seed(slot)
    const { preset } = network
    const period = periodAtSlot(preset, slot)
    const finalizedSlot = (epochAtSlot(preset, slot) - EPOCHS_TO_FINALITY) * preset.slotsPerEpoch
    // A genesis that is finalized has the zero root in its checkpoint, as if there were none.
    const finalized = before.findLast((block) => block.slot <= finalizedSlot && block.slot > 0)
    const state = stateOf(network, seed, {
      slot,
      current: this.keys.committee(period),
      next: this.keys.committee(period + 1),
      finalizedRoot: finalized?.root ?? ZERO_ROOT,
    })
    const parentRoot = before.at(-1)?.root ?? ZERO_ROOT
    const header = headerOf(network, seed, { slot, parentRoot, stateRoot: state.root, parentBlockHash })
    return { slot, root: asRoot(rootOf(header)), header, finalized, state }
  }

  #participants(slot: number): BitArray {
    const { network, participation = 1 } = this.options
    const positions = Array.from({ length: network.preset.syncCommitteeSize }, (_, position) => position)
    const bits = positions.map((position) => this.#chance(slot, participation, `signature ${slot} ${position}`))
    return BitArray.fromBoolArray(bits.map((bit, position) => bit || (position === 0 && !bits.includes(true))))
  }

  /** Whether something of this chance happens; the same answer whenever it is asked about. */
  #chance(slot: number, chance: number, what: string): boolean {
    const digest = sha256(new TextEncoder().encode(`${this.#seed(slot)}, ${what}`))
    return new DataView(digest.buffer, digest.byteOffset).getUint32(0) < chance * 2 ** 32
  }

  #seed(slot: number): string {
    const { seed, branch } = this.options
    return branch !== undefined && slot >= branch.fromSlot ? branch.seed : seed
  }
}
