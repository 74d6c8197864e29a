/** What the body of a beacon block holds, Capella to Gloas, as plain values; lists of operations that are left out are empty. */
import type { Hash, Root } from '../../src/chain/bytes.ts'
import type { ExecutionPayload } from '../../src/consensus/containers/execution-payload.ts'
import type { SyncAggregate } from '../../src/consensus/containers/ssz-types.ts'

export interface BlockBody {
  /** 96 bytes. */
  readonly randaoReveal: Uint8Array
  /** 32 bytes. */
  readonly graffiti: Uint8Array
  readonly syncAggregate: SyncAggregate
  readonly execution: BodyExecution
}

/** Requests: type byte and data of each kind that is not empty, in the order of types (EIP-7685). */
export type BodyExecution =
  /** Capella to Fulu; requests since Electra. */
  | {
      readonly kind: 'payload'
      readonly payload: ExecutionPayload
      readonly requests: readonly Uint8Array[] | undefined
    }
  /** Gloas; the requests are those of the parent's payload, none where that was never revealed. */
  | { readonly kind: 'bid'; readonly bid: PayloadBid; readonly parentRequests: readonly Uint8Array[] }

/** ExecutionPayloadBid without its blob commitments, of which there are none, and value, which is 0 (consensus-specs, Gloas). */
export interface PayloadBid {
  readonly parentBlockHash: Hash
  readonly parentBlockRoot: Root
  readonly blockHash: Hash
  readonly prevRandao: Uint8Array
  readonly feeRecipient: Uint8Array
  readonly gasLimit: number
  readonly builderIndex: number
  readonly slot: number
  readonly executionRequestsRoot: Root
}
