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
import { loadHerumi } from '../../../src/consensus/bls.ts'
import type {
  LightClientBootstrap,
  LightClientHeader,
  LightClientUpdate,
} from '../../../src/consensus/containers/light-client-objects.ts'
import { executionKindAtSlot } from '../../../src/consensus/containers/light-client-objects.ts'
import type { SyncCommittee } from '../../../src/consensus/containers/ssz-types.ts'
import { signingRoot } from '../../../src/consensus/containers/ssz-types.ts'
import type { MerkleNode } from '../../../src/consensus/multiproof/merkle-node.ts'
import type { UpdateScore } from '../../../src/consensus/update-score.ts'
import { isBetterScore, scoreOf } from '../../../src/consensus/update-score.ts'
import type { ProvenState } from './beacon-parts.ts'
import { blockOf, stateOf } from './beacon-parts.ts'
import type { SyntheticChainOptions } from './chain-plan.ts'
import { ChainPlan } from './chain-plan.ts'
import { CommitteeKeys } from './committee-keys.ts'
import type { ExecutionParent, MadePayload } from './execution-payloads.ts'
import { executionGenesis, makePayload } from './execution-payloads.ts'
import type { StateHistory } from './state-history.ts'
import { emptyHistory, historyAfter } from './state-history.ts'

export type { SyntheticChainOptions } from './chain-plan.ts'

export interface SyntheticBlock {
  readonly slot: number
  readonly root: Root
  readonly header: LightClientHeader
  /** Undefined for the first one. */
  readonly parent: SyntheticBlock | undefined
  /** `orphan`: of a branch that the chain leaves again. */
  readonly kind: 'chain' | 'orphan'
  /** The newest block that the block's state calls finalized: that of the start of {@link finalizedEpoch}, or the one before. */
  readonly finalized: SyntheticBlock | undefined
  /** Negative where nothing is. */
  readonly finalizedEpoch: number
  readonly state: ProvenState
  /** Down to what light clients read in the body. */
  readonly tree: MerkleNode
  readonly execution: BlockExecution
  readonly history: StateHistory
}

export interface BlockExecution {
  /** What the block's payload builds on; from Gloas on, what the block itself proves. */
  readonly parent: ExecutionParent
  /** Undefined before Capella. */
  readonly payload: MadePayload | undefined
  /** From Gloas on a payload may never be revealed. */
  readonly isRevealed: boolean
}

const ZERO_ROOT = asRoot(new Uint8Array(32))
const NO_SIGNATURE = new Uint8Array(96)

/**
 * Always: {@link blocks} has those that the chain keeps, in the order of their slots; at any slot the head is the newest
 * block at or before it, whether it is kept or not.
 */
export class SyntheticChain {
  readonly plan: ChainPlan
  /** All of them, orphans too. */
  readonly #heads: SyntheticBlock[] = []
  readonly #blocks: SyntheticBlock[] = []
  readonly #updates = new WeakMap<SyntheticBlock, LightClientUpdate>()
  #grownTo: number

  private constructor(
    private readonly options: SyntheticChainOptions,
    readonly keys: CommitteeKeys,
  ) {
    this.plan = new ChainPlan(options)
    this.#grownTo = options.firstSlot - 1
    this.growTo(options.lastSlot)
  }

  /** @param keys default: those that every chain of this preset has */
  static async create(options: SyntheticChainOptions, keys?: CommitteeKeys): Promise<SyntheticChain> {
    const { syncCommitteeSize } = options.network.preset
    return new SyntheticChain(options, keys ?? new CommitteeKeys(await loadHerumi(), syncCommitteeSize))
  }

  get network(): Network {
    return this.options.network
  }

  get blocks(): readonly SyntheticBlock[] {
    return this.#blocks
  }

  /** The newest block there is. */
  get head(): SyntheticBlock {
    return this.headAt(this.#grownTo)
  }

  /** Makes the blocks up to a slot, included, that are not there yet. */
  growTo(slot: number): void {
    for (let at = this.#grownTo + 1; at <= slot; at++) {
      const whose = this.plan.blockOf(at)
      this.#grownTo = at
      if (whose === undefined) continue
      const kind = whose === 'chain' ? 'chain' : 'orphan'
      const continues = kind === 'orphan' && whose !== 'chain' && at > whose.fromSlot
      const block = this.#block(at, continues ? this.#heads.at(-1) : this.#blocks.at(-1), kind)
      this.#heads.push(block)
      if (kind === 'chain') this.#blocks.push(block)
    }
  }

  /** What everybody took for the head in a slot. @throws {RangeError} where the chain has no block yet */
  headAt(slot: number): SyntheticBlock {
    return requireBlock(newestUntil(this.#heads, slot), slot)
  }

  /** The newest block that the chain keeps at or before a slot. @throws {RangeError} where there is none */
  blockAt(slot: number): SyntheticBlock {
    return requireBlock(newestUntil(this.#blocks, slot), slot)
  }

  /** The newest at or before a slot of the block and those it builds on. */
  ancestorAt(block: SyntheticBlock, slot: number): SyntheticBlock | undefined {
    let at: SyntheticBlock | undefined = block
    while (at?.kind === 'orphan' && at.slot > slot) at = at.parent
    if (at === undefined || at.slot <= slot) return at
    return newestUntil(this.#blocks, slot)
  }

  /** Whether an epoch's checkpoint is the block, by who has that head: none is between it and the start of the epoch. */
  isCheckpoint(block: SyntheticBlock, head: SyntheticBlock = this.head): boolean {
    const { slotsPerEpoch } = this.options.network.preset
    const boundary = Math.ceil(block.slot / slotsPerEpoch) * slotsPerEpoch
    return this.ancestorAt(head, boundary) === block
  }

  /** Any block, orphan or not. */
  blockByRoot(root: Uint8Array): SyntheticBlock | undefined {
    return this.#heads.find((block) => equal(block.root, root))
  }

  /** The block whose post-state has this root. */
  blockByStateRoot(stateRoot: Uint8Array): SyntheticBlock | undefined {
    return this.#heads.find(({ state }) => equal(state.root, stateRoot))
  }

  /** The one whose payload, revealed or not, has this hash. */
  blockByPayload(blockHash: Hash): SyntheticBlock | undefined {
    return this.#heads.find(({ execution }) => {
      const hash = execution.payload?.carried.payload.blockHash
      return hash !== undefined && equal(hash, blockHash)
    })
  }

  committee(period: number): SyncCommittee {
    return this.keys.committee(this.plan.committee(period))
  }

  bootstrap({ slot, header, state }: SyntheticBlock): LightClientBootstrap {
    return {
      header,
      currentSyncCommittee: this.committee(periodAtSlot(this.options.network.preset, slot)),
      currentSyncCommitteeBranch: state.currentSyncCommitteeBranch,
    }
  }

  /** create_light_client_update, from the block that carries the signatures. @throws {RangeError} for the first block */
  update(signature: SyntheticBlock): LightClientUpdate {
    const known = this.#updates.get(signature)
    if (known !== undefined) return known
    const { network } = this.options
    const unsigned = this.#unsigned(signature)
    const { syncCommitteeBits } = unsigned.syncAggregate
    const message = signingRoot(requireParent(signature).root, syncCommitteeDomain(network, signature.slot))
    const signers = this.plan.committee(periodAtSlot(network.preset, signature.slot))
    const syncCommitteeSignature = this.keys.sign(signers, syncCommitteeBits, message)
    const update = { ...unsigned, syncAggregate: { syncCommitteeBits, syncCommitteeSignature } }
    this.#updates.set(signature, update)
    return update
  }

  /**
   * The update that full nodes keep for a period: the best of those attested and signed in it.
   * @param head by what they knew then; default: the newest
   */
  bestUpdate(period: number, head: SyntheticBlock = this.head): LightClientUpdate | undefined {
    const { preset } = this.options.network
    let best: { readonly block: SyntheticBlock; readonly score: UpdateScore } | undefined
    for (const block of this.#canonicalIn(period, head)) {
      if (block.parent === undefined || periodAtSlot(preset, block.parent.slot) !== period) continue
      const score = scoreOf(preset, this.#unsigned(block))
      if (best === undefined || isBetterScore(score, best.score)) best = { block, score }
    }
    return best && this.update(best.block)
  }

  #canonicalIn(period: number, head: SyntheticBlock): SyntheticBlock[] {
    const { preset } = this.options.network
    const slots = preset.slotsPerEpoch * preset.epochsPerSyncCommitteePeriod
    const orphans: SyntheticBlock[] = []
    let kept: SyntheticBlock | undefined = head
    for (; kept?.kind === 'orphan'; kept = kept.parent) orphans.unshift(kept)
    const last = kept === undefined ? 0 : countUntil(this.#blocks, Math.min(kept.slot, (period + 1) * slots - 1))
    const blocks = this.#blocks.slice(countUntil(this.#blocks, period * slots - 1), last)
    return [...blocks, ...orphans.filter(({ slot }) => periodAtSlot(preset, slot) === period)]
  }

  #unsigned(signature: SyntheticBlock): LightClientUpdate {
    const { preset } = this.options.network
    const attested = requireParent(signature)
    const period = periodAtSlot(preset, attested.slot)
    const { header, finalized, state } = attested
    return {
      attestedHeader: header,
      nextSyncCommittee:
        periodAtSlot(preset, signature.slot) === period
          ? { committee: this.committee(period + 1), branch: state.nextSyncCommitteeBranch }
          : undefined,
      finality: finalized && { header: finalized.header, branch: state.finalityBranch },
      syncAggregate: {
        syncCommitteeBits: this.plan.participants(signature.slot),
        syncCommitteeSignature: NO_SIGNATURE,
      },
      signatureSlot: signature.slot,
    }
  }

  #block(slot: number, parent: SyntheticBlock | undefined, kind: SyntheticBlock['kind']): SyntheticBlock {
    const { network } = this.options
    const { preset } = network
    const seed = kind === 'chain' ? this.plan.seed(slot) : `${this.plan.seed(slot)}, orphan`
    const period = periodAtSlot(preset, slot)
    const history = parent === undefined ? emptyHistory(network) : historyAfter(network, parent.history, parent, slot)
    const finalizedEpoch = this.plan.finalizedEpoch(slot)
    const checkpoint = parent && this.ancestorAt(parent, finalizedEpoch * preset.slotsPerEpoch)
    // A genesis that is finalized has the zero root in its checkpoint, as if there were none.
    const finalized = checkpoint?.slot === 0 ? undefined : checkpoint
    const state = stateOf(network, seed, {
      slot,
      current: this.committee(period),
      next: this.committee(period + 1),
      finalizedRoot: finalized?.root ?? ZERO_ROOT,
      finalizedEpoch: finalized === undefined ? 0 : finalizedEpoch,
      history,
    })
    const parentRoot = parent?.root ?? ZERO_ROOT
    const execution = this.#execution(slot, seed, parent)
    const { header, tree } = blockOf(network, seed, {
      slot,
      parentRoot,
      stateRoot: state.root,
      parentBlockHash: execution.parent.blockHash,
      ...(execution.payload && { payload: execution.payload.carried.payload }),
    })
    return { slot, root: tree.root, header, parent, kind, finalized, finalizedEpoch, state, tree, execution, history }
  }

  #execution(slot: number, seed: string, parent: SyntheticBlock | undefined): BlockExecution {
    const { network, executionGenesis: genesis = executionGenesis(this.options.seed) } = this.options
    const kind = executionKindAtSlot(network, slot)
    const below = parent === undefined ? genesis : newestPayload(parent)
    return {
      parent: below,
      payload: kind && makePayload(network, seed, slot, below, parent?.root ?? ZERO_ROOT),
      isRevealed: kind !== 'blockHash' || !this.plan.isWithheld(slot),
    }
  }
}

/** What the next block's payload builds on. */
function newestPayload({ execution }: SyntheticBlock): ExecutionParent {
  const { payload, isRevealed, parent } = execution
  return payload !== undefined && isRevealed ? payload.carried.payload : parent
}

function requireParent({ slot, parent }: SyntheticBlock): SyntheticBlock {
  if (parent === undefined) throw new RangeError(`the block of slot ${slot} is the first: it signs nothing`)
  return parent
}

function requireBlock(block: SyntheticBlock | undefined, slot: number): SyntheticBlock {
  if (block === undefined) throw new RangeError(`the chain has no block at or before slot ${slot}`)
  return block
}

const newestUntil = (blocks: readonly SyntheticBlock[], slot: number): SyntheticBlock | undefined =>
  blocks[countUntil(blocks, slot) - 1]

/** How many of the blocks, which are in the order of their slots, are at or before one. */
function countUntil(blocks: readonly SyntheticBlock[], slot: number): number {
  let [from, to] = [0, blocks.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((blocks[middle]?.slot ?? Infinity) <= slot) from = middle + 1
    else to = middle
  }
  return from
}

const equal = (a: Uint8Array, b: Uint8Array): boolean => a.every((byte, i) => byte === b[i])
