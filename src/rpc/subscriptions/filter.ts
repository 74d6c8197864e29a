/** What has come since a filter was asked last. */
import type { Hash } from '../../chain/bytes.ts'
import { data } from '../../network/json-rpc/hex.ts'
import type { Json } from '../../network/json-rpc/json.ts'
import { LATEST } from '../../network/json-rpc/params/block-selector.ts'
import type { LogFilter } from '../../network/json-rpc/params/log-filter.ts'
import { limitExceeded, unavailable } from '../../network/json-rpc/rpc-error.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { Ask } from '../../sync/chain-view/evidence.ts'
import { LANES, MAX_FETCHED_BLOCKS, MAX_FETCHED_BYTES, MAX_LOGS } from '../logs/constants.ts'
import { headerFacts } from '../logs/header-facts.ts'
import { inLanes } from '../logs/in-lanes.ts'
import type { RpcSetting } from '../rpc-setting.ts'
import { placeAfter, type ChainStep, type FeedListener } from './chain-feed.ts'
import { MAX_STEPS } from './constants.ts'
import { ToldLogs } from './told-logs.ts'

export type FilterKind = { readonly kind: 'blocks' } | { readonly kind: 'logs'; readonly filter: LogFilter }

/**
 * Always: `steps` are what nobody was told yet, in the chain's order; a failed poll leaves them, so that the next tells
 * them. A block that went before it was told is not told of at all.
 */
export class Filter implements FeedListener {
  /** Why it has ended; undefined while it goes on. */
  failure: string | undefined
  private waiting: ChainStep[] = []
  /** Behind the last step that came, whether it is of interest or not. */
  private last: Uint8Array | undefined
  /** One poll after the other: what the first fails to tell, the second tells. */
  private turn: Promise<unknown> = Promise.resolve()
  private readonly told: ToldLogs | undefined

  /** @param from hash of the block from which on it hears */
  constructor(
    readonly kind: FilterKind,
    private readonly setting: RpcSetting,
    from?: Uint8Array,
  ) {
    this.last = from
    this.told = kind.kind === 'logs' ? new ToldLogs(kind.filter.criteria, setting) : undefined
  }

  /** Hash of the block up to which everything was told to whoever polls. */
  place(): Uint8Array | undefined {
    const [next] = this.waiting
    if (next === undefined) return this.last
    return next.fate === 'added' ? next.header.parentHash : next.header.hash
  }

  steps(steps: readonly ChainStep[]): void {
    for (const step of steps) {
      this.last = placeAfter(step)
      if (this.isOf(step)) this.take(step)
    }
    if (this.waiting.length > MAX_STEPS) this.fail(`more than ${MAX_STEPS} blocks have come since it was asked`)
  }

  fail(reason: string): void {
    this.failure ??= reason
    this.waiting = []
  }

  /** @throws {RpcError}, what the view throws; nothing is lost by that */
  changes(ask: Ask): Promise<Json[]> {
    const changes = this.turn.catch(() => undefined).then(() => this.tell(ask))
    this.turn = changes.catch(() => undefined)
    return changes
  }

  private async tell(ask: Ask): Promise<Json[]> {
    // That nothing is new is said of a head that can be answered at.
    await this.setting.blocks.header(LATEST, ask)
    const steps = [...this.waiting]
    const changes = this.told === undefined ? hashesOf(steps) : await this.logsOf(steps, this.told, ask)
    ask.signal.throwIfAborted()
    // What is told is forgotten: it is not to be withheld by whoever looks at the head after this.
    this.setting.view.heads.head()
    if (this.failure !== undefined) throw unavailable(`the filter has ended: ${this.failure}`)
    // What came meanwhile is behind these, or took some of them back.
    const kept = new Set(steps)
    if (steps.some((step) => !this.waiting.includes(step))) return this.tell(ask)
    this.waiting = this.waiting.filter((step) => !kept.has(step))
    return changes
  }

  private async logsOf(steps: readonly ChainStep[], told: ToldLogs, ask: Ask): Promise<Json[]> {
    this.checkCosts(steps)
    const { view } = this.setting
    const logs = await inLanes(steps, LANES, async (step) => {
      ask.evidence.restOn(view.anchorOf(step.header))
      return told.of(step, ask)
    })
    const all = logs.flat()
    if (all.length > MAX_LOGS) this.end(`more than ${MAX_LOGS} logs have come since it was asked`)
    for (const [at, step] of steps.entries()) told.note(step, logs[at]!)
    return all
  }

  private checkCosts(steps: readonly ChainStep[]): void {
    const { logs } = this.setting.blocks
    const costs = steps
      .map(({ header }) => logs.foretell(header, headerFacts(header).gasUsed))
      .filter((cost) => cost > 0)
    const bytes = costs.reduce((sum, cost) => sum + cost, 0)
    if (costs.length > MAX_FETCHED_BLOCKS || bytes > MAX_FETCHED_BYTES)
      this.end(`the logs of ${costs.length} blocks, some ${bytes} bytes, are more than one answer may fetch`)
  }

  private end(reason: string): never {
    this.fail(reason)
    throw limitExceeded(`the filter has ended: ${reason}; ask eth_getLogs in parts`)
  }

  private isOf({ header }: ChainStep): boolean {
    if (this.kind.kind === 'blocks' || this.told === undefined) return true
    const { place } = this.kind.filter
    // No block that comes is a certain one.
    if (place.kind === 'block') return false
    const { from, to } = place
    if (from.kind === 'number' && header.number < from.number) return false
    if (to.kind === 'number' && header.number > to.number) return false
    return this.told.mayHave(header)
  }

  private take(step: ChainStep): void {
    const key = hashKey(step.header.hash)
    const place = this.waiting.findLastIndex(({ fate, header }) => fate !== step.fate && hashKey(header.hash) === key)
    if (place === -1) this.waiting.push(step)
    else this.waiting.splice(place, 1)
  }
}

/** Blocks that went are not told of, as by geth. */
const hashesOf = (steps: readonly ChainStep[]): Json[] =>
  steps.filter(({ fate }) => fate === 'added').map(({ header }) => data(header.hash satisfies Hash))
