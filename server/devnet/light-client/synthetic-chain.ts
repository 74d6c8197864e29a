/**
 * A seeded beacon chain as light clients see it, across any forks: consistent blocks (each links its parent, each state
 * its finalized block and the blocks before it, each payload the one it builds on), missed slots, branches that are left,
 * changing participation. Nothing is executed and no state moves; what light clients never look at is made up
 * (consensus-specs, "full node" of the light-client protocol, says which part comes from where).
 */
import { syncCommitteeDomain } from '../../../src/chain/beacon-config.ts'
import { periodAtSlot } from '../../../src/chain/beacon-preset.ts'
import type { Hash, Root } from '../../../src/chain/bytes.ts'
import { asRoot } from '../../../src/chain/bytes.ts'
import type { Network } from '../../../src/chain/network.ts'
import type { LightClientBootstrap, LightClientUpdate } from '../../../src/consensus/containers/light-client-objects.ts'
import { executionKindAtSlot } from '../../../src/consensus/containers/light-client-objects.ts'
import type { SyncAggregate, SyncCommittee } from '../../../src/consensus/containers/ssz-types.ts'
import { signingRoot } from '../../../src/consensus/containers/ssz-types.ts'
import type { UpdateScore } from '../../../src/consensus/update-score.ts'
import { isBetterScore, scoreOf } from '../../../src/consensus/update-score.ts'
import type { BlockBody } from '../../beacon-api/block-body.ts'
import { headChoice } from '../finality.ts'
import type { ProvenState } from './beacon-parts.ts'
import { blockOf, latestExecutionOf, nobodySigned, stateOf } from './beacon-parts.ts'
import type { BlockExecution, SyntheticBlock } from './block-tree.ts'
import { BlockTree } from './block-tree.ts'
import type { SyntheticChainOptions } from './chain-plan.ts'
import { ChainPlan } from './chain-plan.ts'
import { sharedKeys, type CommitteeKeys } from './committee-keys.ts'
import type { ExecutionParent } from './execution-payloads.ts'
import { madeUpPayloads } from './execution-payloads.ts'
import { bodyOf } from './made-up-body.ts'
import { broughtBlock, type PayloadMaker } from './payload-maker.ts'
import { emptyHistory, historyAfter, type StateHistory } from './state-history.ts'

export type { SyntheticBlock } from './block-tree.ts'
export type { SyntheticChainOptions } from './chain-plan.ts'

const ZERO_ROOT = asRoot(new Uint8Array(32))

/** Grows as far as somebody asks. Of old blocks only what proves heads and committees is held: see {@link BlockTree}. */
export class SyntheticChain {
  readonly plan: ChainPlan
  readonly #tree = new BlockTree()
  readonly #payloads: PayloadMaker
  #grownTo: number

  private constructor(
    private readonly options: SyntheticChainOptions,
    readonly keys: CommitteeKeys,
  ) {
    this.plan = new ChainPlan(options)
    this.#payloads = options.payloads ?? madeUpPayloads(options.network, options.seed)
    this.#grownTo = options.firstSlot - 1
  }

  /** @param keys default: those that every chain of this preset has */
  static async create(options: SyntheticChainOptions, keys?: CommitteeKeys): Promise<SyntheticChain> {
    const { syncCommitteeSize } = options.network.preset
    const chain = new SyntheticChain(options, keys ?? (await sharedKeys(syncCommitteeSize)))
    await chain.growTo(options.lastSlot)
    return chain
  }

  get network(): Network {
    return this.options.network
  }

  get blocks(): readonly SyntheticBlock[] {
    return this.#tree.kept
  }

  /** The newest block there is. */
  get head(): SyntheticBlock {
    return this.headAt(this.#grownTo)
  }

  /**
   * Makes the blocks up to a slot, included, that are not there yet. Only one call at a time. Rejects as the maker of
   * payloads does; the blocks before that one are there, and another call goes on with it.
   */
  async growTo(slot: number): Promise<void> {
    for (let at = this.#grownTo + 1; at <= slot; at = this.#grownTo + 1) {
      const whose = this.plan.blockOf(at)
      if (whose !== undefined) {
        const kind = whose === 'chain' ? 'chain' : 'orphan'
        const continues = kind === 'orphan' && whose !== 'chain' && at > whose.fromSlot
        const block = await this.#block(at, continues ? this.#tree.headAt(at) : this.#tree.kept.at(-1), kind)
        this.#tree.add(block)
        const choice = headChoice(this, block)
        if (choice !== undefined) this.#payloads.setHead?.(choice)
      }
      this.#grownTo = at
    }
  }

  /** What everybody took for the head in a slot. @throws {RangeError} where the chain has no block yet */
  headAt(slot: number): SyntheticBlock {
    return this.#tree.headAt(slot)
  }

  /** The newest block that the chain keeps at or before a slot. @throws {RangeError} where there is none */
  blockAt(slot: number): SyntheticBlock {
    return this.#tree.keptAt(slot)
  }

  /** The newest at or before a slot of the block and those it builds on. */
  ancestorAt(block: SyntheticBlock, slot: number): SyntheticBlock | undefined {
    return this.#tree.ancestorAt(block, slot)
  }

  /** Whether an epoch's checkpoint is the block, by who has that head: none is between it and the start of the epoch. */
  isCheckpoint(block: SyntheticBlock, head: SyntheticBlock = this.head): boolean {
    const { slotsPerEpoch } = this.options.network.preset
    const boundary = Math.ceil(block.slot / slotsPerEpoch) * slotsPerEpoch
    return this.ancestorAt(head, boundary) === block
  }

  /** Any block, orphan or not. */
  blockByRoot(root: Root): SyntheticBlock | undefined {
    return this.#tree.byRoot(root)
  }

  /** The block whose post-state has this root. */
  blockByStateRoot(stateRoot: Root): SyntheticBlock | undefined {
    return this.#tree.byStateRoot(stateRoot)
  }

  /** The one whose payload, revealed or not, has this hash. */
  blockByPayload(blockHash: Hash): SyntheticBlock | undefined {
    return this.#tree.byPayload(blockHash)
  }

  /** As a state of the slot has it. Default: any late one. */
  committee(period: number, slot?: number): SyncCommittee {
    return this.keys.committee(this.plan.committee(period, slot))
  }

  bootstrap({ slot, header, state }: SyntheticBlock): LightClientBootstrap {
    return {
      header,
      currentSyncCommittee: this.committee(periodAtSlot(this.options.network.preset, slot)),
      currentSyncCommitteeBranch: state.currentSyncCommitteeBranch,
    }
  }

  /** The update that a block gives by the signatures it carries. @throws {RangeError} for the first block */
  update({ slot, parent, syncAggregate }: SyntheticBlock): LightClientUpdate {
    if (parent === undefined) throw new RangeError(`the block of slot ${slot} is the first: it signs nothing`)
    return this.updateOf(parent, syncAggregate, slot)
  }

  /** create_light_client_update: of any block, by any signatures. */
  updateOf(attested: SyntheticBlock, syncAggregate: SyncAggregate, signatureSlot: number): LightClientUpdate {
    const { preset } = this.options.network
    const { slot, header: attestedHeader, finalized, state } = attested
    const period = periodAtSlot(preset, slot)
    return {
      attestedHeader,
      nextSyncCommittee:
        periodAtSlot(preset, signatureSlot) === period
          ? { committee: this.committee(period + 1, slot), branch: state.nextSyncCommitteeBranch }
          : undefined,
      finality: finalized && { header: finalized.header, branch: state.finalityBranch },
      syncAggregate,
      signatureSlot,
    }
  }

  /** What the committee of a slot signs of a block, those of its members who sign in that slot. */
  aggregate(slot: number, blockRoot: Root): SyncAggregate {
    const { network } = this.options
    const syncCommitteeBits = this.plan.participants(slot)
    const message = signingRoot(blockRoot, syncCommitteeDomain(network, slot))
    const signers = this.plan.committee(periodAtSlot(network.preset, slot))
    return { syncCommitteeBits, syncCommitteeSignature: this.keys.sign(signers, syncCommitteeBits, message) }
  }

  /**
   * Another block of the same slot on the same parent, with the same payload; the chain does not have it. It is what an
   * equivocating proposer makes.
   */
  sibling(block: SyntheticBlock): SyntheticBlock {
    const { network, seed } = this.options
    const state = this.#state(`${seed}, sibling`, block)
    const options = { ...block.header.beacon, stateRoot: state.root, body: block.body }
    const { header, tree } = blockOf(network, seed, options)
    return { ...block, root: tree.root, header, tree, state }
  }

  /**
   * The update that full nodes keep for a period: the best of those attested and signed in it.
   * @param head by what they knew then; default: the newest
   */
  bestUpdate(period: number, head: SyntheticBlock = this.head): LightClientUpdate | undefined {
    const { preset } = this.options.network
    const slots = preset.slotsPerEpoch * preset.epochsPerSyncCommitteePeriod
    let best: { readonly block: SyntheticBlock; readonly score: UpdateScore } | undefined
    for (const block of this.#tree.branch(head, period * slots, (period + 1) * slots)) {
      if (block.parent === undefined || periodAtSlot(preset, block.parent.slot) !== period) continue
      const score = scoreOf(preset, this.update(block))
      if (best === undefined || isBetterScore(score, best.score)) best = { block, score }
    }
    return best && this.update(best.block)
  }

  async #block(
    slot: number,
    parent: SyntheticBlock | undefined,
    kind: SyntheticBlock['kind'],
  ): Promise<SyntheticBlock> {
    const { network } = this.options
    const { preset } = network
    const seed = kind === 'chain' ? this.plan.seed(slot) : `${this.plan.seed(slot)}, orphan`
    const history =
      parent === undefined ? emptyHistory(network) : historyAfter(network, held(parent.history), parent, slot)
    const finalizedEpoch = this.plan.finalizedEpoch(slot)
    const checkpoint = parent && this.ancestorAt(parent, finalizedEpoch * preset.slotsPerEpoch)
    // A genesis that is finalized has the zero root in its checkpoint, as if there were none.
    const finalized = checkpoint?.slot === 0 ? undefined : checkpoint
    const syncAggregate = parent === undefined ? nobodySigned(network) : this.aggregate(slot, parent.root)
    const { execution, body } = await this.#execution(slot, seed, parent, syncAggregate)
    const state = this.#state(seed, { slot, finalized, finalizedEpoch, history, body })
    const parentRoot = parent?.root ?? ZERO_ROOT
    const { header, tree } = blockOf(network, seed, { slot, parentRoot, stateRoot: state.root, body })
    const made = { slot, root: tree.root, header, parent, kind, finalized, finalizedEpoch, state, tree }
    return { ...made, execution, body, syncAggregate, history }
  }

  #state(seed: string, block: StateParts): ProvenState {
    const { network } = this.options
    const { slot, finalized, finalizedEpoch, history, body } = block
    const period = periodAtSlot(network.preset, slot)
    return stateOf(network, seed, {
      slot,
      current: this.committee(period, slot),
      next: this.committee(period + 1, slot),
      finalizedRoot: finalized?.root ?? ZERO_ROOT,
      finalizedEpoch: finalized === undefined ? 0 : finalizedEpoch,
      history: held(history),
      latestExecution: body && latestExecutionOf(network, body),
    })
  }

  async #execution(
    slot: number,
    seed: string,
    beaconParent: SyntheticBlock | undefined,
    syncAggregate: SyncAggregate,
  ): Promise<{ readonly execution: BlockExecution; readonly body: BlockBody | undefined }> {
    const { network } = this.options
    const parent = beaconParent === undefined ? this.#payloads.genesis : newestPayload(beaconParent)
    if (executionKindAtSlot(network, slot) === undefined) {
      return { execution: { parent, block: undefined, payload: undefined, isRevealed: true }, body: undefined }
    }
    const parentRoot = beaconParent?.root ?? ZERO_ROOT
    const brought = await this.#payloads.make({ slot, seed, parent, parentBeaconBlockRoot: parentRoot })
    const parentRequests = beaconParent === undefined ? [] : revealedRequests(beaconParent)
    const body = bodyOf(network, seed, { slot, parentRoot, syncAggregate, parent, brought, parentRequests })
    const execution = {
      parent,
      block: broughtBlock(brought),
      payload: brought.kind === 'own' ? brought.made : undefined,
      isRevealed: brought.kind !== 'withheld' && (body.execution.kind === 'payload' || !this.plan.isWithheld(slot)),
    }
    return { execution, body }
  }
}

/** Whoever builds on a block, or makes another of it, does so while it is new. */
function held(history: StateHistory | undefined): StateHistory {
  if (history === undefined) throw new RangeError('the state of a block this old is not held any more')
  return history
}

type StateParts = Pick<SyntheticBlock, 'slot' | 'finalized' | 'finalizedEpoch' | 'history' | 'body'>

/** What the next block's payload builds on. */
const newestPayload = ({ execution: { block, isRevealed, parent } }: SyntheticBlock): ExecutionParent =>
  block !== undefined && isRevealed ? block : parent

/** What the block after it does for the requests of its payload, which no block of its own fork has done. */
const revealedRequests = ({ body, execution: { payload, isRevealed } }: SyntheticBlock): readonly Uint8Array[] =>
  body?.execution.kind === 'bid' && isRevealed ? (payload?.carried.executionRequests ?? []) : []
