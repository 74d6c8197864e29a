/** Life after life of a page on one profile, and what each of them did wrong. */
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom } from '../../src/testing/seeded-random.ts'
import { blockAt } from '../interop/json-rpc.ts'
import { startDoomedBrowser, type DoomedBrowser } from './browser.ts'
import { contentsOf, KeptContents } from './kept-contents.ts'
import type { LoggingProxy } from './logging-proxy.ts'
import type { PageTold } from './page-told.ts'
import type { PageReport } from './report.ts'
import { lastKept, sessionProblems, type NamedBlock, type Told } from './session.ts'

export interface ChaosTools {
  readonly executable: string
  readonly profile: string
  /** Of the page. */
  readonly url: string
  /** Asked past the proxy, for what is true. */
  readonly gateway: string
  readonly proxy: LoggingProxy
  readonly told: PageTold
  readonly seed: number
}

export interface LifeLine {
  readonly killedAfter: { readonly event: string; readonly ms: number } | 'last'
  readonly seconds: number
  /** Blocks that its store listed when it was opened. */
  readonly keptBefore: number | null
  /** Numbers of the first and the last block. */
  readonly verified: readonly [first: number, last: number] | []
  readonly kept: number
  readonly pivots: readonly string[]
  /** Nodes and codes by hash. */
  readonly asked: number
  readonly problems: readonly string[]
}

/** What a kill comes after: while workers and store start, in the middle of a block, while its record is written. */
const EVENTS = ['loaded', 'started', 'verified', 'kept'] as const

/** ms at most between that and the kill: some blocks of 2 s. */
const MAX_DELAY_MS = 6_000

/** ms for a browser to start and verify a block: a minute on a machine with five times the work that it can do. */
const EVENT_LIMIT_MS = 120_000

/** Blocks that the last life has to verify: it is at the head again. */
const LAST_BLOCKS = 5

/** Refetched contents that a line names. */
const MAX_NAMED = 5

export class ChaosRun {
  verified = 0
  private readonly random: () => number
  private browser: DoomedBrowser | undefined
  private keptBlock: NamedBlock | undefined
  private readonly contents = new KeptContents()
  /** ms since 1970, of each life. */
  private readonly killedAt: number[] = []

  constructor(private readonly tools: ChaosTools) {
    this.random = seededRandom(tools.seed)
    // With a small seed the first one is always near zero.
    this.random()
  }

  /** @throws {Error} where the page does not come as far as it has to */
  async live(end: 'killed' | 'last'): Promise<LifeLine> {
    const { executable, profile, url, proxy, told } = this.tools
    told.begin(end)
    const start = Date.now()
    this.browser = startDoomedBrowser(executable, profile, url)
    const killedAfter = end === 'last' ? ('last' as const) : this.pickMoment()
    if (killedAfter === 'last') {
      await this.reach('checked', 1)
      await this.reach('verified', LAST_BLOCKS)
    } else {
      await this.reach(killedAfter.event, 1)
      await sleep(killedAfter.ms)
    }
    this.killedAt.push(Date.now())
    await this.end()
    const reports = told.all
    const problems = await this.problems(reports, proxy)
    const verified = blocksOf(reports, 'verified')
    this.verified += verified.length
    return {
      killedAfter,
      seconds: Math.round((Date.now() - start) / 100) / 10,
      keptBefore: reports.map(({ report }) => report).find((report) => report.kind === 'started')?.kept ?? null,
      verified: verified.length === 0 ? [] : [verified[0]!.number, verified.at(-1)!.number],
      kept: blocksOf(reports, 'kept').length,
      pivots: reports.flatMap(({ report }) => (report.kind === 'pivot' ? [report.pivot] : [])),
      ...problems,
    }
  }

  /** Kills what still runs. */
  async end(): Promise<void> {
    await this.browser?.kill()
    this.browser = undefined
  }

  private pickMoment() {
    const [event, after] = [this.random(), this.random()]
    return { event: EVENTS[Math.floor(event * EVENTS.length)]!, ms: Math.floor(after * MAX_DELAY_MS) }
  }

  private async reach(kind: PageReport['kind'], count: number): Promise<void> {
    const { told } = this.tools
    const late = new AbortController()
    const problem = await Promise.race([
      told.until(kind, count).then(() => undefined),
      this.browser!.ended.then((said) => `the browser ended by itself: ${said}`),
      sleep(EVENT_LIMIT_MS, `not within ${EVENT_LIMIT_MS} ms`, { signal: late.signal }).catch(() => undefined),
    ])
    late.abort()
    if (problem === undefined) return
    const last = told.all.slice(-5).map(({ report }) => JSON.stringify(report))
    throw new Error(`the page has not told "${kind}" ${count} times: ${problem}; it told last: ${last.join(', ')}`)
  }

  private async problems(reports: readonly Told[], proxy: LoggingProxy) {
    const { gateway } = this.tools
    const life = this.killedAt.length - 1
    const canonical = new Map<number, string>()
    for (const { number } of blocksOf(reports, 'verified')) {
      const block = await blockAt(`${gateway}/rpc`, number)
      if (block !== undefined) canonical.set(number, block.hash)
    }
    for (const { report, at } of reports) {
      if (report.kind !== 'kept') continue
      this.contents.add(await contentsOf(gateway, report.hash), { block: report.number, at, session: life })
    }
    const asked = proxy.taken()
    const refetched = this.contents.refetched(asked, (session) => this.killedAt[session])
    const before = this.keptBlock
    this.keptBlock = lastKept(reports, this.killedAt[life]!, before)
    return {
      asked: asked.length,
      problems: [
        ...sessionProblems(reports, before, canonical),
        ...refetched
          .slice(0, MAX_NAMED)
          .map(({ hash, block }) => `${hash} was fetched again, kept with block ${block} (one of ${refetched.length})`),
      ],
    }
  }
}

function blocksOf(reports: readonly Told[], kind: 'verified' | 'kept'): NamedBlock[] {
  return reports.flatMap(({ report }) => (report.kind === kind && 'hash' in report ? [report] : []))
}
