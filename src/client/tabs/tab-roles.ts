/**
 * What this tab is among those of its origin and network: the one that leads, one that asks it, or one that goes its own way.
 *
 * Always: at most one tab leads. A tab that waits is in line to lead, unless it sleeps: the lock would go to a tab that can do
 * nothing with it. A tab that leads and falls asleep, or that nobody has looked at for {@link HIDDEN_GRACE_MS} while somebody
 * looks at another, lets that one lead. A tab that goes its own way does so until it leads, or the node of one that it can go
 * through has a head to answer at.
 */
import type { Clock } from '../../chain/clock.ts'
import type { ProviderSession } from '../../provider/public-types.ts'
import { HIDDEN_GRACE_MS } from '../mode.ts'
import { seekLeadership, type Leadership, type LeadershipState } from '../leadership.ts'
import type { Platform } from '../platform.ts'
import type { Channel } from './channel.ts'
import { LeadingDesk } from './leading-desk.ts'
import { standInNext } from './next-in-line.ts'
import { readTabMessage, type SharedStatus, type TabMessage } from './tab-messages.ts'
import { WaitingTab } from './waiting-tab.ts'

export interface TabRolesOptions {
  readonly network: string
  /** See `tabRules`. */
  readonly rules: string
  readonly platform: Pick<Platform, 'locks' | 'openChannel' | 'channelPrefix' | 'page'>
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  /** Whether it leads on though nobody looks at it. */
  readonly leadsHidden: boolean
  /** Whether it has work that would be lost. */
  readonly isBusy: () => boolean
  readonly onLead: () => void
  /** Another tab leads. */
  readonly onWait: () => void
  /**
   * Whether this tab is the next to lead: told true once it has waited for {@link NEXT_AFTER_MS}, and false when it sleeps.
   * One of all those that wait, so that one has what it takes to take over at hand, and the others hold nothing.
   */
  readonly onNext: (isNext: boolean) => void
  /** The node of the leading tab answers from now on. */
  readonly onNode: (node: ProviderSession) => void
  readonly onStatus: (status: SharedStatus) => void
  readonly onAlone: (reason: string) => void
  /** After {@link onNode}: this tab went its own way, and asks again. Its own workers are of no use any more. */
  readonly onRejoin: () => void
  /** The lock was taken by force. */
  readonly onLost: () => void
  /** There are no locks. */
  readonly onProblem: (reason: string) => void
  /**
   * Leads no more: nothing may be written once it resolves; `at once`: once it returns.
   */
  readonly onStepDown: (how: 'orderly' | 'at once') => Promise<void>
  readonly openSession: LeadingSessions['openSession']
  readonly closeSession: LeadingSessions['closeSession']
}

type LeadingSessions = Pick<ConstructorParameters<typeof LeadingDesk>[0], 'openSession' | 'closeSession'>

/**
 * ms between looks whether a tab that goes its own way can go through another after all: the one that hung answers again, one
 * that was full has room. Another tab that begins to lead is tried at once.
 */
export const REJOIN_MS = 60_000

/**
 * ms for which a tab that has begun to lead may not know of all that go through it: each opens its session once it has heard
 * of it, on a busy machine seconds later.
 */
export const GUESTS_COME_MS = 10_000

export class TabRoles {
  private readonly id = newId()
  /** Closed while it sleeps: a page that a message waits for is not kept in the cache, nor are messages to be piled up. */
  private control: Channel
  private readonly sessionPrefix: string
  private leadership: Leadership | undefined
  private waiting: WaitingTab | undefined
  private desk: LeadingDesk | undefined
  /** ms since 1970. */
  private leadsSince = 0
  /** Leaves the line for being the next. */
  private leaveNext: () => void = nothing
  private isAlone = false
  /** While it goes its own way and is in line. */
  private stopRejoining: (() => void) | undefined
  /** Who was asked last whether it can be gone through, of those that cannot. */
  private refusedBy: string | undefined
  private isAsleep = false
  private isOver = false
  private stopHiddenTimer: () => void = nothing
  private readonly unwatch: readonly (() => void)[]

  constructor(private readonly options: TabRolesOptions) {
    const { channelPrefix, page } = options.platform
    this.sessionPrefix = `${channelPrefix}-session-`
    this.control = this.openControl()
    this.unwatch = [
      page.watch(() => this.lookAtPage()),
      page.watchSleep({ onSleep: (how) => this.sleep(how), onWake: () => this.wake() }),
    ]
    this.seek()
    this.lookAtPage()
  }

  /** Of the tab that leads, to those that wait. */
  tell(status: SharedStatus): void {
    this.desk?.tell(status)
  }

  /** Resolves when the lock is free, which it is after `work` has ended: until then this tab writes. */
  async close(work: Promise<void>): Promise<void> {
    this.isOver = true
    for (const unwatch of this.unwatch) unwatch()
    this.stopHiddenTimer()
    this.endParts()
    this.control.close()
    await work.catch(() => undefined)
    await this.leadership?.close()
  }

  private openControl(): Channel {
    const { openChannel, channelPrefix } = this.options.platform
    return openChannel(`${channelPrefix}-${this.options.network}`, (message) => this.hear(message))
  }

  private seek(): void {
    const { network, platform, signal, onProblem } = this.options
    const leadership: Leadership = seekLeadership({
      ...{ network, locks: platform.locks, ...(signal !== undefined && { signal }) },
      // What an earlier one says is of no interest: it was given up.
      onState: (state) => this.leadership === leadership && !this.isOver && this.enter(state),
    })
    this.leadership = leadership
    leadership.leading.catch((error: Error) => {
      if (this.leadership !== leadership || this.isOver || this.isAsleep) return
      onProblem(error.message)
      this.goAlone(error.message)
    })
  }

  private enter(state: LeadershipState): void {
    switch (state) {
      case 'leader':
        return this.lead()
      case 'waiting':
        this.options.onWait()
        if (this.isAlone) this.rejoinLater()
        else this.wait()
        return
      case 'lost':
        this.endParts()
        this.isAlone = true
        return this.options.onLost()
      case 'closed':
        return
    }
  }

  private lead(): void {
    const { rules, platform, clock, openSession, closeSession, onLead } = this.options
    this.endParts()
    this.isAlone = false
    this.leadsSince = clock.now()
    this.desk = new LeadingDesk({
      ...{ id: this.id, rules, clock, locks: platform.locks, prefix: this.sessionPrefix },
      ...{ openSession, closeSession, post: (message) => this.post(message) },
    })
    this.lookAtPage()
    onLead()
  }

  private wait(): void {
    const { rules, platform, clock, onStatus } = this.options
    const { locks, openChannel, page } = platform
    this.waiting?.close()
    if (!this.isAlone) this.standInNext()
    this.waiting = new WaitingTab({
      ...{ id: this.id, rules, clock, locks, openChannel, needsHead: this.isAlone },
      onNode: (node) => this.asks(node),
      onStatus: (status) => !this.isAlone && onStatus(status),
      post: (message) => this.post(message),
      newName: () => this.sessionPrefix + newId(),
      isHidden: () => page.conditions().isHidden,
      onAlone: (reason) => this.goAlone(reason),
    })
  }

  private standInNext(): void {
    const { platform, network, clock, onNext } = this.options
    this.leaveNext()
    this.leaveNext = standInNext({
      ...{ lock: `${platform.channelPrefix}-next-${network}`, locks: platform.locks, clock },
      onNext: () => onNext(true),
    })
  }

  private goAlone(reason: string): void {
    this.leaveNext()
    this.waiting = undefined
    if (this.isAlone) return
    this.isAlone = true
    this.options.onAlone(reason)
    this.rejoinLater()
  }

  /** By the answer to `hello`; see {@link hear}. */
  private rejoinLater(): void {
    this.stopRejoining?.()
    this.stopRejoining = this.options.clock.after(REJOIN_MS, () => {
      this.refusedBy = undefined
      this.post({ kind: 'hello', from: this.id })
      this.rejoinLater()
    })
  }

  /** A leader was heard of while this tab goes its own way: its node may answer, and meanwhile this tab's own does. */
  private tryRejoining({ from, rules }: Extract<TabMessage, { readonly kind: 'leading' }>): void {
    const { options } = this
    if (rules !== options.rules || from === this.refusedBy || this.waiting !== undefined || options.isBusy()) return
    this.refusedBy = from
    this.wait()
  }

  private asks(node: ProviderSession): void {
    const { onNode, onRejoin, isBusy } = this.options
    const wasAlone = this.isAlone
    if (wasAlone && isBusy()) {
      this.waiting?.close()
      this.waiting = undefined
      return
    }
    this.isAlone = false
    this.stopRejoining?.()
    this.stopRejoining = undefined
    onNode(node)
    if (!wasAlone) return
    this.standInNext()
    onRejoin()
  }

  private hear(message: unknown): void {
    const read = readTabMessage(message)
    if (read === undefined || this.isOver || read.from === this.id) return
    this.desk?.hear(read)
    if (this.stopRejoining !== undefined && read.kind === 'leading') this.tryRejoining(read)
    this.waiting?.hear(read)
  }

  private lookAtPage(): void {
    this.stopHiddenTimer()
    this.waiting?.retell()
    const { clock, platform } = this.options
    if (platform.page.conditions().isHidden)
      this.stopHiddenTimer = clock.after(HIDDEN_GRACE_MS, () => this.leaveToSeen())
  }

  private leaveToSeen(): void {
    this.stopHiddenTimer = this.options.clock.after(HIDDEN_GRACE_MS, () => this.leaveToSeen())
    const { leadsHidden, isBusy } = this.options
    if (leadsHidden || isBusy() || this.desk?.guestsAre() !== 'seen') return
    void this.stepDown()
  }

  private async stepDown(): Promise<void> {
    const { leadership } = this
    this.endParts()
    await this.options.onStepDown('orderly')
    await leadership?.close()
    if (this.leadership === leadership && !this.isOver && !this.isAsleep) this.seek()
  }

  private sleep(how: 'frozen' | 'cached'): void {
    const isLeading = this.desk !== undefined
    // With nobody to lead in its place it had better sleep as it is: it goes on sooner.
    if (this.isAsleep || (how === 'frozen' && this.leadsNobody())) return
    this.isAsleep = true
    this.endParts()
    this.control.close()
    if (isLeading) void this.options.onStepDown('at once')
    else if (!this.isAlone) this.options.onNext(false)
    void this.leadership?.close()
  }

  private leadsNobody(): boolean {
    return this.desk?.guestsAre() === 'none' && this.options.clock.now() - this.leadsSince >= GUESTS_COME_MS
  }

  private wake(): void {
    if (!this.isAsleep || this.isOver) return
    this.isAsleep = false
    this.control = this.openControl()
    this.seek()
  }

  private endParts(): void {
    this.leaveNext()
    this.stopRejoining?.()
    this.stopRejoining = undefined
    this.desk?.close()
    this.waiting?.close()
    this.desk = undefined
    this.waiting = undefined
  }

  private post(message: TabMessage): void {
    if (!this.isOver && !this.isAsleep) this.control.post(message)
  }
}

/** 128 bits of chance. */
const newId = (): string => crypto.randomUUID()

const nothing = (): void => undefined
