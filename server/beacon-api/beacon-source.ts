/** What a beacon API server serves from: a generated chain, recorded files, or another node. */
import type { Root } from '../../src/chain/bytes.ts'
import type { Network } from '../../src/chain/network.ts'
import type { CarriedPayload } from '../../src/consensus/containers/execution-payload.ts'
import type { LightClientBootstrap, LightClientUpdate } from '../../src/consensus/containers/light-client-objects.ts'
import type { BeaconBlockHeader } from '../../src/consensus/containers/ssz-types.ts'
import type { UncheckedMultiproof } from '../../src/consensus/multiproof/multiproof.ts'
import type { ProofFormat } from '../../src/consensus/multiproof/proof-format.ts'
import type { BlockBody } from './block-body.ts'

/** `block_id` and `state_id` of the API. A root is that of the block, or of the state. */
export type ItemId =
  | { readonly kind: 'head' | 'genesis' | 'finalized' | 'justified' }
  | { readonly kind: 'slot'; readonly slot: number }
  | { readonly kind: 'root'; readonly root: Root }

export interface SourceBlock {
  readonly root: Root
  readonly header: BeaconBlockHeader
  readonly isCanonical: boolean
  readonly isFinalized: boolean
  readonly payload: BlockPayload
  /** Left out where it is not known whole, or from before Capella. */
  readonly body?: BlockBody | undefined
}

/** `none`: before Capella, or not held. From Gloas on a payload comes in an envelope, or never. */
export type BlockPayload =
  { readonly kind: 'none' | 'withheld' } | { readonly kind: 'inBlock' | 'inEnvelope'; readonly carried: CarriedPayload }

export interface Checkpoint {
  readonly epoch: number
  /** Zeros where it is the genesis. */
  readonly root: Root
}

export interface FinalityCheckpoints {
  readonly previousJustified: Checkpoint
  readonly currentJustified: Checkpoint
  readonly finalized: Checkpoint
}

/** What happens while somebody listens, in the order it happens. */
export type BeaconNews =
  | {
      readonly kind: 'head'
      readonly block: SourceBlock
      readonly isEpochTransition: boolean
      /** What validators' duties depend on; undefined where the source does not know. */
      readonly dutyRoots: { readonly previous: Root; readonly current: Root } | undefined
    }
  | { readonly kind: 'reorg'; readonly depth: number; readonly from: SourceBlock; readonly to: SourceBlock }
  | { readonly kind: 'optimisticUpdate' | 'finalityUpdate'; readonly update: LightClientUpdate }
  | { readonly kind: 'finalized'; readonly epoch: number; readonly block: SourceBlock }

export type Awaitable<T> = T | Promise<T>

/** A block, or the envelope of its payload, whole. */
export type RelayedItem = 'signedBlock' | 'payloadEnvelope'

/** As another node gave it: SSZ, or the answer's JSON with all that is around the object. */
export type RelayedAnswer =
  { readonly kind: 'ssz'; readonly bytes: Uint8Array } | { readonly kind: 'json'; readonly json: unknown }

/**
 * Undefined: it has no such thing. What it has is not checked by the server: a source may lie. One that relays others
 * throws an `UnavailableError` for what it cannot know.
 */
export interface BeaconSource {
  readonly network: Network
  /** Names the software in `node/version`. */
  readonly version: string
  /** The newest block, and the slot by its own clock: further than that it is behind. */
  head(): Awaitable<{ readonly block: SourceBlock; readonly clockSlot: number }>
  /** Without payload and body where {@link relay} gives the whole of it. */
  block(id: ItemId): Awaitable<SourceBlock | undefined>
  /**
   * Left out by sources that make their blocks. Else what another node has, byte for byte, since the whole of it is known
   * there alone; undefined: it has none.
   */
  relay?(block: SourceBlock, item: RelayedItem, form: 'ssz' | 'json'): Promise<RelayedAnswer | undefined>
  /** The block whose state that is. */
  stateBlock(id: ItemId): Awaitable<SourceBlock | undefined>
  finalityCheckpoints(stateId: ItemId): Awaitable<FinalityCheckpoints | undefined>
  /** @throws {MultiproofError} notProven where its tree ends above the format */
  stateProof(stateId: ItemId, format: ProofFormat): Awaitable<UncheckedMultiproof | undefined>
  bootstrap(blockRoot: Root): Awaitable<LightClientBootstrap | undefined>
  bestUpdate(period: number): Awaitable<LightClientUpdate | undefined>
  finalityUpdate(): Awaitable<LightClientUpdate | undefined>
  optimisticUpdate(): Awaitable<LightClientUpdate | undefined>
  /** Until the returned function is called. */
  listen(listener: (news: BeaconNews) => void): () => void
}
