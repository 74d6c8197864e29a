/** Checks signed heads with the committee chain and hands them to those who asked, each from a number of signers on. */
import { periodAtSlot } from '../chain/beacon-preset.ts'
import type { CommitteeChain } from './committee-chain.ts'
import type { ConflictRecord } from './committee-chain-storage.ts'
import type { LightClientHeader, LightClientUpdate } from './containers/light-client-objects.ts'
import { participants } from './containers/light-client-objects.ts'
import type { SyncCommittee } from './containers/ssz-types.ts'
import { InvalidUpdateError } from './protocol/light-client-error.ts'
import type { LightClientContext } from './protocol/light-client-store.ts'
import {
  requireSigners,
  validateSignature,
  validateSlots,
  validateUpdateProofs,
} from './protocol/validate-light-client-update.ts'
import { supermajority } from './supermajority.ts'

declare const validated: unique symbol

/** Always signed and proven as it says: only {@link HeadValidator} makes one. */
export interface ValidatedHead<Trust extends HeadTrust = HeadTrust> {
  readonly [validated]: true
  readonly trust: Trust
  readonly attestedHeader: LightClientHeader
  /** Undefined for an optimistic head. */
  readonly finalizedHeader: LightClientHeader | undefined
  readonly signers: number
  readonly committeeSize: number
  readonly signatureSlot: number
  /** As it came, for passing on. */
  readonly update: LightClientUpdate
}

/** `used`: a supermajority of a proven committee signed it. `hint`: anything less; good for prefetching and passing on only. */
export type HeadTrust = 'used' | 'hint'

export type HeadVerdict =
  | { readonly kind: 'valid'; readonly head: ValidatedHead }
  /** A `wrongPeriod` above the chain's asks for its next update; a `wrongAggregateKey` voids the link before that period. */
  | { readonly kind: 'refused'; readonly error: InvalidUpdateError }
  /** The chain found an attack: no signature of its committees says anything now. */
  | { readonly kind: 'halted'; readonly conflict: ConflictRecord }

/** A subscription with a threshold that its use does not allow. */
export class ThresholdError extends Error {
  override name = 'ThresholdError'
}

/** Subscriptions at most: one for use, one per threshold served; more is a leak. */
export const MAX_SUBSCRIPTIONS = 16

interface Subscription {
  readonly signers: number
  readonly onHead: (head: ValidatedHead) => void
}

export class HeadValidator {
  readonly #chain: CommitteeChain
  readonly #context: () => LightClientContext
  readonly #used = new Set<Subscription>()
  readonly #hints = new Set<Subscription>()

  constructor(chain: CommitteeChain, context: () => LightClientContext) {
    this.#chain = chain
    this.#context = context
  }

  /**
   * Heads that RPC and execution may use.
   * @param signers the supermajority by default, more for the cautious
   * @returns ends the subscription
   * @throws {ThresholdError} for fewer signers than a supermajority, or more than there are
   */
  subscribeUsed(
    onHead: (head: ValidatedHead<'used'>) => void,
    signers = supermajority(this.#chain.network.preset),
  ): () => void {
    this.#requireThreshold(signers, supermajority(this.#chain.network.preset))
    // Those of #used are called with used heads only.
    return this.#subscribe(this.#used, { signers, onHead: onHead as Subscription['onHead'] })
  }

  /**
   * Every valid head from `signers` on, whatever it may be used for.
   * @returns ends the subscription
   * @throws {ThresholdError} below the fewest signers an update can have, or above the committee's size
   */
  subscribeHints(signers: number, onHead: (head: ValidatedHead) => void): () => void {
    this.#requireThreshold(signers, this.#chain.network.preset.minSyncCommitteeParticipants)
    return this.#subscribe(this.#hints, { signers, onHead })
  }

  /** Checks a finality or optimistic update, then calls whoever asked for heads with so many signers, before it returns. */
  validate(update: LightClientUpdate): HeadVerdict {
    const { conflict } = this.#chain
    if (conflict !== undefined) return { kind: 'halted', conflict }
    try {
      const head = this.#validate(update)
      this.#publish(head)
      return { kind: 'valid', head }
    } catch (error) {
      if (error instanceof InvalidUpdateError) return { kind: 'refused', error }
      throw error
    }
  }

  /** @throws {InvalidUpdateError} */
  #validate(update: LightClientUpdate): ValidatedHead {
    const context = this.#context()
    const { network, verifier } = context
    const needed = supermajority(network.preset)
    requireSigners(network, update, Math.min(needed, ...[...this.#hints].map(({ signers }) => signers)))
    validateSlots(update, context.currentSlot)
    const period = periodAtSlot(network.preset, update.signatureSlot)
    const { standing, committee } = this.#signers(period)
    validateUpdateProofs(network, update)
    validateSignature(context, committee, update)
    if (!verifier.isAggregateSound(committee)) throw new InvalidUpdateError({ code: 'wrongAggregateKey', period })
    const signers = participants(update)
    const head: Omit<ValidatedHead, typeof validated> = {
      trust: signers >= needed && standing === 'proven' ? 'used' : 'hint',
      attestedHeader: update.attestedHeader,
      finalizedHeader: update.finality?.header,
      signers,
      committeeSize: network.preset.syncCommitteeSize,
      signatureSlot: update.signatureSlot,
      update,
    }
    return head as ValidatedHead
  }

  /**
   * Of the newest two periods: the newest committee is learned a period before it signs. Older heads lie behind what
   * the chain has proven.
   * @throws {InvalidUpdateError}
   */
  #signers(period: number): { readonly standing: 'proven' | 'provisional'; readonly committee: SyncCommittee } {
    const newest = this.#chain.period
    const expected = [newest - 1, newest].filter((candidate) => candidate >= this.#chain.checkpoint.period)
    const known = expected.includes(period) ? this.#chain.committee(period) : undefined
    if (known === undefined) throw new InvalidUpdateError({ code: 'wrongPeriod', period, expected })
    return known
  }

  #publish(head: ValidatedHead): void {
    if (head.trust === 'used' && head.finalizedHeader !== undefined) {
      this.#chain.finalize(head.finalizedHeader.beacon.slot)
    }
    const asked = head.trust === 'used' ? [...this.#used, ...this.#hints] : [...this.#hints]
    for (const { signers, onHead } of asked) if (head.signers >= signers) onHead(head)
  }

  #requireThreshold(signers: number, least: number): void {
    const most = this.#chain.network.preset.syncCommitteeSize
    if (Number.isInteger(signers) && signers >= least && signers <= most) return
    throw new ThresholdError(`a threshold of ${signers} signers was asked for, ${least} to ${most} are possible`)
  }

  #subscribe(subscriptions: Set<Subscription>, subscription: Subscription): () => void {
    if (this.#used.size + this.#hints.size >= MAX_SUBSCRIPTIONS) {
      throw new ThresholdError(`${MAX_SUBSCRIPTIONS} subscriptions are open already; end one first`)
    }
    subscriptions.add(subscription)
    return () => subscriptions.delete(subscription)
  }
}
