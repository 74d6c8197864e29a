/** A beacon node's view of a generated chain: what it serves, now or as of some slots ago, and what it tells. */
import { epochAtSlot } from '../../src/chain/beacon-preset.ts'
import type { Root } from '../../src/chain/bytes.ts'
import type { LightClientBootstrap, LightClientUpdate } from '../../src/consensus/containers/light-client-objects.ts'
import { participants } from '../../src/consensus/containers/light-client-objects.ts'
import type { UncheckedMultiproof } from '../../src/consensus/multiproof/multiproof.ts'
import { writeMultiproof } from '../../src/consensus/multiproof/multiproof.ts'
import type { ProofFormat } from '../../src/consensus/multiproof/proof-format.ts'
import { isSupermajority } from '../../src/consensus/supermajority.ts'
import type {
  BeaconNews,
  BeaconSource,
  BlockPayload,
  Checkpoint,
  FinalityCheckpoints,
  ItemId,
  SourceBlock,
} from '../beacon-api/beacon-source.ts'
import type { SyntheticBlock } from './light-client/synthetic-chain.ts'
import { checkpointsOf } from './finality.ts'
import type { LiveChain } from './live-chain.ts'

export class ChainSource implements BeaconSource {
  readonly version = 'beamtab-devnet'
  readonly network

  /** @param lag slots that the view is behind the chain */
  constructor(
    private readonly live: LiveChain,
    private readonly lag = 0,
  ) {
    this.network = live.network
  }

  head(): { readonly block: SourceBlock; readonly clockSlot: number } {
    return { block: this.#sourceBlock(this.#head), clockSlot: this.live.clockSlot }
  }

  block(id: ItemId): SourceBlock | undefined {
    const block = id.kind === 'root' ? this.#known(this.live.chain.blockByRoot(id.root)) : this.#named(id)
    return block && this.#sourceBlock(block)
  }

  stateBlock(id: ItemId): SourceBlock | undefined {
    const block = this.#ofState(id)
    return block && this.#sourceBlock(block)
  }

  finalityCheckpoints(stateId: ItemId): FinalityCheckpoints | undefined {
    const block = this.#ofState(stateId)
    return block && checkpointsOf(this.live.chain, block)
  }

  stateProof(stateId: ItemId, format: ProofFormat): UncheckedMultiproof | undefined {
    const block = this.#ofState(stateId)
    return block?.history && writeMultiproof(block.state.tree, format)
  }

  bootstrap(blockRoot: Root): LightClientBootstrap | undefined {
    const block = this.#known(this.live.chain.blockByRoot(blockRoot))
    if (block === undefined || !this.#isFinalized(block)) return undefined
    return this.live.chain.isCheckpoint(block, this.#head) ? this.live.chain.bootstrap(block) : undefined
  }

  bestUpdate(period: number): LightClientUpdate | undefined {
    return this.live.chain.bestUpdate(period, this.#head)
  }

  optimisticUpdate(): LightClientUpdate | undefined {
    return this.#head.parent && this.live.chain.update(this.#head)
  }

  finalityUpdate(): LightClientUpdate | undefined {
    const update = this.optimisticUpdate()
    return update?.finality && update
  }

  listen(listener: (news: BeaconNews) => void): () => void {
    let head = this.#head
    let told: LightClientUpdate | undefined = this.finalityUpdate()
    return this.live.listen(() => {
      const before = head
      head = this.#head
      if (head === before) return
      for (const news of this.#newsOf(head, before)) listener(news)
      const update = this.finalityUpdate()
      if (update !== undefined && isNewFinality(this, update, told)) {
        told = update
        listener({ kind: 'finalityUpdate', update })
      }
      if (head.finalized !== undefined && head.finalized !== before.finalized) {
        listener({ kind: 'finalized', epoch: head.finalizedEpoch, block: this.#sourceBlock(head.finalized) })
      }
    })
  }

  *#newsOf(head: SyntheticBlock, before: SyntheticBlock): Generator<BeaconNews> {
    const { slotsPerEpoch } = this.network.preset
    const { chain } = this.live
    const epoch = epochAtSlot(this.network.preset, head.slot)
    const dutyRoot = (slot: number): Root => (chain.ancestorAt(head, slot) ?? head).root
    yield {
      kind: 'head',
      block: this.#sourceBlock(head),
      isEpochTransition: epoch > epochAtSlot(this.network.preset, before.slot),
      dutyRoots: {
        previous: dutyRoot((epoch - 1) * slotsPerEpoch - 1),
        current: dutyRoot(epoch * slotsPerEpoch - 1),
      },
    }
    if (chain.ancestorAt(head, before.slot) !== before) {
      const fork = head.parent?.slot ?? before.slot
      const [from, to] = [this.#sourceBlock(before), this.#sourceBlock(head)]
      yield { kind: 'reorg', depth: before.slot - fork, from, to }
    }
    const update = this.optimisticUpdate()
    if (update !== undefined) yield { kind: 'optimisticUpdate', update }
  }

  get #head(): SyntheticBlock {
    const { chain, slot } = this.live
    return chain.headAt(Math.max(slot - this.lag, chain.blocks[0]?.slot ?? 0))
  }

  /** Undefined where this view has not come to the block yet. */
  #known(block: SyntheticBlock | undefined): SyntheticBlock | undefined {
    return block !== undefined && block.slot <= this.#head.slot ? block : undefined
  }

  #named(id: Exclude<ItemId, { kind: 'root' }>): SyntheticBlock | undefined {
    const { chain } = this.live
    switch (id.kind) {
      case 'head':
        return this.#head
      case 'genesis':
        return this.#known(chain.blocks.find(({ slot }) => slot === 0))
      case 'finalized':
        return this.#head.finalized
      case 'justified':
        return this.#blockOfCheckpoint(checkpointsOf(this.live.chain, this.#head).currentJustified)
      case 'slot': {
        const block = chain.ancestorAt(this.#head, id.slot)
        return block?.slot === id.slot ? block : undefined
      }
    }
  }

  #blockOfCheckpoint({ root }: Checkpoint): SyntheticBlock | undefined {
    return this.live.chain.blockByRoot(root)
  }

  #ofState(id: ItemId): SyntheticBlock | undefined {
    if (id.kind !== 'root') return this.#named(id)
    return this.#known(this.live.chain.blockByStateRoot(id.root))
  }

  #sourceBlock(block: SyntheticBlock): SourceBlock {
    return {
      root: block.root,
      header: block.header.beacon,
      isCanonical: this.live.chain.ancestorAt(this.#head, block.slot) === block,
      isFinalized: this.#isFinalized(block),
      payload: payloadOf(block),
      body: servedBody(block),
    }
  }

  #isFinalized(block: SyntheticBlock): boolean {
    const { finalized } = this.#head
    // A genesis is final by definition.
    if (block.slot === 0) return true
    return finalized !== undefined && this.live.chain.ancestorAt(finalized, block.slot) === block
  }
}

function payloadOf({ body, execution: { payload, isRevealed } }: SyntheticBlock): BlockPayload {
  if (!isRevealed) return { kind: 'withheld' }
  if (payload === undefined) return { kind: 'none' }
  return { kind: body?.execution.kind === 'bid' ? 'inEnvelope' : 'inBlock', carried: payload.carried }
}

/** Undefined for old blocks. A payload that repeats another block's would be taken for a false one: it does not hash to itself in this block. */
const servedBody = ({ body, execution }: SyntheticBlock) =>
  body?.execution.kind === 'payload' && execution.payload === undefined ? undefined : body

/** Full nodes push a finality update when another header is finalized, and when a supermajority first signs it. */
function isNewFinality(
  { network }: ChainSource,
  update: LightClientUpdate,
  told: LightClientUpdate | undefined,
): boolean {
  if (told?.finality === undefined) return true
  if (update.finality?.header.beacon.slot !== told.finality.header.beacon.slot) return true
  const hasSupermajority = (of: LightClientUpdate) => isSupermajority(network.preset, participants(of))
  return hasSupermajority(update) && !hasSupermajority(told)
}
