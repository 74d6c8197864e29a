/** Watches page, servers and leadership, and tells whenever blocks are to be executed or not any more. */
import type { Clock } from '../chain/clock.ts'
import type { BeamStatus } from '../sync/beam/beam-status.ts'
import { decideMode, nextChange, type AvoidableCause, type Mode, type ModeStatus } from './mode.ts'
import type { PageWatch } from './page-watch.ts'
import { RateLimits } from './rate-limits.ts'

export interface ModeKeeperOptions {
  readonly wanted: Mode
  readonly despite: readonly AvoidableCause[]
  readonly page: PageWatch
  readonly clock: Clock
  /** Never called from within the constructor, nor with what it was told last. */
  readonly onChange: (status: ModeStatus) => void
}

/** Always: {@link status} is what was decided last; nothing is told after {@link close}. */
export class ModeKeeper {
  private isLeading = false
  private hiddenSince: number | undefined
  private limitedUntil: number | undefined
  private readonly limits = new RateLimits()
  private readonly despite: ReadonlySet<AvoidableCause>
  private readonly unwatch: () => void
  private cancelTimer: () => void = () => undefined
  /** Of the next look at servers that refuse. */
  private cancelLook: () => void = () => undefined
  private decided: ModeStatus

  constructor(private readonly options: ModeKeeperOptions) {
    this.despite = new Set(options.despite)
    this.look()
    this.decided = decideMode(this.facts(), options.clock.now())
    this.unwatch = options.page.watch(() => {
      this.look()
      this.decide()
    })
    this.wakeUp()
  }

  get status(): ModeStatus {
    return this.decided
  }

  /** Whether this tab owns the store. */
  lead(isLeading: boolean): void {
    this.isLeading = isLeading
    this.decide()
  }

  /** What executing is like. */
  see(beam: BeamStatus): void {
    const { clock } = this.options
    this.cancelLook()
    if (this.decided.now === 'light') return
    const now = clock.now()
    const view = this.limits.see(beam, now)
    // Servers that refuse everything give no news.
    if (view.kind === 'patience') this.cancelLook = clock.after(view.until - now, () => this.see(beam))
    this.limitedUntil = view.kind === 'rest' ? view.until : undefined
    this.decide()
  }

  close(): void {
    this.unwatch()
    this.cancelTimer()
    this.cancelLook()
  }

  private look(): void {
    const { isHidden } = this.options.page.conditions()
    this.hiddenSince = isHidden ? (this.hiddenSince ?? this.options.clock.now()) : undefined
  }

  private facts() {
    const { wanted, page } = this.options
    const { savesData, isMetered } = page.conditions()
    const { isLeading, hiddenSince, limitedUntil, despite } = this
    return { ...{ wanted, isLeading, savesData, isMetered }, ...{ hiddenSince, limitedUntil, despite } }
  }

  private decide(): void {
    const status = decideMode(this.facts(), this.options.clock.now())
    this.wakeUp()
    const { now, cause, retryAt } = this.decided
    if (status.now === now && status.cause === cause && status.retryAt === retryAt) return
    this.decided = status
    this.options.onChange(status)
  }

  private wakeUp(): void {
    const { clock } = this.options
    this.cancelTimer()
    const ms = nextChange(this.facts(), clock.now())
    this.cancelTimer = ms === undefined ? () => undefined : clock.after(ms, () => this.decide())
  }
}
