/** The sync committees of a network, each proven by the one before: the only source of keys for signed heads. */
import { periodAtSlot } from '../chain/beacon-preset.ts'
import type { Network } from '../chain/network.ts'
import { dropOldest } from '../chain/drop-oldest.ts'
import { anticipatedClaim } from './anticipated-claim.ts'
import type { CheckpointData } from './checkpoint-data.ts'
import type { CommitteeChainStorage, ConflictRecord, UpdateRecord } from './committee-chain-storage.ts'
import type { CommitteeLink } from './committee-link.ts'
import { provenLink, requireTeaching, updateOfRecord } from './committee-link.ts'
import { encodeBootstrap } from './containers/encode.ts'
import type { LightClientUpdate } from './containers/light-client-objects.ts'
import type { SyncCommittee } from './containers/ssz-types.ts'
import { lightClientTypes } from './containers/ssz-types.ts'
import { InvalidUpdateError } from './protocol/light-client-error.ts'
import type { LightClientContext } from './protocol/light-client-store.ts'
import { supermajority } from './supermajority.ts'
import type { SyncCommitteeVerifier } from './sync-committee-verifier.ts'
import type { UpdateScore } from './update-score.ts'
import { isBetterScore } from './update-score.ts'

/** Links at most, as many as the store keeps: three years of mainnet in 27 MB. A longer chain starts at a newer checkpoint. */
export const MAX_LINKS = 1024

/** Committees kept decoded: heads need two, the rest serves a walk along the chain (geth keeps as many). */
const MAX_DECODED_COMMITTEES = 10

export interface CommitteeChainOptions {
  readonly network: Network
  readonly verifier: SyncCommitteeVerifier
  /** By the owner's clock. */
  readonly currentSlot: () => number
  readonly storage: CommitteeChainStorage
  /**
   * Signers below which an update is refused; default: the supermajority. A server may keep and serve a chain taught by
   * fewer; what rests on such a link stays `provisional`, and no head that is used is checked against it.
   */
  readonly leastSigners?: number
}

/** Links that a load has proven one by one, the first signed by the checkpoint's committee. */
export interface VerifiedLinks {
  readonly links: readonly CommitteeLink[]
  readonly conflict: ConflictRecord | undefined
}

export const leastSignersOf = ({ leastSigners, network }: CommitteeChainOptions): number =>
  leastSigners ?? supermajority(network.preset)

/** `proven`: every link from the checkpoint on has a supermajority. */
export interface KnownCommittee {
  readonly standing: 'proven' | 'provisional'
  readonly committee: SyncCommittee
}

export type InsertOutcome =
  | { readonly kind: 'extended'; readonly period: number }
  /** By a better update that proves the same next committee. */
  | { readonly kind: 'replaced'; readonly period: number }
  /** Links from `period` on were dropped for one that proves another committee with more weight. */
  | { readonly kind: 'reorganised'; readonly period: number; readonly dropped: number }
  /** Valid, and proves what is known already. */
  | { readonly kind: 'notBetter'; readonly period: number }
  | { readonly kind: 'refused'; readonly error: InvalidUpdateError }
  /** {@link MAX_LINKS} reached. */
  | { readonly kind: 'full'; readonly period: number }
  /** An attack, found now or before: see {@link CommitteeChain.conflict}. */
  | { readonly kind: 'halted'; readonly conflict: ConflictRecord }

/**
 * Always:
 * - there is a committee for each period from the checkpoint's to {@link period}, and a link for each of them but the
 *   last: the link of a period is signed by its committee and proves the next one, by at least `leastSigners`;
 * - of several updates that prove the same committee the one with the best score is kept;
 * - a link with a supermajority, of a period whose committee is proven, is never replaced by one that proves another
 *   committee, and no committee at or below {@link finalizedPeriod} changes. Two such links with a supermajority are an attack by
 *   two thirds of a committee: both are kept as evidence and nothing is taken any more, until the owner starts a new
 *   chain from a checkpoint that others agree on.
 *
 * A load checks all of it again, link by link (`loadCommitteeChain`).
 */
export class CommitteeChain {
  readonly network: Network
  readonly checkpoint: CheckpointData
  readonly #options: CommitteeChainOptions
  readonly #leastSigners: number
  readonly #links: CommitteeLink[] = []
  /** By period, the one asked for last at the end. The verifier keeps keys with these objects, so they bound it too. */
  readonly #decoded = new Map<number, SyncCommittee>()
  #finalizedByHeads: number
  #conflict: ConflictRecord | undefined

  /**
   * @param kept what a load has proven; without it the chain starts anew and what the storage holds is replaced
   * @throws {RangeError} when `leastSigners` is no number of members
   * @throws {EncodeError} for a checkpoint from before Gloas whose header is known by its block hash only
   */
  constructor(options: CommitteeChainOptions, checkpoint: CheckpointData, kept?: VerifiedLinks) {
    const { preset } = options.network
    const leastSigners = leastSignersOf(options)
    const [least, most] = [preset.minSyncCommitteeParticipants, preset.syncCommitteeSize]
    if (!Number.isInteger(leastSigners) || leastSigners < least || leastSigners > most) {
      throw new RangeError(`leastSigners is ${leastSigners}, expected ${least} to ${most}`)
    }
    this.network = options.network
    this.checkpoint = checkpoint
    this.#options = options
    this.#leastSigners = leastSigners
    this.#finalizedByHeads = checkpoint.period
    if (kept !== undefined) {
      this.#links.push(...kept.links)
      this.#conflict = kept.conflict
      return
    }
    const record = encodeBootstrap(options.network, checkpoint.bootstrap)
    options.storage.putCheckpoint({ trustedRoot: checkpoint.blockRoot, ...record })
  }

  /** Of the newest committee known. */
  get period(): number {
    return this.checkpoint.period + this.#links.length
  }

  /** Set once two supermajorities of a proven committee have proven different next committees. */
  get conflict(): ConflictRecord | undefined {
    return this.#conflict
  }

  /** Period of the newest header that a supermajority of a proven committee has called finalized. */
  get finalizedPeriod(): number {
    const proven = this.#links.slice(0, this.#provenLinks())
    const slots = proven.flatMap(({ finalizedSlot }) => finalizedSlot ?? [])
    return Math.max(this.#finalizedByHeads, ...slots.map((slot) => periodAtSlot(this.network.preset, slot)))
  }

  /** Undefined for a period without a known committee. Keep the object: validated keys are cached with it. */
  committee(period: number): KnownCommittee | undefined {
    if (period < this.checkpoint.period || period > this.period) return undefined
    const standing = period - this.checkpoint.period <= this.#provenLinks() ? 'proven' : 'provisional'
    return { standing, committee: this.#committee(period) }
  }

  /** The update of a period in the form to store and serve. */
  update(period: number): UpdateRecord | undefined {
    return this.#link(period)?.record
  }

  /** What a server of the same period is compared with. */
  score(period: number): UpdateScore | undefined {
    return this.#link(period)?.score
  }

  /**
   * Updates of consecutive periods that are about to be inserted one by one: their signatures are checked together, each
   * with the committee that the one before says it proves. Inserting them is faster after it, and does the same.
   */
  anticipate(updates: readonly LightClientUpdate[]): void {
    const { network, verifier } = this.#options
    const claims = updates.slice(0, MAX_LINKS).flatMap((update, i) => {
      const period = periodAtSlot(network.preset, update.signatureSlot)
      const taught = updates[i - 1]?.nextSyncCommittee?.committee
      const known = period >= this.checkpoint.period && period <= this.period ? this.#committee(period) : undefined
      const committee = known ?? taught
      return committee === undefined ? [] : anticipatedClaim(network, committee, update)
    })
    verifier.anticipate(claims)
  }

  /** Proves an update and takes it where it makes the chain longer or better. A refused one changes nothing. */
  insert(update: LightClientUpdate): InsertOutcome {
    if (this.#conflict !== undefined) return { kind: 'halted', conflict: this.#conflict }
    try {
      return this.#insert(update)
    } catch (error) {
      if (error instanceof InvalidUpdateError) return { kind: 'refused', error }
      throw error
    }
  }

  /** A supermajority of a proven committee finalized this slot: no committee at or below its period changes from now on. */
  finalize(slot: number): void {
    this.#finalizedByHeads = Math.max(this.#finalizedByHeads, periodAtSlot(this.network.preset, slot))
  }

  /**
   * Signatures are checked against the aggregate keys that committees carry. This sums the committee on whose signature
   * the newest link rests; where its key is wrong, that link falls and the one before is asked.
   * @returns the periods whose links fell, newest first
   */
  withdrawUnsound(): readonly number[] {
    const withdrawn: number[] = []
    while (this.#links.length > 0) {
      const period = this.period - 1
      if (this.#options.verifier.isAggregateSound(this.#committee(period))) break
      this.withdrawFrom(period)
      withdrawn.push(period)
    }
    return withdrawn
  }

  /** Drops the links of `period` and later: what they rest on turned out to be no proof. */
  withdrawFrom(period: number): void {
    this.#links.length = Math.min(this.#links.length, Math.max(0, period - this.checkpoint.period))
    for (const decoded of this.#decoded.keys()) if (decoded > this.period) this.#decoded.delete(decoded)
    this.#options.storage.deleteUpdatesFrom(this.period)
  }

  /** @throws {InvalidUpdateError} */
  #insert(candidate: LightClientUpdate): InsertOutcome {
    const context = this.#context()
    const { update, period } = requireTeaching(context, candidate, this.#leastSigners)
    this.#requireKnownPeriod(period)
    const link = provenLink(context, this.#committee(period), update)
    const next = update.nextSyncCommittee.committee
    const known = this.#link(period)
    if (known === undefined) {
      if (this.#links.length >= MAX_LINKS) return { kind: 'full', period }
      this.#push(link, next)
      return { kind: 'extended', period }
    }
    // By their bytes: hashing a committee again would cost as much as the rest of the proof.
    const { syncCommittee } = lightClientTypes(this.network.preset)
    if (!syncCommittee.equals(this.#committee(period + 1), next)) return this.#fork(period, known, link, next)
    if (!isBetterScore(link.score, known.score)) return { kind: 'notBetter', period }
    this.#links[period - this.checkpoint.period] = link
    this.#options.storage.putUpdate(link.record)
    return { kind: 'replaced', period }
  }

  /** Another next committee than the known one, as validly signed. @throws {InvalidUpdateError} */
  #fork(period: number, known: CommitteeLink, link: CommitteeLink, next: SyncCommittee): InsertOutcome {
    const isProven = period - this.checkpoint.period <= this.#provenLinks()
    if (isProven && known.score.hasSupermajority && link.score.hasSupermajority) {
      this.#conflict = { known: known.record, other: link.record }
      this.#options.storage.putConflict(this.#conflict)
      return { kind: 'halted', conflict: this.#conflict }
    }
    // The link of the finalized period itself proves the committee after it, which that finality says nothing about.
    if (period < this.finalizedPeriod || !isBetterScore(link.score, known.score)) {
      throw new InvalidUpdateError({ code: 'otherCommittee', period: period + 1 })
    }
    const dropped = this.period - period
    this.withdrawFrom(period)
    this.#push(link, next)
    return { kind: 'reorganised', period, dropped }
  }

  #push(link: CommitteeLink, next: SyncCommittee): void {
    this.#links.push(link)
    this.#remember(this.period, next)
    this.#options.storage.putUpdate(link.record)
  }

  #requireKnownPeriod(period: number): void {
    const expected = [Math.min(Math.max(period, this.checkpoint.period), this.period)]
    if (!expected.includes(period)) throw new InvalidUpdateError({ code: 'wrongPeriod', period, expected })
  }

  /** How many links from the checkpoint on have a supermajority without a weaker one between. */
  #provenLinks(): number {
    const weak = this.#links.findIndex(({ score }) => !score.hasSupermajority)
    return weak === -1 ? this.#links.length : weak
  }

  #link(period: number): CommitteeLink | undefined {
    return this.#links[period - this.checkpoint.period]
  }

  /** Of a period from the checkpoint's to the newest. */
  #committee(period: number): SyncCommittee {
    if (period === this.checkpoint.period) return this.checkpoint.committee
    const known = this.#decoded.get(period) ?? this.#decode(period)
    this.#remember(period, known)
    return known
  }

  #decode(period: number): SyncCommittee {
    const link = this.#link(period - 1)
    const next = link && updateOfRecord(this.network, link.record).nextSyncCommittee
    if (next === undefined) throw new RangeError(`no committee of period ${period} is known`)
    return next.committee
  }

  #remember(period: number, committee: SyncCommittee): void {
    this.#decoded.delete(period)
    this.#decoded.set(period, committee)
    dropOldest(this.#decoded, MAX_DECODED_COMMITTEES)
  }

  #context(): LightClientContext {
    const { network, verifier, currentSlot } = this.#options
    return { network, verifier, currentSlot: currentSlot() }
  }
}
