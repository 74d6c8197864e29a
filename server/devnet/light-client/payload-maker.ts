/** Where the blocks of a generated beacon chain get their payloads from: made up, built by an EVM, frozen, or recorded. */
import type { Root } from '../../../src/chain/bytes.ts'
import type { CarriedPayload } from '../../../src/consensus/containers/execution-payload.ts'
import type { HeadChoice } from '../../execution/chain-input.ts'
import type { ExecutionParent, MadePayload } from './execution-payloads.ts'

/** The beacon block that wants a payload. */
export interface PayloadRequest {
  /** Capella or later. */
  readonly slot: number
  /** What everything made up in the block comes from; another one on a branch. */
  readonly seed: string
  readonly parent: ExecutionParent
  readonly parentBeaconBlockRoot: Root
}

/** What a beacon block brings the execution layer. */
export type SlotPayload =
  /** A payload of its own; from Gloas on it comes in an envelope. */
  | { readonly kind: 'own'; readonly made: MadePayload }
  /**
   * That of a block made elsewhere, which every beacon block carries anew. Never served out of the beacon block: its
   * header names another parent beacon block than the one it would come with.
   */
  | { readonly kind: 'repeated'; readonly carried: Pick<CarriedPayload, 'payload' | 'executionRequests'> }
  /** One that is known by its hash alone, as a block of Gloas promises it. */
  | { readonly kind: 'hash'; readonly block: ExecutionParent }
  /** One that nobody will ever see: a promise of Gloas that is not kept. */
  | { readonly kind: 'withheld'; readonly block: ExecutionParent }

export interface PayloadMaker {
  /** What the first payload builds on. */
  readonly genesis: ExecutionParent
  /** Asked once for each block, in the order of the slots; parents before children. */
  make(request: PayloadRequest): SlotPayload | Promise<SlotPayload>
  /** Told what fork choice says, with each new head, once its block is made and before anybody else can ask for it. */
  setHead?(choice: HeadChoice): void
}

/** The execution block that a beacon block holds or promises. */
export function broughtBlock(brought: SlotPayload): ExecutionParent {
  switch (brought.kind) {
    case 'own':
      return brought.made.carried.payload
    case 'repeated':
      return brought.carried.payload
    case 'hash':
    case 'withheld':
      return brought.block
  }
}
