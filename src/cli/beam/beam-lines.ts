/** What `beam` prints of the blocks: one line for each, when it has ended, and when the run is over. */
import { dropOldest } from '../../chain/drop-oldest.ts'
import type { BlockStatus } from '../../sync/import/import-status.ts'
import { NO_COSTS } from '../../sync/import/import-tools.ts'

export interface BeamLine {
  /** null where only the hash of a block that cannot be had is proven (Gloas). */
  readonly number: number | null
  readonly hash: string
  readonly state: EndState
  /** How its state came, joined by `+`; `store` where all was there; empty where nothing was asked for. */
  readonly source: string
  /** Moments when everything waited on the network. */
  readonly roundTrips: number
  readonly requests: number
  readonly nodesFetched: number
  readonly nodesFromStore: number
  /** Received. */
  readonly bytes: number
  /** From its turn, when its parent was done, to its end; null where it never had one. */
  readonly ms: number | null
  /** Of the moments above. */
  readonly networkMs: number
  /** Blocks behind the head when it was done; null where it was not. */
  readonly lag: number | null
  /** null for a verified block. */
  readonly reason: string | null
  /** What contradicts it, of a block that is invalid or in dispute. */
  readonly problem?: { readonly field: string; readonly expected: string | null; readonly actual: string | null }
  /** File that proves it invalid, for `verify`, of a block that is invalid or in dispute; null where none is kept. */
  readonly bundle?: string | null
  /** Of a verified block. */
  readonly executed?: {
    readonly fork: string
    readonly txs: number
    readonly gasUsed: number
    readonly adopted: number
  }
}

export type EndState = 'verified' | 'invalid' | 'disputed' | 'unavailable' | 'skipped'

/**
 * ms for which a block may be unavailable in a run of so many blocks: it is tried again after 0.5 s, twice as long each
 * time, so that this is the sixth try and whoever was about to have it has it. Without a number of blocks a run has no end, and waits.
 */
export const UNAVAILABLE_LIMIT_MS = 30_000

/** Blocks remembered, to be printed once: more than importing holds at a time. */
const MAX_REMEMBERED = 1_024

interface Waiting {
  /** As of the last try. */
  readonly block: BlockStatus
  /** What the first try failed with. Later ones know less, where it excluded the servers that lied. */
  readonly firstReason: string | undefined
  /** By the clock of {@link BeamLines.take}. */
  readonly since: number
}

/**
 * Always: a block is printed when its state is final, once for that state. One that is unavailable is tried again, so that
 * it is printed only when the run ends for it or without it.
 */
export class BeamLines {
  /** State that was printed, by hash. */
  private readonly ended = new Map<string, EndState>()
  private readonly unavailable = new Map<string, Waiting>()
  private count = 0
  private failed = false

  /** @param blocks after which the run is over; undefined: never */
  constructor(private readonly blocks: number | undefined) {}

  /** Whether as many blocks have ended as were asked for. */
  get isOver(): boolean {
    return this.blocks !== undefined && this.count >= this.blocks
  }

  /** Whether a block ended otherwise than verified, or passed over for what the run says. */
  get hasFailed(): boolean {
    return this.failed
  }

  /**
   * @param now ms by a clock that nobody sets
   * @returns the line to print, if the block has ended
   */
  take(block: BlockStatus, now: number): BeamLine | undefined {
    const { hash, state } = block
    switch (state) {
      case 'pending':
      case 'fetching':
      case 'executing':
        return undefined
      case 'unavailable':
        if (!this.ended.has(hash)) {
          const { since, firstReason } = this.unavailable.get(hash) ?? { since: now, firstReason: block.reason }
          this.unavailable.set(hash, { block, firstReason, since })
          dropOldest(this.unavailable, MAX_REMEMBERED)
        }
        return undefined
      case 'verified':
      case 'invalid':
      case 'disputed':
      case 'skipped':
        return this.end(block, state)
    }
  }

  /** A block that the run need not wait for any longer. @param now as for {@link take} */
  givenUp(now: number): BlockStatus | undefined {
    if (this.blocks === undefined) return undefined
    const waiting = [...this.unavailable.values()].find(({ since }) => now - since >= UNAVAILABLE_LIMIT_MS)
    return waiting && withReasons(waiting)
  }

  /**
   * The head that is proven and of which nothing can be had, not even what it is: the run ends for it.
   * @param reason why
   */
  unreached(head: { readonly hash: string; readonly number: number | undefined }, reason: string): BeamLine {
    const { number = null, hash } = head
    this.failed = true
    this.unavailable.delete(hash)
    return { number, hash, state: 'unavailable', ...NO_COSTS, ms: null, networkMs: 0, lag: null, reason }
  }

  /** Of the blocks that could not be had to the end. Nothing is taken afterwards. */
  close(): BeamLine[] {
    const left = [...this.unavailable.values()].map(withReasons)
    return left.sort((a, b) => a.number - b.number).flatMap((block) => this.end(block, 'unavailable') ?? [])
  }

  private end(block: BlockStatus, state: EndState): BeamLine | undefined {
    const { hash } = block
    this.unavailable.delete(hash)
    if (this.isOver || this.ended.get(hash) === state) return undefined
    if (!this.ended.has(hash)) this.count++
    this.ended.set(hash, state)
    dropOldest(this.ended, MAX_REMEMBERED)
    if (state !== 'verified' && state !== 'skipped') this.failed = true
    return lineOf(block, state)
  }
}

function withReasons({ block, firstReason }: Waiting): BlockStatus {
  if (firstReason === undefined || firstReason === block.reason) return block
  return { ...block, reason: `${block.reason}; at first: ${firstReason}` }
}

function lineOf(block: BlockStatus, state: EndState): BeamLine {
  const { number, hash, costs, times, lag, reason, problem, executed } = block
  const { source, roundTrips, requests, nodesFetched, nodesFromStore, bytes, networkMs } = costs
  const { started, ended } = times
  return {
    ...{ number, hash, state, source, roundTrips, requests, nodesFetched, nodesFromStore, bytes },
    ms: started === undefined || ended === undefined ? null : ended - started,
    networkMs: Math.round(networkMs),
    lag: lag ?? null,
    reason: reason ?? null,
    ...(problem && {
      problem: { field: problem.field, expected: problem.expected ?? null, actual: problem.actual ?? null },
    }),
    ...(executed && {
      executed: {
        fork: executed.fork,
        txs: executed.transactions,
        gasUsed: executed.gasUsed,
        adopted: executed.adopted,
      },
    }),
  }
}
