/**
 * The chain as a row of steps: blocks that go, newest first, then blocks that come, oldest first. Which block is the newest
 * is what `latest` means to every method, so that whoever hears of a block can read at it.
 */
import type { Clock } from '../../chain/clock.ts'
import { messageOf } from '../../chain/thrown.ts'
import { equalBytes } from '../../execution/words.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import type { ChainView } from '../../sync/chain-view/chain-view.ts'
import { Evidence } from '../../sync/chain-view/evidence.ts'
import { GIVE_UP_MS, MAX_GAP, MAX_TOLD, RETRY_MS } from './constants.ts'

export interface ChainStep {
  readonly fate: 'added' | 'removed'
  readonly header: RawHeader
}

export interface FeedListener {
  steps(steps: readonly ChainStep[]): void
  /** It hears no more. */
  fail(reason: string): void
}

/** Headers asked for at once. */
const WALK_STEP = 256

/**
 * Always: the steps that a listener was given lead, by parents' hashes, from the block that was `latest` when it came to the
 * one that it heard of last, without a gap; where that cannot be kept up, it is failed. Nothing is followed for nobody.
 */
export class ChainFeed {
  /** The newest blocks that were told, oldest first; each is the parent of the next. */
  private told: RawHeader[] = []
  /** With the block from which on each listens, where what is told has not got there yet. */
  private readonly listeners = new Map<FeedListener, RawHeader | undefined>()
  private readonly abort = new AbortController()
  private following: Promise<void> | undefined
  private isWanted = false
  private failingSince: number | undefined
  private cancelRetry: () => void = () => undefined

  /** @param from what listeners were told of up to this block, by another node; it need not be of the chain any more */
  constructor(
    private readonly view: ChainView,
    private readonly clock: Clock,
    private from?: RawHeader,
  ) {
    if (from !== undefined) this.told = [from]
  }

  /** The block from which on somebody hears who listens from now on; undefined: from the first there will be. */
  here(): RawHeader | undefined {
    return this.from ?? this.latest()
  }

  /** Until the returned function is called. */
  listen(listener: FeedListener): () => void {
    const latest = this.here()
    if (this.listeners.size === 0) this.told = latest === undefined ? [] : [latest]
    const tip = this.told.at(-1)
    const isThere = tip === undefined || latest === undefined || equalBytes(tip.hash, latest.hash)
    this.listeners.set(listener, isThere ? undefined : latest)
    return () => void this.listeners.delete(listener)
  }

  /** `latest` may be another. */
  headChanged(): void {
    if (this.listeners.size === 0 || this.abort.signal.aborted) return
    this.isWanted = true
    this.following ??= this.follow().finally(() => (this.following = undefined))
  }

  /** Resolves once everybody has heard of what is there now, as far as it can be had. */
  async settled(): Promise<void> {
    this.headChanged()
    await this.following
  }

  close(): void {
    this.abort.abort(new Error('the session is closed'))
    this.cancelRetry()
    this.listeners.clear()
  }

  private async follow(): Promise<void> {
    while (this.isWanted) {
      this.isWanted = false
      try {
        await this.followOnce()
        this.failingSince = undefined
      } catch (error) {
        if (this.abort.signal.aborted) return
        this.failed(messageOf(error))
      }
    }
  }

  /** What was not told is told later, or everybody hears that it will not be. */
  private failed(reason: string): void {
    const now = this.clock.now()
    this.failingSince ??= now
    if (now - this.failingSince >= GIVE_UP_MS) return this.failAll(`blocks were missed: ${reason}`)
    this.cancelRetry()
    this.cancelRetry = this.clock.after(RETRY_MS, () => this.headChanged())
  }

  private failAll(reason: string): void {
    this.failingSince = undefined
    const failed = [...this.listeners.keys()]
    this.listeners.clear()
    for (const listener of failed) listener.fail(reason)
  }

  private async followOnce(): Promise<void> {
    const latest = this.latest()
    if (latest === undefined) return
    // The other node was ahead: that block is not gone because it is not here yet.
    if (this.from !== undefined && latest.number < this.from.number) return
    this.from = undefined
    const { told } = this
    if (told.length === 0) told.push(latest)
    const added = await this.pathTo(latest, told)
    // All who listened are gone, and others have come.
    if (told !== this.told) return
    if (added === undefined)
      return this.failAll(`more than ${MAX_GAP} blocks have come since the last one that was told`)
    const common = latest.number - added.length
    const removed = told.filter(({ number }) => number > common).reverse()
    this.told = [...told.filter(({ number }) => number <= common), ...added].slice(-MAX_TOLD)
    this.tell([...removed.map(gone), ...added.map(come)])
  }

  private tell(steps: readonly ChainStep[]): void {
    if (steps.length === 0) return
    for (const [listener, since] of this.listeners) {
      const place = since === undefined ? -1 : steps.findIndex(({ header }) => equalBytes(header.hash, since.hash))
      this.listeners.set(listener, undefined)
      const news = steps.slice(place + 1)
      if (news.length > 0) listener.steps(news)
    }
  }

  /** Blocks after the newest that was told and is an ancestor of this one, up to it, oldest first; undefined: too many. */
  private async pathTo(latest: RawHeader, told: RawHeader[]): Promise<readonly RawHeader[] | undefined> {
    const ask = { signal: this.abort.signal, evidence: new Evidence() }
    const path: RawHeader[] = [latest]
    const tip = told.at(-1)!.number
    for (let last = latest; !has(told, last.number, last.hash); last = path.at(-1)!) {
      if (has(told, last.number - 1, last.parentHash)) return path.reverse()
      if (path.length > MAX_GAP || last.number === 0) return undefined
      const lowest = told[0]!
      // A branch from before what is remembered: the old one's headers are had by their hashes too.
      if (last.number <= lowest.number)
        told.unshift(...[...(await this.view.ancestors(lowest, lowest.number - last.number + 1, ask))].reverse())
      const gap = Math.min(Math.max(1, last.number - 1 - tip), WALK_STEP)
      path.push(...(await this.view.ancestors(last, gap, ask)))
    }
    path.pop()
    return path.reverse()
  }

  private latest(): RawHeader | undefined {
    const { heads } = this.view
    return heads.reason() === undefined ? heads.latest() : undefined
  }
}

/** @param told each the parent of the next */
function has(told: readonly RawHeader[], number: number, hash: Uint8Array): boolean {
  const header = told[number - (told[0]?.number ?? 0)]
  return header !== undefined && equalBytes(header.hash, hash)
}

/** Hash of the block that somebody is at who was told of these steps. */
export function placeAfter({ fate, header }: ChainStep): Uint8Array {
  return fate === 'added' ? header.hash : header.parentHash
}

const gone = (header: RawHeader): ChainStep => ({ fate: 'removed', header })
const come = (header: RawHeader): ChainStep => ({ fate: 'added', header })
