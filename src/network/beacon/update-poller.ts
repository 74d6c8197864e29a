/** Asks a beacon node for its newest once a slot, at the moment it comes to be, where that is worth it. */
import { slotAtTime, syncMessageDueMs, timeOfSlot } from '../../chain/beacon-config.ts'
import type { Clock } from '../../chain/clock.ts'
import type { Network } from '../../chain/network.ts'
import { boundedSignal } from '../http/bounded-signal.ts'
import type { ServerNews } from '../request-server.ts'
import { POLL_GAP_MS, POLL_JITTER, POLL_MARGIN, POLL_MIN_MS, STREAM_RETRY_MS, TIMER_MAX_MS } from './constants.ts'
import { outcomeOf, type Outcome } from './outcome.ts'

export type PolledNews = Extract<ServerNews, { readonly kind: 'head' | 'finalityUpdate' | 'optimisticUpdate' }>

export interface UpdatePollerOptions {
  readonly network: Network
  readonly clock: Clock
  /** Uniform in 0..1, 1 excluded. */
  readonly random: () => number
  /** Whether it is worth asking; called once a slot, at its moment. */
  readonly isDue: (slot: number) => boolean
  /** The server's name. */
  readonly server: string
  /** What a poll asks, each by itself. */
  readonly questions: Readonly<Record<PolledNews['kind'], PollQuestion>>
  /** As soon as one has ended; not after {@link UpdatePoller.stop}. */
  readonly onEnd: (kind: PolledNews['kind'], outcome: Outcome<PolledNews>) => void
}

type PollQuestion = (signal: AbortSignal) => Promise<PolledNews>

/** In this order they are sent: what a browser has no connection left for is the hint. */
const ORDER: readonly PolledNews['kind'][] = ['optimisticUpdate', 'finalityUpdate', 'head']

/**
 * Always: of each question at most one is under way, for no longer than it takes until the next slot's poll, so that one
 * that hangs holds back neither the others nor the next of its own; at most one timer is set. After {@link stop} there is
 * none of them.
 */
export class UpdatePoller {
  #abort: AbortController | undefined
  #cancel: (() => void) | undefined
  #underWay = new Set<PolledNews['kind']>()
  #polledAt = Number.NEGATIVE_INFINITY
  #polledSlot = -1
  /** While the server is left alone. */
  #rest = { from: Number.NEGATIVE_INFINITY, until: Number.NEGATIVE_INFINITY }

  constructor(private readonly options: UpdatePollerOptions) {}

  start(): void {
    if (this.#abort !== undefined) return
    this.#abort = new AbortController()
    this.#setTimer()
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#abort?.abort()
    this.#abort = undefined
    this.#underWay = new Set()
  }

  /** Beside the moments of the slots, to have what came before; does nothing while stopped, and right after a poll. */
  pollNow(): void {
    const since = this.options.clock.now() - this.#polledAt
    if (since < 0 || since >= POLL_GAP_MS) this.#poll()
  }

  #poll(): void {
    if (this.#abort === undefined || this.#isResting()) return
    this.#polledAt = this.options.clock.now()
    for (const kind of ORDER) void this.#ask(kind, this.#abort.signal)
  }

  async #ask(kind: PolledNews['kind'], stopped: AbortSignal): Promise<void> {
    const { clock, network, questions, server, onEnd } = this.options
    const underWay = this.#underWay
    if (underWay.has(kind)) return
    underWay.add(kind)
    // Two polls are at least so far apart.
    const slotMs = (1 - POLL_JITTER) * network.slotSeconds * 1_000
    const bounded = boundedSignal(stopped, clock, Math.max(POLL_MIN_MS, slotMs))
    const outcome = await outcomeOf(questions[kind](bounded.signal), server)
    bounded.end()
    underWay.delete(kind)
    if (stopped.aborted) return
    if (outcome.kind === 'error' && outcome.error.fault.code === 'busy') this.#restFor(outcome.error.fault.retryAfterMs)
    onEnd(kind, outcome)
  }

  #restFor(ms: number): void {
    const now = this.options.clock.now()
    const until = now + Math.min(STREAM_RETRY_MS, ms)
    this.#rest = { from: now, until: Math.max(until, this.#isResting() ? this.#rest.until : 0) }
  }

  /** A clock that was set back since has made the end a time that nobody meant. */
  #isResting(): boolean {
    const now = this.options.clock.now()
    return this.#rest.from <= now && now < this.#rest.until
  }

  #setTimer(): void {
    const { clock, isDue } = this.options
    const { at, slot } = this.#nextMoment()
    const ms = at - clock.now()
    this.#cancel = clock.after(Math.min(ms, TIMER_MAX_MS), () => {
      if (ms <= TIMER_MAX_MS) {
        this.#polledSlot = slot
        if (isDue(slot)) this.#poll()
      }
      this.#setTimer()
    })
  }

  /** The first after now, of a slot that has not had its own; that of slot 0 before the genesis. */
  #nextMoment(): { readonly at: number; readonly slot: number } {
    const { network, clock, random } = this.options
    const jitter = (POLL_MARGIN + POLL_JITTER * random()) * network.slotSeconds * 1_000
    const momentOf = (slot: number) => timeOfSlot(network, slot) * 1_000 + syncMessageDueMs(network, slot) + jitter
    const current = Math.max(0, slotAtTime(network, clock.now() / 1_000))
    const isAhead = momentOf(current) > clock.now() && current !== this.#polledSlot
    const slot = isAhead ? current : current + 1
    return { at: momentOf(slot), slot }
  }
}
