/**
 * Chooses whom to ask. Urgent requests go to the fastest server, to more of them while such answers have been late, and to
 * another one once an answer is; the rest is spread by chance, weighted by quality, over all that have room. What takes
 * longer than the soft timeout is asked of another server as well, the hard one ends it.
 *
 * Always: each item of a work is told done or missing once; requests, waiting and under way, are bounded; a request that
 * nobody waits for any more is aborted; what a server lacked is not asked of it again within the same work, but once more
 * after all lacked it, where execution waits for it.
 */
import type { Clock } from '../../chain/clock.ts'
import { messageOf } from '../../chain/thrown.ts'
import { RequestError } from '../../network/request-server.ts'
import { byChance, type ServerQuality } from '../../network/server-quality.ts'
import { HARD_TIMEOUT_MS, MAX_SERVERS, SOFT_TIMEOUT_MS } from '../constants.ts'
import { MAX_FAILURES, MAX_PARCELS, URGENT_ITEMS, URGENT_LATE_MS, WORK_LIMIT_MS } from './constants.ts'
import { noteReason, taskOf, type Attempt, type Judge, type Parcel } from './parcel.ts'
import { RatedServer } from './rated-server.ts'
import { Spread } from './spread.ts'
import type { AskKind, StateServer } from './state-server.ts'
import { NOTHING_RECEIVED, type Received } from './trip-counter.ts'
import type { Shortfall, Verdict, Work } from './work.ts'

/** More servers, or more requests, than there may be. */
export class SelectorFullError extends Error {
  override name = 'SelectorFullError'
}

export interface SelectorOptions {
  readonly clock: Clock
  /** Uniform in 0..1, 1 excluded; seeded where runs should repeat. */
  readonly random: () => number
}

export interface ServerView {
  readonly name: string
  readonly kinds: readonly AskKind[]
  readonly quality: Readonly<Partial<Record<AskKind, ServerQuality>>>
  readonly lastError: Error | undefined
}

export class ServerSelector {
  readonly #servers = new Set<RatedServer>()
  /** Those that wait for a server, in the order in which they came. */
  readonly #waiting = new Set<Parcel>()
  /** All that are neither done nor missing. */
  readonly #open = new Set<Parcel>()
  readonly #spread: Spread
  #isPumping = false

  constructor(private readonly options: SelectorOptions) {
    this.#spread = new Spread(options.clock)
  }

  /** @returns removes it; what is under way there is asked of others. @throws {SelectorFullError} */
  add(server: StateServer): () => void {
    if (this.#servers.size >= MAX_SERVERS) throw new SelectorFullError(`there are ${MAX_SERVERS} servers already`)
    const rated = new RatedServer(server, this.options.clock, () => this.#pump())
    this.#servers.add(rated)
    this.#pump()
    return () => this.#remove(rated)
  }

  /** Whether anybody could be asked for this. */
  offers(kind: AskKind, place: Work<AskKind, unknown>['place']): boolean {
    return [...this.#servers].some((rated) => rated.isAble(kind, place))
  }

  /** Of the whole witness that this server gave, a part was missing. */
  reportIncomplete(server: string, kind: AskKind): void {
    for (const rated of this.#servers) if (rated.name === server) rated.incomplete(kind)
  }

  views(): ServerView[] {
    return Array.from(this.#servers, (rated) => {
      const kinds = Object.keys(rated.server.answers) as AskKind[]
      const quality = Object.fromEntries(kinds.map((kind) => [kind, rated.quality(kind)]))
      return { name: rated.name, kinds, quality, lastError: rated.lastError }
    })
  }

  /**
   * Resolves when each item is had, or cannot be; at once when the signal aborts.
   * @throws {SelectorFullError}
   */
  fetch<K extends AskKind, Item>(work: Work<K, Item>): Promise<Shortfall<Item>> {
    const { items, signal } = work
    if (items.length === 0) return Promise.resolve({ missing: [], reasons: [] })
    if (signal.aborted) return Promise.resolve({ missing: items, reasons: ['it was cancelled'] })
    if (this.#open.size >= MAX_PARCELS) throw new SelectorFullError(`${MAX_PARCELS} requests are waiting already`)
    return new Promise((resolve) => {
      const missing: Item[] = []
      const reasons = new Set<string>()
      let left = items.length
      const limit = (): (() => void) => this.options.clock.after(WORK_LIMIT_MS, () => end('it took too long'))
      let cancelLimit = limit()
      const settle = (count: number): void => {
        left -= count
        cancelLimit()
        if (left > 0) {
          cancelLimit = limit()
          return
        }
        signal.removeEventListener('abort', abort)
        resolve({ missing, reasons: [...reasons] })
      }
      const task = taskOf(
        work,
        {
          done: settle,
          missing: (lost) => {
            missing.push(...(lost as readonly Item[]))
            settle(lost.length)
          },
        },
        reasons,
      )
      const end = (reason: string): void => {
        reasons.add(reason)
        for (const parcel of this.#open) if (parcel.task === task) this.#giveUp(parcel)
      }
      const abort = (): void => end('it was cancelled')
      signal.addEventListener('abort', abort)
      this.#wait({
        ...{ task, items, lacked: new Set(), attempts: new Set(), failures: 0 },
        copiesWanted: this.#copiesFor(task.urgency, items.length),
      })
      this.#pump()
    })
  }

  #copiesFor(urgency: Work<AskKind, unknown>['urgency'], items: number): number {
    return urgency === 'urgent' && items <= URGENT_ITEMS ? 1 + this.#spread.copies : 1
  }

  #wait(parcel: Parcel): void {
    this.#open.add(parcel)
    this.#waiting.add(parcel)
  }

  /** Sends whatever can be sent now. */
  #pump(): void {
    // What ends at once would call this from within itself.
    if (this.#isPumping) return
    this.#isPumping = true
    try {
      for (const urgency of ['urgent', 'ahead'] as const) {
        for (const parcel of this.#waiting) if (parcel.task.urgency === urgency) this.#serve(parcel)
      }
    } finally {
      this.#isPumping = false
    }
  }

  #serve(parcel: Parcel): void {
    while (this.#waiting.has(parcel)) {
      const choice = this.#choose(parcel)
      if (choice.kind === 'later') return
      if (choice.kind === 'never') {
        this.#waiting.delete(parcel)
        if (parcel.attempts.size === 0) this.#giveUp(parcel)
        return
      }
      const { task, items } = parcel
      const size = choice.rated.batchSize(task.kind, task.most)
      if (items.length > size && parcel.attempts.size === 0) {
        const rest = this.#partOf(parcel, items.slice(size))
        // The rest is served in its turn: it is behind all that wait now.
        this.#replace(parcel, [this.#partOf(parcel, items.slice(0, size)), rest], choice.rated)
        return
      }
      this.#send(parcel, choice.rated)
      if (parcel.attempts.size >= parcel.copiesWanted) this.#waiting.delete(parcel)
    }
  }

  #partOf(parcel: Parcel, items: readonly unknown[]): Parcel {
    const { task, lacked, failures } = parcel
    const copiesWanted = this.#copiesFor(task.urgency, items.length)
    return {
      ...{ task, items, lacked: new Set(lacked), attempts: new Set(), failures, copiesWanted },
    }
  }

  #replace(parcel: Parcel, [first, rest]: readonly [Parcel, Parcel], rated: RatedServer): void {
    this.#open.delete(parcel)
    this.#waiting.delete(parcel)
    this.#wait(first)
    this.#wait(rest)
    this.#send(first, rated)
    if (first.attempts.size >= first.copiesWanted) this.#waiting.delete(first)
  }

  #choose({ task, items, lacked, attempts }: Parcel): Choice {
    const asked = new Set(Array.from(attempts, ({ rated }) => rated))
    const able = [...this.#servers].filter(
      (rated) => rated.isAble(task.kind, task.place) && !lacked.has(rated) && !asked.has(rated),
    )
    if (able.length === 0) return { kind: 'never' }
    const free = able.filter((rated) => !rated.pause.active && hasRoom(rated, task.urgency))
    const full = free.filter((rated) => !rated.isEmpty(task.kind))
    const candidates = full.length > 0 ? full : free
    const rated =
      task.urgency === 'urgent' && items.length <= URGENT_ITEMS
        ? fastest(candidates, task.kind)
        : byChance(
            candidates.map((one) => ({ one, quality: one.quality(task.kind) })),
            this.options.random,
          )[0]?.one
    return rated === undefined ? { kind: 'later' } : { kind: 'server', rated }
  }

  #send(parcel: Parcel, rated: RatedServer): void {
    const { clock } = this.options
    const { task, items } = parcel
    const abort = new AbortController()
    const attempt: Attempt = { rated, abort, startedAt: clock.now(), late: false }
    parcel.attempts.add(attempt)
    rated.load.begin()
    const account = task.counter.begin(task.kind)
    const isSmall = task.urgency === 'urgent' && items.length <= URGENT_ITEMS
    const timers = [
      clock.after(HARD_TIMEOUT_MS, () => abort.abort(new Error(`no answer in ${HARD_TIMEOUT_MS / 1000} s`))),
      clock.after(SOFT_TIMEOUT_MS, () => {
        attempt.late = true
        rated.load.late()
        if (!isSmall) this.#wantCopy(parcel)
      }),
      ...(isSmall
        ? [
            clock.after(URGENT_LATE_MS, () => {
              this.#spread.widen()
              this.#wantCopy(parcel)
            }),
          ]
        : []),
    ]
    const end = (received: Received, isAnswered: boolean): void => {
      for (const cancel of timers) cancel()
      parcel.attempts.delete(attempt)
      rated.load.end({ late: attempt.late, answered: isAnswered })
      account(received)
    }
    sent(task.send(rated.server.answers, items, abort.signal), abort.signal).then(
      (judge) => {
        const verdict = this.#judge(parcel, judge, rated)
        end(verdict?.received ?? NOTHING_RECEIVED, true)
        if (verdict !== undefined) this.#answered(parcel, attempt, verdict)
        this.#pump()
      },
      (error: unknown) => {
        end(NOTHING_RECEIVED, false)
        this.#failed(parcel, rated, error)
        this.#pump()
      },
    )
  }

  /** Undefined where nobody waits for it any more, or it cannot be made sense of. */
  #judge(parcel: Parcel, judge: Judge, rated: RatedServer): Verdict<unknown> | undefined {
    if (!this.#open.has(parcel)) return undefined
    return judge(rated.name)
  }

  #answered(parcel: Parcel, { rated, startedAt }: Attempt, verdict: Verdict<unknown>): void {
    const { task, items } = parcel
    const { lacking, left, received, falsehood } = verdict
    const had = items.length - lacking.length - left.length
    if (falsehood !== undefined) {
      const error = new RequestError({ code: 'malformed' }, `${rated.name}: ${task.kind}: ${falsehood}`)
      rated.lied(task.kind, error)
      noteReason(task, error.message)
    } else if (had > 0) {
      rated.answered(task.kind, {
        ...{ ms: this.options.clock.now() - startedAt, bytes: received.bytes },
        items: received.nodes + received.codes,
      })
    } else if (left.length === 0) rated.empty(task.kind)
    // Whoever else was asked for the same is not needed for what came, and is for what did not.
    if (had === 0 && parcel.attempts.size > 0) {
      parcel.lacked.add(rated)
      return
    }
    this.#close(parcel)
    if (lacking.length > 0) {
      if (falsehood === undefined) noteReason(task, `${rated.name} does not have ${lacking.length} ${task.kind}`)
      const rest = this.#partOf(parcel, lacking)
      rest.lacked.add(rated)
      this.#wait(rest)
    }
    // An answer that brings nothing and leaves everything would go on for ever.
    if (left.length > 0) {
      const rest = this.#partOf(parcel, left)
      if (had + lacking.length === 0) rest.lacked.add(rated)
      this.#wait(rest)
    }
    if (had > 0) task.done(had)
  }

  #failed(parcel: Parcel, rated: RatedServer, error: unknown): void {
    const { task } = parcel
    // Aborted by us, because another was faster or nobody waits any more.
    if (!this.#open.has(parcel)) return
    noteReason(task, messageOf(error))
    const fault = error instanceof RequestError ? error.fault : { code: 'unreachable' as const }
    switch (fault.code) {
      case 'absent':
        rated.empty(task.kind)
        parcel.lacked.add(rated)
        break
      case 'malformed':
        rated.malformed(task.kind, error as RequestError)
        parcel.lacked.add(rated)
        break
      case 'busy':
        rated.pause.ask(fault.retryAfterMs)
        break
      case 'unreachable':
        rated.failed(task.kind, error as Error)
        parcel.failures += 1
    }
    if (parcel.attempts.size > 0) return
    if (parcel.failures >= MAX_FAILURES) this.#giveUp(parcel)
    else this.#waiting.add(parcel)
  }

  #wantCopy(parcel: Parcel): void {
    if (!this.#open.has(parcel) || parcel.attempts.size === 0) return
    parcel.copiesWanted = parcel.attempts.size + 1
    this.#waiting.add(parcel)
    this.#pump()
  }

  #giveUp(parcel: Parcel): void {
    if (!this.#open.has(parcel)) return
    this.#close(parcel)
    parcel.task.missing(parcel.items)
  }

  #close(parcel: Parcel): void {
    this.#open.delete(parcel)
    this.#waiting.delete(parcel)
    for (const { abort } of parcel.attempts) abort.abort(new Error('nobody waits for it any more'))
  }

  #remove(rated: RatedServer): void {
    this.#servers.delete(rated)
    rated.close()
    for (const parcel of this.#open) {
      for (const attempt of parcel.attempts) {
        if (attempt.rated === rated) attempt.abort.abort(new Error('the server was taken away'))
      }
    }
    this.#pump()
  }
}

type Choice =
  | { readonly kind: 'server'; readonly rated: RatedServer }
  /** Those that could be asked have no room, or are left alone for a while. */
  | { readonly kind: 'later' }
  | { readonly kind: 'never' }

/** What is ahead leaves room for what is urgent. */
function hasRoom({ load }: RatedServer, urgency: Work<AskKind, unknown>['urgency']): boolean {
  return load.hasRoom && (urgency === 'urgent' || load.parallel === 1 || load.inFlight < load.parallel - 1)
}

function fastest(candidates: readonly RatedServer[], kind: AskKind): RatedServer | undefined {
  return candidates.reduce<RatedServer | undefined>(
    (best, one) => (best === undefined || one.expectedMs(kind) < best.expectedMs(kind) ? one : best),
    undefined,
  )
}

/** Settles when the signal aborts, whatever the server's own promise does. */
function sent(answer: Promise<Judge>, signal: AbortSignal): Promise<Judge> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    answer.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
