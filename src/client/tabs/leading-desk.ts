/** What a tab that leads does for the others: says that it leads, has its node answer them, and tells them what it has come to. */
import type { Clock } from '../../chain/clock.ts'
import type { LockManagerLike } from '../leadership.ts'
import type { SharedStatus, TabMessage } from './tab-messages.ts'

/** ms between statuses that are passed on: four a second is as fast as a page is read. */
export const STATUS_MS = 250

/** As many as a node answers; see `session-host`. */
export const MAX_SESSIONS = 48

export interface LeadingDeskOptions {
  /** Of this tab. */
  readonly id: string
  /** See `tabRules`. */
  readonly rules: string
  readonly clock: Clock
  readonly locks: LockManagerLike
  /** To all tabs. */
  readonly post: (message: TabMessage) => void
  /** The node answers on the channel of this name from now on; again, it says again whether it can. */
  readonly openSession: (name: string) => void
  readonly closeSession: (name: string) => void
  /** Names of sessions begin with it: nobody makes a node listen elsewhere. */
  readonly prefix: string
}

interface Guest {
  isHidden: boolean
  /** Ends the wait for its end. */
  readonly forget: AbortController
}

/** Always: at most {@link MAX_SESSIONS} are open, each of a tab that holds the lock of its name; after {@link close} none. */
export class LeadingDesk {
  private readonly guests = new Map<string, Guest>()
  private newest: SharedStatus | undefined
  private stopTimer: (() => void) | undefined
  private isOver = false

  constructor(private readonly options: LeadingDeskOptions) {
    this.announce()
  }

  hear(message: TabMessage): void {
    if (this.isOver) return
    if (message.kind === 'hello') this.announce()
    if (message.kind !== 'open' || message.to !== this.options.id) return
    // Also that it is heard: the node of a tab that has just begun to lead may take a while.
    this.announce()
    this.open(message.session, message.isHidden)
  }

  /** Whether tabs go through this one, and whether somebody looks at one of them. */
  guestsAre(): 'none' | 'hidden' | 'seen' {
    if (this.guests.size === 0) return 'none'
    return [...this.guests.values()].every(({ isHidden }) => isHidden) ? 'hidden' : 'seen'
  }

  tell(status: SharedStatus): void {
    this.newest = status
    if (this.isOver || this.guests.size === 0 || this.stopTimer !== undefined) return
    this.post()
    this.stopTimer = this.options.clock.after(STATUS_MS, () => {
      this.stopTimer = undefined
      if (this.newest !== undefined && this.newest !== status) this.tell(this.newest)
    })
  }

  close(): void {
    this.isOver = true
    this.stopTimer?.()
    for (const name of [...this.guests.keys()]) this.end(name)
  }

  private announce(): void {
    const { id, rules, post } = this.options
    post({ kind: 'leading', from: id, rules })
  }

  private open(name: string, isHidden: boolean): void {
    const { id, prefix, openSession, post } = this.options
    const guest = this.guests.get(name)
    if (guest === undefined && !name.startsWith(prefix)) return
    if (guest === undefined && this.guests.size >= MAX_SESSIONS) return post({ kind: 'full', from: id, session: name })
    if (guest === undefined) this.welcome(name, isHidden)
    else guest.isHidden = isHidden
    openSession(name)
    if (this.newest !== undefined) this.post()
  }

  /** The browser gives us its lock when it has let go of it: closed, crashed, or gone to another tab. */
  private welcome(name: string, isHidden: boolean): void {
    const forget = new AbortController()
    this.guests.set(name, { isHidden, forget })
    const { locks } = this.options
    const gone = locks.request(name, { signal: forget.signal }, async () => this.end(name))
    gone.catch(() => undefined)
  }

  private end(name: string): void {
    const guest = this.guests.get(name)
    if (guest === undefined) return
    this.guests.delete(name)
    guest.forget.abort(new Error('this tab leads no more'))
    this.options.closeSession(name)
  }

  private post(): void {
    const { id, post } = this.options
    if (this.newest !== undefined) post({ kind: 'status', from: id, status: this.newest })
  }
}
