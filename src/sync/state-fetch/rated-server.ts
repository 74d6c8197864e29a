/** A server of state with what was learned of it: how good it is at each thing, how fast, and whether it is left alone now. */
import type { Clock } from '../../chain/clock.ts'
import {
  afterAnswer,
  afterFalse,
  afterProven,
  afterSilence,
  UNKNOWN_QUALITY,
  weight,
  type ServerQuality,
} from '../../network/server-quality.ts'
import { isWithinWindow } from '../capability-window.ts'
import { PARALLEL_CONTENT_AT_START, SOFT_TIMEOUT_MS } from '../constants.ts'
import { FailurePause } from '../failure-pause.ts'
import { LoadLimit } from '../load-limit.ts'
import {
  EXCLUSION_MAX_MS,
  EXCLUSION_MIN_MS,
  LACKED_PAUSE_MS,
  MEASURE_STEP,
  MIN_BATCH,
  OWN_LATE_MS,
  OWN_SILENCE_MS,
  SYNC_REQUESTS,
  UNKNOWN_LATENCY_MS,
} from './constants.ts'
import type { AskKind, StateServer } from './state-server.ts'
import type { Urgency } from './work.ts'

/** Which block's state is asked about, and the newest block there is: windows are counted back from that. */
export interface BlockPlace {
  readonly number: number
  readonly newest: number
}

export interface Measured {
  readonly ms: number
  readonly bytes: number
  readonly items: number
}

/** Always: what one kind of request shows is held against that kind alone, but for false data, which is held against all. */
export class RatedServer {
  readonly load = new LoadLimit(PARALLEL_CONTENT_AT_START)
  readonly pause: FailurePause
  /** What it failed with, or answered falsely, most recently. */
  lastError: Error | undefined
  /** ms since 1970 since when it has refused all that was asked, as too much; undefined where it does not. */
  busySince: number | undefined
  #excludedUntil = -Infinity
  #exclusionMs = EXCLUSION_MIN_MS
  readonly #kinds = new Map<AskKind, KindRating>()
  /** Requests under way. */
  readonly #underWay: Record<Urgency, number> = { sync: 0, 'sync-ahead': 0, urgent: 0, ahead: 0 }

  /** @param onFree called when it may be asked again */
  constructor(
    readonly server: StateServer,
    private readonly clock: Clock,
    onFree: () => void,
  ) {
    this.pause = new FailurePause(clock, onFree)
  }

  get name(): string {
    return this.server.name
  }

  /** A request goes out. @returns to be called when it is over */
  begin(urgency: Urgency): (outcome: { readonly late: boolean; readonly answered: boolean }) => void {
    this.load.begin()
    this.#underWay[urgency] += 1
    return (outcome) => {
      this.load.end(outcome)
      this.#underWay[urgency] -= 1
    }
  }

  /** Whether it takes one more of these, as far as was learned of it. */
  hasRoom(urgency: Urgency): boolean {
    const { hasRoom, inFlight, parallel } = this.load
    const isSpare = parallel === 1 || inFlight < parallel - 1
    const questions = this.#underWay.urgent + this.#underWay.ahead
    const leavesOne = questions < Math.max(1, parallel - 1)
    switch (urgency) {
      case 'sync':
        return hasRoom
      case 'sync-ahead':
        return hasRoom && isSpare
      case 'urgent':
        return hasRoom && leavesOne
      case 'ahead':
        // One place is left to questions, however much is predicted.
        return hasRoom && leavesOne && (isSpare || questions === 0)
    }
  }

  /**
   * Whether it takes one more about an account that it knows of, late as it may be with others: no other is told while it may
   * still answer. As with all questions, one place is left to following the chain.
   */
  get hasRoomAtHome(): boolean {
    return this.hasRoom('urgent') || this.load.inFlight < PARALLEL_CONTENT_AT_START - 1
  }

  /** Whether it takes one more on top of all, for following the chain. */
  get hasReserve(): boolean {
    return this.#underWay.sync < SYNC_REQUESTS
  }

  /** Whether it is any use to ask it for this, now or after a pause. */
  isAble(kind: AskKind, place: BlockPlace | undefined): boolean {
    if (this.server.answers[kind] === undefined || this.isExcluded(kind)) return false
    const window = this.server.windows[kind]
    return window === undefined || place === undefined || isWithinWindow(window, place.number, place.newest)
  }

  isExcluded(kind: AskKind): boolean {
    return this.clock.now() < Math.max(this.#excludedUntil, this.#of(kind).excludedUntil)
  }

  /** Its last answer of this kind had nothing, a short while ago: others first. */
  isEmpty(kind: AskKind): boolean {
    return this.clock.now() < this.#of(kind).emptyUntil
  }

  /** It let an account of the visit's own wait for long, lately: others are asked about those. */
  isSilent(kind: AskKind): boolean {
    return this.clock.now() < this.#of(kind).silentUntil
  }

  quality(kind: AskKind): ServerQuality {
    return this.#of(kind).quality
  }

  /** ms until an answer of few bytes, made longer by how seldom it is a good one. */
  expectedMs(kind: AskKind): number {
    const { latencyMs, quality } = this.#of(kind)
    return (latencyMs ?? UNKNOWN_LATENCY_MS) / Math.sqrt(weight(quality) / weight(UNKNOWN_QUALITY))
  }

  /** Items that come within the soft timeout, with half of it to spare. */
  batchSize(kind: AskKind, most: number): number {
    const { latencyMs = 0, bytesPerMs, bytesPerItem } = this.#of(kind)
    if (bytesPerMs === undefined || bytesPerItem === undefined) return most
    const room = Math.max(SOFT_TIMEOUT_MS / 2, SOFT_TIMEOUT_MS - latencyMs) / 2
    return Math.min(most, Math.max(MIN_BATCH, Math.floor((room * bytesPerMs) / bytesPerItem)))
  }

  /** It answered, with something that was asked for. */
  answered(kind: AskKind, { ms, bytes, items }: Measured): void {
    const rating = this.#of(kind)
    rating.quality = afterProven(afterAnswer(rating.quality))
    rating.emptyUntil = -Infinity
    if (ms < OWN_LATE_MS) rating.silentUntil = -Infinity
    rating.exclusionMs = EXCLUSION_MIN_MS
    this.busySince = undefined
    // The way there and back is the least of what was seen; what is more is the time of the bytes.
    const least = Math.min(ms, rating.leastMs ?? ms)
    rating.leastMs = least
    rating.latencyMs = moved(rating.latencyMs, ms)
    if (bytes >= MEASURABLE_BYTES) rating.bytesPerMs = moved(rating.bytesPerMs, bytes / Math.max(1, ms - least / 2))
    if (items > 0) rating.bytesPerItem = moved(rating.bytesPerItem, bytes / items)
    this.pause.succeed()
  }

  /** It answered that it has nothing of what was asked for. */
  empty(kind: AskKind): void {
    const rating = this.#of(kind)
    rating.quality = afterAnswer(rating.quality)
    rating.emptyUntil = this.clock.now() + LACKED_PAUSE_MS
    this.busySince = undefined
  }

  /** It has not answered for so long as an account of the visit's own waits. */
  silent(kind: AskKind): void {
    this.#of(kind).silentUntil = this.clock.now() + OWN_SILENCE_MS
  }

  failed(kind: AskKind, error: Error): void {
    const rating = this.#of(kind)
    rating.quality = afterSilence(rating.quality)
    this.lastError = error
    this.pause.fail()
  }

  /** It asks to be left alone for so long, in ms. */
  busy(ms: number, error: Error): void {
    this.busySince ??= this.clock.now()
    this.lastError = error
    this.pause.ask(ms)
  }

  /** What came is no answer of this kind: it is not asked for such for a while. */
  malformed(kind: AskKind, error: Error): void {
    const rating = this.#of(kind)
    rating.quality = afterFalse(rating.quality)
    rating.excludedUntil = this.clock.now() + rating.exclusionMs
    rating.exclusionMs = Math.min(EXCLUSION_MAX_MS, rating.exclusionMs * 2)
    this.lastError = error
  }

  /** What came has not the hash it was asked for by, or leads nowhere: it is not asked for anything for a while. */
  lied(kind: AskKind, error: Error): void {
    const rating = this.#of(kind)
    rating.quality = afterFalse(rating.quality)
    this.#excludedUntil = this.clock.now() + this.#exclusionMs
    this.#exclusionMs = Math.min(EXCLUSION_MAX_MS, this.#exclusionMs * 2)
    this.lastError = error
  }

  /** What it gave as a whole turned out to be a part. */
  incomplete(kind: AskKind): void {
    const rating = this.#of(kind)
    rating.quality = afterFalse(rating.quality)
  }

  close(): void {
    this.pause.close()
  }

  #of(kind: AskKind): KindRating {
    const known = this.#kinds.get(kind)
    if (known !== undefined) return known
    const rating: KindRating = {
      quality: UNKNOWN_QUALITY,
      leastMs: undefined,
      latencyMs: undefined,
      bytesPerMs: undefined,
      bytesPerItem: undefined,
      emptyUntil: -Infinity,
      silentUntil: -Infinity,
      excludedUntil: -Infinity,
      exclusionMs: EXCLUSION_MIN_MS,
    }
    this.#kinds.set(kind, rating)
    return rating
  }
}

/** Bytes of an answer that say something about bandwidth; smaller ones come with the first packets. */
const MEASURABLE_BYTES = 16_384

interface KindRating {
  quality: ServerQuality
  leastMs: number | undefined
  latencyMs: number | undefined
  bytesPerMs: number | undefined
  bytesPerItem: number | undefined
  emptyUntil: number
  silentUntil: number
  excludedUntil: number
  exclusionMs: number
}

const moved = (known: number | undefined, measured: number): number =>
  known === undefined ? measured : known + (measured - known) * MEASURE_STEP
