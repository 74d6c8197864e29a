/**
 * Which tab owns the store. One tab per origin and network leads, by holding a Web Lock; the others wait in line, and
 * the first of them leads as soon as the leader closes, crashes or is navigated away (the browser then lets go of the
 * lock by itself, so that no heartbeat and no timeout are needed).
 *
 * Promises:
 * - Between `leader` and `close()` (or `lost`) no other tab of the origin is `leader` for the same network. Open the
 *   store after `leading` resolves and close it before `close()`: then there is one writer at any time.
 * - A tab that has to wait is told `waiting` at once; one that need not is never told so.
 * - States are reported in order, each once, and never from within a call of this module.
 * - Waiting lasts as long as other tabs lead; `signal` and `close()` end it. After `close()` nothing is held, queued or
 *   listened to.
 */

import { deferred } from './deferred.ts'

/** What is used of `navigator.locks`; Node passes `createInProcessLocks()`. */
export interface LockManagerLike {
  request(
    name: string,
    options: { readonly ifAvailable?: boolean; readonly signal?: AbortSignal },
    granted: (lock: object | null) => Promise<void>,
  ): Promise<unknown>
}

/**
 * - `waiting`: another tab leads; use the client through that tab.
 * - `leader`: this tab owns the store.
 * - `lost`: a script of the origin took the lock by force. Stop writing and close the store; seek anew if you must.
 * - `closed`: given up, by `close()` or by the signal.
 */
export type LeadershipState = 'waiting' | 'leader' | 'lost' | 'closed'

export interface Leadership {
  /** `waiting` from the start, before anything is reported. */
  readonly state: LeadershipState
  /** Resolves when this tab leads; rejects with {@link LeadershipError} when that was given up or the locks fail. */
  readonly leading: Promise<void>
  /** Lets the next tab lead. Resolves when the lock is free; more calls change nothing. */
  close(): Promise<void>
}

export interface LeadershipOptions {
  readonly network: string
  readonly locks: LockManagerLike
  /** Ends waiting; does nothing once this tab leads. */
  readonly signal?: AbortSignal
  readonly onState?: (state: LeadershipState) => void
}

export class LeadershipError extends Error {
  override name = 'LeadershipError'
}

/** @throws {LeadershipError} where the browser has no locks, which is on pages that came over plain http */
export function browserLocks(): LockManagerLike {
  const { locks } = navigator as { locks?: LockManager }
  if (locks === undefined) {
    throw new LeadershipError('this page has no Web Locks: open it over https, or from localhost')
  }
  return locks
}

/** Steps into the line for a network's store, and leads when it is this tab's turn. */
export function seekLeadership(options: LeadershipOptions): Leadership {
  return new Seeker(options)
}

class Seeker implements Leadership {
  state: LeadershipState = 'waiting'
  readonly leading: Promise<void>
  private readonly lead = deferred()
  private readonly release = deferred()
  private readonly giveUp = new AbortController()
  /** Settles, never rejects, when nothing is held or queued any more. */
  private readonly ended: Promise<void>

  constructor(private readonly options: LeadershipOptions) {
    this.leading = this.lead.promise
    // Who only watches the states does not have to watch this too.
    this.leading.catch(() => undefined)
    const { signal } = options
    const stopWaiting = () => this.stopWaiting()
    signal?.addEventListener('abort', stopWaiting, { once: true })
    const stopListening = () => signal?.removeEventListener('abort', stopWaiting)
    this.leading.then(stopListening, stopListening)
    if (signal?.aborted) this.stopWaiting()
    this.ended = this.run()
  }

  async close(): Promise<void> {
    if (this.state === 'leader') {
      this.enter('closed')
      this.release.resolve()
    } else {
      this.stopWaiting()
    }
    await this.ended
  }

  private stopWaiting(): void {
    if (this.state !== 'waiting') return
    this.enter('closed')
    this.lead.reject(new LeadershipError(`no longer waiting to lead ${this.options.network}: closed or aborted`))
    this.giveUp.abort()
  }

  private async run(): Promise<void> {
    const { network, locks } = this.options
    const name = `beamtab-${network}`
    if (this.state !== 'waiting') return
    try {
      // First without stepping into the line: the answer says whether there is one.
      let taken = false
      await locks.request(name, { ifAvailable: true }, async (lock) => {
        taken = lock === null
        if (!taken) await this.hold()
      })
      if (!taken || this.state !== 'waiting') return
      this.report('waiting')
      await locks.request(name, { signal: this.giveUp.signal }, () => this.hold())
    } catch (cause) {
      this.fail(cause)
    }
  }

  /** For as long as the returned promise is pending, the lock is ours. */
  private async hold(): Promise<void> {
    if (this.state !== 'waiting') return
    this.enter('leader')
    this.lead.resolve()
    await this.release.promise
  }

  private fail(cause: unknown): void {
    if (this.state === 'leader') {
      this.enter('lost')
      this.release.resolve()
    }
    if (this.state !== 'waiting') return
    this.enter('closed')
    const message = `cannot ask for the lock of ${this.options.network}: see the cause, then reload the page`
    this.lead.reject(new LeadershipError(message, { cause }))
  }

  private enter(state: LeadershipState): void {
    this.state = state
    this.report(state)
  }

  /** In a task of its own, so that what a listener throws cannot make us drop the lock. */
  private report(state: LeadershipState): void {
    const { onState } = this.options
    if (onState !== undefined) queueMicrotask(() => onState(state))
  }
}
