/** One block on its way to being verified, and what is told about it. */
import { bytesToHex } from '@ethereumjs/util'
import { hashKey } from '../../state/hash-key.ts'
import type { RawBlock, RawHeader } from '../../execution/block/raw-block.ts'
import type { BlockName, BlockStatus, BlockTimes, ExecutionStats, ImportState, RecordState } from './import-status.ts'
import { NO_COSTS, type BlockCosts, type BlockProblem } from './import-tools.ts'

export type Standing =
  /**
   * Not executed here: its header is proven by the hashes below a signed head as soon as it is on a path to one, and only
   * then is anything executed on it.
   */
  | { readonly kind: 'anchor' }
  | { readonly kind: 'pending' }
  | { readonly kind: 'fetching' }
  | { readonly kind: 'executing' }
  | { readonly kind: 'verified' }
  | { readonly kind: 'unavailable'; readonly reason: string }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'invalid' | 'disputed'; readonly reason: string; readonly problem: BlockProblem }

export interface ImportBlock {
  readonly key: string
  readonly header: RawHeader
  /** Changed by the tree alone. */
  standing: Standing
  /** At least 2/3 of a committee signed it. */
  signed: boolean
  body: RawBlock | undefined
  /** Of finished tasks. */
  costs: BlockCosts
  executed: ExecutionStats | undefined
  times: { -readonly [Name in keyof BlockTimes]: BlockTimes[Name] }
  lag: number | undefined
  record: RecordState
  /** Times in a row that it could not be had. */
  failures: number
  /** ms since 1970 before which it is not tried again. */
  retryAt: number
  prepared: 'no' | 'running' | 'done'
}

export function newBlock(header: RawHeader, now: number, standing: Standing = { kind: 'pending' }): ImportBlock {
  return {
    key: hashKey(header.hash),
    header,
    standing,
    signed: false,
    body: undefined,
    costs: NO_COSTS,
    executed: undefined,
    times: { announced: now, fetched: undefined, started: undefined, ended: undefined },
    lag: undefined,
    record: { kind: 'none' },
    failures: 0,
    retryAt: 0,
    prepared: 'no',
  }
}

/** Whether a child can be executed on it: its state root is proven. */
export function isGround({ standing }: ImportBlock): boolean {
  return standing.kind === 'verified' || standing.kind === 'anchor'
}

export function isRefused({ standing }: ImportBlock): boolean {
  return standing.kind === 'invalid' || standing.kind === 'disputed'
}

export function nameOf({ number, hash, timestamp }: RawHeader): BlockName {
  return { number, hash: bytesToHex(hash), timestamp }
}

export function statusOf(block: ImportBlock, running: BlockCosts = NO_COSTS): BlockStatus {
  const { header, standing, executed, times, lag, record } = block
  return {
    ...nameOf(header),
    parentHash: bytesToHex(header.parentHash),
    state: stateOf(standing),
    reason: 'reason' in standing ? standing.reason : undefined,
    problem: 'problem' in standing ? standing.problem : undefined,
    costs: addCosts(block.costs, running),
    executed,
    times: { ...times },
    lag,
    record,
  }
}

/** An anchor was not executed here: nothing says that it is verified. */
function stateOf({ kind }: Standing): ImportState {
  return kind === 'anchor' ? 'skipped' : kind
}

export function addCosts(a: BlockCosts, b: BlockCosts): BlockCosts {
  return {
    source: joinedSources(a.source, b.source),
    roundTrips: a.roundTrips + b.roundTrips,
    requests: a.requests + b.requests,
    nodesFetched: a.nodesFetched + b.nodesFetched,
    nodesFromStore: a.nodesFromStore + b.nodesFromStore,
    bytes: a.bytes + b.bytes,
    networkMs: a.networkMs + b.networkMs,
  }
}

function joinedSources(a: string, b: string): string {
  const names = [...new Set([...a.split('+'), ...b.split('+')])].filter((name) => name !== '')
  // That nothing had to be brought is only so where nothing was.
  return (names.length > 1 ? names.filter((name) => name !== 'store') : names).join('+')
}
