/**
 * Chooses whom to ask. Urgent requests go to the fastest server, to more of them while such answers have been late, and to
 * another one once an answer is; the rest is spread by chance, weighted by quality, over all that have room. What takes
 * longer than the soft timeout is asked of another server as well, the hard one ends it. What tells of an account of the
 * visit's own goes where that is known ({@link OwnAccounts}), and following the chain before all that is asked.
 *
 * Always: each item of a work is told done or missing once, unless its own check of an answer breaks; requests, waiting and under way, are bounded; a request that
 * nobody waits for any more is aborted; what a server lacked is not asked of it again within the same work, but once more
 * after all lacked it, where execution waits for it.
 */
import { messageOf } from '../../chain/thrown.ts'
import { RequestError, type CapabilityWindow } from '../../network/request-server.ts'
import { askSeveral, type SeveralAnswer } from './ask-several.ts'
import { MAX_FAILURES, MAX_PARCELS, SYNC_PARCELS } from './constants.ts'
import { openTask } from './open-task.ts'
import type { OwnAccounts } from './own-accounts.ts'
import { isQuick, noteReason, type Attempt, type Parcel } from './parcel.ts'
import type { RatedServer } from './rated-server.ts'
import { SelectorFullError } from './selector-full-error.ts'
import { sendParcel, type Sender } from './send-parcel.ts'
import { ServerPool, type SelectorOptions, type ServerView } from './server-pool.ts'
import { Spread } from './spread.ts'
import type { AskKind, AskOf, StateServer } from './state-server.ts'
import { WaitingParcels } from './waiting-parcels.ts'
import { URGENCIES, type Shortfall, type Verdict, type Work } from './work.ts'

export interface Several {
  readonly most: number
  readonly signal: AbortSignal
}

export class ServerSelector {
  readonly #pool: ServerPool
  readonly #waiting = new WaitingParcels()
  /** All that are neither done nor missing. */
  readonly #open = new Set<Parcel>()
  /** Signals of works that count as `sync`, whatever they were begun as. */
  readonly #raised = new WeakSet<AbortSignal>()
  readonly #spread: Spread
  readonly #sender: Sender
  #isPumping = false

  constructor(private readonly options: SelectorOptions) {
    const { clock } = options
    this.#pool = new ServerPool(options, () => this.#pump())
    this.#spread = new Spread(clock)
    this.#sender = {
      clock,
      isWanted: (parcel) => this.#open.has(parcel),
      late: (parcel) => this.#late(parcel),
      answered: (parcel, attempt, verdict) => {
        if (verdict !== undefined) this.#answered(parcel, attempt, verdict)
        this.#pump()
      },
      failed: (parcel, rated, error) => {
        this.#failed(parcel, rated, error)
        this.#pump()
      },
      broke: (parcel, error) => {
        for (const other of this.#open) if (other.task === parcel.task) this.#close(other)
        parcel.task.broke(error)
        this.#pump()
      },
    }
  }

  /** @returns removes it; what is under way there is asked of others. @throws {SelectorFullError} */
  add(server: StateServer): () => void {
    const rated = this.#pool.add(server)
    this.#pump()
    return () => this.#remove(rated)
  }

  /** Whether anybody could be asked for this. */
  offers(kind: AskKind, place: Work<AskKind, unknown>['place']): boolean {
    return this.countAble(kind, place) > 0
  }

  /** How many could be asked for this. */
  countAble(kind: AskKind, place: Work<AskKind, unknown>['place']): number {
    return this.#pool.countAble(kind, place)
  }

  /** Accounts that questions have named, and who was told of them. */
  get own(): OwnAccounts {
    return this.#pool.own
  }

  /** Of the whole witness that this server gave, a part was missing. */
  reportIncomplete(server: string, kind: AskKind): void {
    this.#pool.reportIncomplete(server, kind)
  }

  /** What this server said turned out false, after it had been taken: it is left alone for a while. */
  reportFalse(server: string, kind: AskKind, falsehood: string): void {
    this.#pool.reportFalse(server, kind, new RequestError({ code: 'malformed' }, `${server}: ${kind}: ${falsehood}`))
  }

  /** The same of up to `most` servers at once, whatever else is asked of them. */
  askSeveral<K extends AskKind>(kind: K, request: AskOf<K>, { most, signal }: Several): readonly SeveralAnswer<K>[] {
    return askSeveral(this.#pool.several(kind, most), { kind, request, clock: this.options.clock, signal })
  }

  /** How far back those that may be asked say that they answer this. */
  windows(kind: AskKind): readonly CapabilityWindow[] {
    return this.#pool.windows(kind)
  }

  views(): ServerView[] {
    return this.#pool.views()
  }

  /**
   * Resolves when each item is had, or cannot be; at once when the signal aborts.
   * @throws {SelectorFullError}; what the work's `accept` throws, which is a defect
   */
  fetch<K extends AskKind, Item>(work: Work<K, Item>): Promise<Shortfall<Item>> {
    const { items, signal } = work
    const urgency = this.#raised.has(signal) ? 'sync' : work.urgency
    if (items.length === 0) return Promise.resolve({ missing: [], reasons: [] })
    if (signal.aborted) return Promise.resolve({ missing: items, reasons: ['it was cancelled'] })
    const most = urgency.startsWith('sync') ? MAX_PARCELS : MAX_PARCELS - SYNC_PARCELS
    if (this.#open.size >= most) throw new SelectorFullError(`${most} requests are waiting already`)
    return new Promise((resolve, reject) => {
      const task = openTask({ ...work, urgency }, this.options.clock, {
        giveUp: (over) => {
          for (const parcel of this.#open) if (parcel.task === over) this.#giveUp(parcel)
        },
        ended: resolve,
        broke: reject,
      })
      const isOwn = (item: Item): boolean => task.own(item) !== undefined
      const parts = [false, true].map((own) =>
        this.#parcel(
          task,
          items.filter((item) => isOwn(item) === own),
          own,
        ),
      )
      for (const parcel of parts) {
        if (parcel.items.length === 0) continue
        this.#wait(parcel)
        // Those before it found no place; it is told at once where there can be none.
        this.#serve(parcel)
      }
      this.#pump()
    })
  }

  /** Following the chain waits for what is fetched under this signal, now and later. */
  raise(signal: AbortSignal): void {
    this.#raised.add(signal)
    const tasks = Array.from(this.#open, ({ task }) => task).filter((task) => task.signal === signal)
    this.#waiting.raise(new Set(tasks), 'sync')
    this.#pump()
  }

  #parcel(task: Parcel['task'], items: readonly unknown[], isOwn: boolean): Parcel {
    const copiesWanted = isQuick({ task, items, isOwn }) ? 1 + this.#spread.copies : 1
    return {
      ...{ task, items, isOwn, copiesWanted },
      home: undefined,
      lacked: new Set(),
      attempts: new Set(),
      failures: 0,
    }
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
      for (const urgency of URGENCIES) {
        for (const parcel of this.#waiting.of(urgency)) {
          // Thousands may wait: none is looked at while there is no place for it.
          if (!this.#pool.hasRoom(urgency)) break
          if (!this.#pool.waitsOn(parcel)) this.#serve(parcel)
        }
      }
    } finally {
      this.#isPumping = false
    }
  }

  #serve(parcel: Parcel): void {
    while (this.#waiting.has(parcel)) {
      const choice = this.#pool.choose(parcel)
      if (choice.kind === 'later') {
        parcel.home = choice.home
        // The rest waits for another, and may go out now.
        if (choice.items.length < parcel.items.length && parcel.attempts.size === 0) this.#divide(parcel, choice.items)
        return
      }
      if (choice.kind === 'never') {
        this.#waiting.delete(parcel)
        if (parcel.attempts.size === 0) this.#giveUp(parcel)
        return
      }
      const { task, items } = parcel
      const now = choice.items.slice(0, choice.rated.batchSize(task.kind, task.most))
      // The rest is served in its turn: it is behind all that wait now.
      const sent = now.length < items.length && parcel.attempts.size === 0 ? this.#divide(parcel, now) : parcel
      sendParcel(sent, choice.rated, this.#sender)
      if (sent.attempts.size >= sent.copiesWanted) this.#waiting.delete(sent)
    }
  }

  #partOf(parcel: Parcel, items: readonly unknown[]): Parcel {
    const { task, lacked, failures, isOwn } = parcel
    return { ...this.#parcel(task, items, isOwn), lacked: new Set(lacked), failures }
  }

  /** Some of it apart from the rest; both wait. @returns the former */
  #divide(parcel: Parcel, items: readonly unknown[]): Parcel {
    const apart = new Set(items)
    const first = this.#partOf(parcel, items)
    this.#open.delete(parcel)
    this.#waiting.delete(parcel)
    this.#wait(first)
    this.#wait(
      this.#partOf(
        parcel,
        parcel.items.filter((item) => !apart.has(item)),
      ),
    )
    return first
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
        rated.busy(fault.retryAfterMs, error as RequestError)
        break
      case 'unreachable':
        rated.failed(task.kind, error as Error)
        parcel.failures += 1
    }
    if (parcel.attempts.size > 0) return
    if (parcel.failures >= MAX_FAILURES) this.#giveUp(parcel)
    else this.#waiting.add(parcel)
  }

  #late(parcel: Parcel): void {
    if (isQuick(parcel)) this.#spread.widen()
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
    this.#pool.remove(rated)
    for (const parcel of this.#open) {
      for (const attempt of parcel.attempts) {
        if (attempt.rated === rated) attempt.abort.abort(new Error('the server was taken away'))
      }
    }
    this.#pump()
  }
}
