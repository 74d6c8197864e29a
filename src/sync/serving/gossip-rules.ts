/**
 * Whether a finality or optimistic update that came by gossip is passed on (consensus-specs, Altair light client,
 * networking: the rules for light clients). Rules that cost nothing are asked first; what is left is proven by processing it.
 */
import { byteArrayEquals } from '@chainsafe/ssz'
import { syncMessageDueMs, timeOfSlot } from '../../chain/beacon-config.ts'
import { EncodeError, encodeUpdate } from '../../consensus/containers/encode.ts'
import { participants, type LightClientUpdate } from '../../consensus/containers/light-client-objects.ts'
import type { InvalidUpdateError, UpdateFault } from '../../consensus/protocol/light-client-error.ts'
import type { LightClientState } from '../light-client/light-client-state.ts'

/** MAXIMUM_GOSSIP_CLOCK_DISPARITY (consensus-specs, phase 0 networking): how far honest clocks lie apart. */
export const CLOCK_DISPARITY_MS = 500

export interface GossipMessage {
  readonly kind: 'finality' | 'optimistic'
  readonly update: LightClientUpdate
  /** The peer that it came from. */
  readonly sender: string
  /** Ms since 1970, by our clock. */
  readonly receivedAt: number
}

export type GossipVerdict =
  | { readonly kind: 'accept' }
  /** Not passed on, and nothing against its sender. */
  | { readonly kind: 'ignore'; readonly reason: IgnoreReason }
  /** Not passed on, and held against its sender. */
  | { readonly kind: 'reject'; readonly error: InvalidUpdateError }

export type IgnoreReason =
  /** As new as, or newer than this, has been passed on already. */
  | 'notNewer'
  /** Before the committee's messages of its slot are due. */
  | 'early'
  /** Nothing can be judged yet, or any more. */
  | 'noChain'
  | 'disputed'
  /** Signed by a committee that we do not know, or know no more. */
  | 'otherPeriod'
  /** Of a slot that has not begun by our clock, or signed by too few to be used, or by a committee whose key is wrong. */
  | 'notUsable'
  /** Valid, and nothing that we did not know. */
  | 'nothingNew'

/**
 * What is accepted is meant to be passed on, and counts as passed on from then. Judging an update also takes it: the
 * state's heads are those of the valid ones among all that were judged.
 */
export class GossipRules {
  /** The finality update that was passed on last: its finalized slot, and its fields as an optimistic update. */
  #finality: { readonly slot: number; readonly message: Uint8Array | undefined } | undefined
  #optimisticSlot = -1

  constructor(private readonly state: LightClientState) {}

  validate({ kind, update, sender, receivedAt }: GossipMessage): GossipVerdict {
    const isNewer = kind === 'finality' ? this.#isNewerFinality(update) : this.#isNewerOptimistic(update)
    if (!isNewer) return ignore('notNewer')
    const { network } = this.state
    const due = timeOfSlot(network, update.signatureSlot) * 1_000 + syncMessageDueMs(network, update.signatureSlot)
    if (receivedAt < due - CLOCK_DISPARITY_MS) return ignore('early')

    const before = this.#slots()
    const taken = this.state.takeHead(update, sender)
    if (taken.kind === 'noChain' || taken.kind === 'disputed') return ignore(taken.kind)
    if (taken.kind === 'refused') return this.#refused(update, taken.error)
    const after = this.#slots()
    if (kind === 'finality') {
      if (after.finalized <= before.finalized) return ignore('nothingNew')
      this.#noteFinality(update)
    } else {
      if (after.optimistic <= before.optimistic && !this.#isPartOfFinality(update)) return ignore('nothingNew')
      this.#optimisticSlot = update.attestedHeader.beacon.slot
    }
    return { kind: 'accept' }
  }

  /**
   * The finalized slot is higher than any passed on. The rule's other half, the same slot and only now signed by a
   * supermajority, never applies: what advances our finalized header, as it must to be passed on, was signed by one.
   */
  #isNewerFinality({ finality }: LightClientUpdate): boolean {
    return this.#finality === undefined || (finality?.header.beacon.slot ?? 0) > this.#finality.slot
  }

  #isNewerOptimistic({ attestedHeader }: LightClientUpdate): boolean {
    return attestedHeader.beacon.slot > this.#optimisticSlot
  }

  /** Only what is false by itself is held against the sender; what we cannot judge, or do not use, is not. */
  #refused(update: LightClientUpdate, error: InvalidUpdateError): GossipVerdict {
    const isSigned = participants(update) >= this.state.network.preset.minSyncCommitteeParticipants
    const reason = isSigned ? EXCUSED[error.fault.code] : undefined
    return reason === undefined ? { kind: 'reject', error } : ignore(reason)
  }

  #noteFinality(update: LightClientUpdate): void {
    this.#finality = { slot: update.finality?.header.beacon.slot ?? 0, message: this.#optimisticMessage(update) }
  }

  /** Whether it has the same fields as the finality update that was passed on last. */
  #isPartOfFinality(update: LightClientUpdate): boolean {
    const [known, own] = [this.#finality?.message, this.#optimisticMessage(update)]
    return known !== undefined && own !== undefined && byteArrayEquals(known, own)
  }

  /** Undefined where the container of its fork cannot carry it. */
  #optimisticMessage(update: LightClientUpdate): Uint8Array | undefined {
    try {
      return encodeUpdate(this.state.network, update, 'optimisticUpdate').ssz
    } catch (error) {
      if (error instanceof EncodeError) return undefined
      throw error
    }
  }

  #slots() {
    const { finality, optimistic } = this.state
    return {
      finalized: finality?.head.finalizedHeader.beacon.slot ?? -1,
      optimistic: optimistic?.head.attestedHeader.beacon.slot ?? -1,
    }
  }
}

/** Why an update may be refused that is true for all we know. */
const EXCUSED: { readonly [Code in UpdateFault['code']]?: IgnoreReason } = {
  wrongPeriod: 'otherPeriod',
  futureSlot: 'notUsable',
  wrongAggregateKey: 'notUsable',
  tooFewSigners: 'notUsable',
}

const ignore = (reason: IgnoreReason): GossipVerdict => ({ kind: 'ignore', reason })
