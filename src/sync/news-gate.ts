/** Lets a server's news through at a bounded rate. */
import type { Clock } from '../chain/clock.ts'
import type { ServerNews } from '../network/request-server.ts'
import { NEWS_INTERVAL_MS } from './constants.ts'

/**
 * Always: news pass at most every {@link NEWS_INTERVAL_MS}; what waits is the newest of each kind, so that a flood is
 * neither kept nor passed on, and the last word of every kind arrives.
 */
export class NewsGate {
  private readonly held = new Map<ServerNews['kind'], ServerNews>()
  private cancel: (() => void) | undefined

  constructor(
    private readonly clock: Clock,
    private readonly pass: (news: ServerNews) => void,
  ) {}

  put(news: ServerNews): void {
    this.held.set(news.kind, news)
    if (this.cancel === undefined) this.open()
  }

  /** Drops what waits. */
  close(): void {
    this.cancel?.()
    this.held.clear()
  }

  private open(): void {
    this.cancel = undefined
    if (this.held.size === 0) return
    const passing = [...this.held.values()]
    this.held.clear()
    this.cancel = this.clock.after(NEWS_INTERVAL_MS, () => this.open())
    for (const news of passing) this.pass(news)
  }
}
