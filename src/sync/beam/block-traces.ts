/** What the newest blocks waited for, request by request: kept here, so that the status need not carry it. */
import type { Hash } from '../../chain/bytes.ts'
import { dropOldest } from '../../chain/drop-oldest.ts'
import { hashKey } from '../../state/hash-key.ts'
import { STATUS_BLOCKS } from '../import/constants.ts'
import type { BlockMoment } from '../import/import-status.ts'
import type { RequestSpan, RequestTrace } from '../state-fetch/request-trace.ts'

/** How one block came to be what it is. Plain data. */
export interface BlockTrace {
  /** Oldest first. */
  readonly moments: readonly BlockMoment[]
  /** By when they went out; ms since 1970. */
  readonly requests: readonly TracedRequest[]
  /** Requests that are not listed. */
  readonly untold: number
}

export interface TracedRequest extends RequestSpan {
  /** The fetch that it was of, from 1, which counts its own trips: a look ahead and each attempt at its turn are one. */
  readonly fetch: number
}

/** Fetches remembered of a block, the newest: ahead as itself and as the ground's child, then two attempts. */
const FETCHES_OF_BLOCK = 4

/** Always: of the {@link STATUS_BLOCKS} blocks that were fetched for last; with all bounds reached some 8 MB. */
export class BlockTraces {
  private readonly traces = new Map<string, readonly RequestTrace[]>()

  /** Something is fetched for a block. */
  add(hash: Hash, trace: RequestTrace): void {
    const key = hashKey(hash)
    const before = this.traces.get(key) ?? []
    this.traces.delete(key)
    this.traces.set(key, [...before, trace].slice(-FETCHES_OF_BLOCK))
    dropOldest(this.traces, STATUS_BLOCKS)
  }

  of(hash: Hash, moments: readonly BlockMoment[]): BlockTrace {
    const traces = this.traces.get(hashKey(hash)) ?? []
    const requests = traces.flatMap((trace, index) => trace.spans().map((span) => ({ ...span, fetch: index + 1 })))
    return {
      moments,
      requests: requests.sort((a, b) => a.start - b.start),
      untold: traces.reduce((sum, { untold }) => sum + untold, 0),
    }
  }
}
