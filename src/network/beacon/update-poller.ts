/** Asks a beacon node for its newest updates once a slot, at the moment they come to be, where that is worth it. */
import { slotAtTime, syncMessageDueMs, timeOfSlot } from '../../chain/beacon-config.ts'
import type { Clock } from '../../chain/clock.ts'
import type { Network } from '../../chain/network.ts'
import { POLL_GAP_MS, POLL_JITTER, POLL_MARGIN, TIMER_MAX_MS } from './constants.ts'

export interface UpdatePollerOptions {
  readonly network: Network
  readonly clock: Clock
  /** Uniform in 0..1, 1 excluded. */
  readonly random: () => number
  /** Whether it is worth asking; called once a slot, at its moment. */
  readonly isDue: (slot: number) => boolean
  /** Asks once; never rejects. @returns ms since 1970 until which it is not to ask again; 0 for no such wish */
  readonly poll: (signal: AbortSignal) => Promise<number>
}

/** Always: at most one poll is under way, at most one timer set; after {@link stop} neither is. */
export class UpdatePoller {
  #abort: AbortController | undefined
  #cancel: (() => void) | undefined
  #polling: Promise<void> | undefined
  #polledAt = Number.NEGATIVE_INFINITY
  #polledSlot = -1
  #notBefore = Number.NEGATIVE_INFINITY

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
    this.#polling = undefined
  }

  /** Beside the moments of the slots, to have what came before; does nothing while stopped, and right after a poll. */
  pollNow(): void {
    const since = this.options.clock.now() - this.#polledAt
    if (since < 0 || since >= POLL_GAP_MS) this.#poll()
  }

  #poll(): void {
    const { clock, poll } = this.options
    const now = clock.now()
    if (this.#abort === undefined || this.#polling !== undefined || now < this.#notBefore) return
    this.#polledAt = now
    const polling = poll(this.#abort.signal).then((notBefore) => {
      if (this.#polling !== polling) return
      this.#polling = undefined
      this.#notBefore = notBefore
    })
    this.#polling = polling
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
