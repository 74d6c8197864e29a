/** Gives the page its orders, and gathers what it tells. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ORDERS_PATH, REPORT_PATH, type PageOrders, type PageReport } from './report.ts'
import type { Told } from './session.ts'

interface Waiting {
  readonly isMet: () => boolean
  readonly resolve: () => void
}

export class PageTold {
  private told: Told[] = []
  private waiting: Waiting | undefined
  private isLast = false

  /** @param network that the page follows */
  constructor(private readonly network: object) {}

  /** Forgets what earlier pages told. */
  begin(end: 'killed' | 'last'): void {
    this.told = []
    this.isLast = end === 'last'
  }

  get all(): readonly Told[] {
    return this.told
  }

  count(kind: PageReport['kind']): number {
    return this.told.filter(({ report }) => report.kind === kind).length
  }

  /** Resolves when the page has told so many of them; what it waits for is the newest call's. */
  until(kind: PageReport['kind'], count: number): Promise<void> {
    return new Promise((resolve) => {
      this.waiting = { isMet: () => this.count(kind) >= count, resolve }
      this.look()
    })
  }

  readonly answers = (path: string, request: IncomingMessage, response: ServerResponse): boolean => {
    if (path === ORDERS_PATH) {
      const orders: PageOrders = { network: this.network, isLast: this.isLast }
      response.setHeader('content-type', 'application/json').end(JSON.stringify(orders))
      return true
    }
    if (path !== REPORT_PATH) return false
    void this.take(request, response)
    return true
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { told } = this
    try {
      const chunks: Buffer[] = []
      for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
      const report = JSON.parse(Buffer.concat(chunks).toString()) as PageReport
      // To the page's own list: one that was killed may be heard of late.
      told.push({ report, at: Date.now() })
      response.end()
      this.look()
    } catch {
      // Killed in the middle of a word.
      response.destroy()
    }
  }

  private look(): void {
    if (this.waiting?.isMet() !== true) return
    this.waiting.resolve()
    this.waiting = undefined
  }
}
