/**
 * What is under way for the blocks that are to be done: bodies, previews, one turn at a time, and records being written.
 * Knows the order of work and its bounds; what comes of a turn is decided elsewhere.
 */
import type { RawBlock } from '../../execution/block/raw-block.ts'
import type { BlockTree, Progress } from './block-tree.ts'
import { BodyFetches } from './body-fetches.ts'
import { MAX_QUEUED_BYTES, MAX_QUEUED_PREVIEWS } from './constants.ts'
import { startTurn, type BlockCaps, type Turn, type TurnOutcome } from './execution-turn.ts'
import { addCosts, isGround, isRefused, type ImportBlock } from './import-block.ts'
import type { ImportLedger } from './import-ledger.ts'
import type { BlockCosts, ImportTools } from './import-tools.ts'
import { bodyBytes } from './import-view.ts'
import { PendingRecords } from './pending-records.ts'
import { Previews } from './previews.ts'
import { retryDelay } from './retry-delay.ts'
import { WakeTimer } from './wake-timer.ts'

export interface BlockWorkOptions {
  readonly tools: ImportTools
  readonly caps: BlockCaps
  readonly ledger: ImportLedger
  readonly tree: () => BlockTree | undefined
  readonly onTurn: (block: ImportBlock, outcome: TurnOutcome) => void
  /** Something came to its end, or is due: look what can be started. */
  readonly onChange: () => void
}

export class BlockWork {
  private turn: { readonly block: ImportBlock; readonly run: Turn } | undefined
  private readonly bodies: BodyFetches
  private readonly previews: Previews
  private readonly records: PendingRecords
  private readonly timer: WakeTimer

  constructor(private readonly options: BlockWorkOptions) {
    const { tools, caps, onChange } = options
    const { clock, keccak, fetcher, executor } = tools
    this.records = new PendingRecords(clock)
    this.timer = new WakeTimer(clock, onChange)
    this.bodies = new BodyFetches({ clock, keccak, fetcher, onBody: (block, body) => this.onBody(block, body) })
    this.previews = new Previews({
      clock,
      executor,
      limitMs: caps.ms,
      onEnd: (block, costs) => this.onPreview(block, costs),
    })
  }

  /** Records being written. */
  get writing(): number {
    return this.records.size
  }

  /** Starts what can be started of blocks each of which is the parent of the next. @param parent proven, of the first */
  start(todo: readonly ImportBlock[], parent: ImportBlock): void {
    const [next, ...children] = todo
    if (next === undefined) return
    this.fetchBodies(todo)
    this.startPreviews(children, parent)
    this.startTurn(next, parent)
  }

  /** Ends what is under way for blocks that are not to be done any more. What they brought is in the store. */
  endAllBut(todo: readonly ImportBlock[]): void {
    const keys = new Set(todo.map(({ key }) => key))
    const { turn } = this
    if (turn !== undefined && !keys.has(turn.block.key)) {
      turn.run.cancel()
      this.turn = undefined
      this.options.ledger.spend(turn.block, turn.run.costs())
      if (
        !isGround(turn.block) &&
        !isRefused(turn.block) &&
        this.options.tree()?.get(turn.block.header.hash) === turn.block
      )
        this.progress(turn.block, { kind: 'pending' })
    }
    this.bodies.keepOnly((key) => keys.has(key))
    this.previews.keepOnly((key) => keys.has(key))
  }

  /** Ends everything but the writing of records. */
  close(): void {
    this.turn?.run.cancel()
    this.bodies.keepOnly(() => false)
    this.previews.keepOnly(() => false)
    this.timer.close()
  }

  /** Writes the record of a verified block while the next ones are executed. */
  record(block: ImportBlock, keep: () => Promise<string | undefined>): void {
    block.record = { kind: 'writing' }
    this.records.start(keep, (reason) => {
      block.record = reason === undefined ? { kind: 'kept' } : { kind: 'not-kept', reason }
      this.options.ledger.report(block)
      this.options.onChange()
    })
  }

  /** It could not be had: tried again, later each time. */
  fail(block: ImportBlock, reason: string): void {
    const now = this.options.tools.clock.now()
    block.retryAt = now + retryDelay(block.failures++)
    this.options.ledger.log.count('unavailable')
    this.progress(block, { kind: 'unavailable', reason })
    this.timer.wakeAt(block.retryAt)
  }

  takeBody(block: ImportBlock, body: RawBlock): void {
    if (isGround(block) || isRefused(block) || block.body !== undefined) return
    block.body = body
    block.times.fetched = this.options.tools.clock.now()
    this.progress(block, { kind: 'pending' })
  }

  /** What is being spent on it just now. */
  spending(block: ImportBlock): BlockCosts {
    const costs = this.previews.costs(block)
    return this.turn?.block === block ? addCosts(costs, this.turn.run.costs()) : costs
  }

  private fetchBodies(todo: readonly ImportBlock[]): void {
    const bytes = bodyBytes(todo)
    const now = this.options.tools.clock.now()
    for (const block of todo.slice(0, MAX_QUEUED_PREVIEWS)) {
      // The first is always fetched: what waits behind it is not done before it.
      if (this.bodies.isFull || (bytes > MAX_QUEUED_BYTES && block !== todo[0])) return
      if (block.body !== undefined || this.bodies.isFetching(block)) continue
      if (now < block.retryAt) {
        this.timer.wakeAt(block.retryAt)
        continue
      }
      this.progress(block, { kind: 'fetching' })
      this.bodies.start(block)
    }
  }

  private onBody(block: ImportBlock, body: RawBlock | { readonly reason: string }): void {
    if (this.options.tree()?.get(block.header.hash) !== block) return
    if ('reason' in body) this.fail(block, body.reason)
    else this.takeBody(block, body)
    this.options.onChange()
  }

  private startPreviews(children: readonly ImportBlock[], ground: ImportBlock): void {
    for (const child of children) {
      if (this.previews.isFull) return
      if (child.body === undefined || child.prepared !== 'no') continue
      child.prepared = 'running'
      this.progress(child, { kind: 'fetching' })
      this.previews.start(child, this.options.tree()!.parent(child)!.header, ground.header)
    }
  }

  private onPreview(block: ImportBlock, costs: BlockCosts): void {
    block.prepared = 'done'
    this.options.ledger.spend(block, costs)
    if (block.standing.kind === 'fetching' && block.body !== undefined && this.turn?.block !== block)
      this.progress(block, { kind: 'pending' })
    this.options.onChange()
  }

  private startTurn(next: ImportBlock, parent: ImportBlock): void {
    const { clock, executor } = this.options.tools
    const now = clock.now()
    if (this.turn !== undefined || next.body === undefined || this.records.isFull) return
    if (now < next.retryAt) return this.timer.wakeAt(next.retryAt)
    next.times.started ??= now
    this.progress(next, { kind: 'executing' })
    const run = startTurn({
      block: next.body,
      parent: parent.header,
      caps: this.options.caps,
      tools: { clock, executor },
      onStage: (kind) => this.progress(next, { kind }),
      onEnd: (outcome) => {
        this.turn = undefined
        this.options.ledger.spend(next, run.costs())
        this.options.onTurn(next, outcome)
        this.options.onChange()
      },
    })
    this.turn = { block: next, run }
  }

  private progress(block: ImportBlock, standing: Progress): void {
    const tree = this.options.tree()
    if (tree?.get(block.header.hash) !== block || isGround(block) || isRefused(block)) return
    if (block.standing.kind === standing.kind && !('reason' in standing)) return
    tree.progress(block, standing)
    this.options.ledger.report(block)
  }
}
