/**
 * What importing blocks needs of its surroundings. Importing itself does no I/O: it decides what is fetched, executed and
 * kept, and when; these do it.
 */
import type { Clock } from '../../chain/clock.ts'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import type { RawBlock, RawHeader } from '../../execution/block/raw-block.ts'
import type { Purpose } from '../state-fetch/work.ts'
import type { StatelessBlockJson } from '../../execution/stateless-block-file.ts'
import type { ImportMarks } from './import-marks.ts'
import type { ExecutionStats } from './import-status.ts'

/** What a block has cost so far. All of it grows; a later report of the same task holds all that an earlier one did. */
export interface BlockCosts {
  /** The ways its data came, as the command line names them: `witness`, `paths`…; several are joined by `+`. */
  readonly source: string
  /** Moments when everything waited on the network. */
  readonly roundTrips: number
  readonly requests: number
  readonly nodesFetched: number
  readonly nodesFromStore: number
  /** Received for it. */
  readonly bytes: number
  /** ms of those moments. */
  readonly networkMs: number
}

export const NO_COSTS: BlockCosts = {
  source: '',
  roundTrips: 0,
  requests: 0,
  nodesFetched: 0,
  nodesFromStore: 0,
  bytes: 0,
  networkMs: 0,
}

/** How a piece of work is told about and ended. What comes of it after `signal` is aborted is not looked at. */
export interface ImportTask {
  readonly signal: AbortSignal
  /**
   * May be called at any time and as often as there is news. The caps of a block are enforced with what it says: with all
   * that has been spent since the last report of `fetching`, the stage of predictions.
   */
  readonly onProgress: (stage: 'fetching' | 'executing', costs: BlockCosts) => void
}

/** Answers are checked here: hashes, and the chain of parents. Rejects with the reason where nobody has it. */
export interface ImportFetcher {
  /** RLP of the block with this hash. */
  block(hash: Hash, signal: AbortSignal, asking?: BlockAsking): Promise<Uint8Array>
  /** RLP, newest first, beginning with the header of that hash; contiguous. At least one, at most `count`. Default: `request`. */
  headers(from: Hash, count: number, signal: AbortSignal, purpose?: Purpose): Promise<readonly Uint8Array[]>
}

export interface BlockAsking {
  /** Default: `request`. */
  readonly purpose?: Purpose
  /** The name of the server that gave it. */
  readonly told?: (server: string) => void
}

export interface ImportExecutor {
  /**
   * Does early what can be done before the parent is verified: prefetches, runs transactions on `ground`, the newest state
   * that is known and not its parent's own. Only its costs count. Ends soon after it is aborted.
   */
  prepare(
    block: RawBlock,
    on: { readonly parent: RawHeader; readonly ground: RawHeader },
    task: ImportTask,
  ): Promise<void>
  /** Executes on the state of `parent`, which is verified or proven by the chain of hashes below a signed head. */
  execute(block: RawBlock, parent: RawHeader, task: ImportTask): Promise<ExecutionResult>
}

export type ExecutionResult =
  | {
      readonly kind: 'verified'
      readonly costs: BlockCosts
      readonly stats: ExecutionStats
      /** Writes the block's record. Never rejects: gives the reason why it is not kept. Called once, at once. */
      readonly keep: () => Promise<string | undefined>
    }
  /** A rule or a root contradicts it. Nothing is called invalid for that before the second opinion is in. */
  | {
      readonly kind: 'contradicted'
      readonly costs: BlockCosts
      readonly problem: BlockProblem
      readonly secondOpinion: (signal: AbortSignal) => Promise<SecondOpinion>
    }
  /** Something it needs could not be had now. */
  | { readonly kind: 'unavailable'; readonly costs: BlockCosts; readonly reason: string }
  /** Servers say that they no longer serve the parent's state: asking again is of no use. */
  | { readonly kind: 'state-gone'; readonly costs: BlockCosts; readonly reason: string }

/** What is wrong with a block, in the words of its header where there are such. */
export interface BlockProblem {
  /** As of a `Mismatch`, or the code of a rejection. */
  readonly field: string
  readonly expected: string | undefined
  readonly actual: string | undefined
  readonly message: string
}

export type SecondOpinion =
  | {
      readonly kind: 'invalid'
      readonly problem: BlockProblem
      /** `stateless-block/1`: anybody can check it. Undefined where the parent's header is not at hand. */
      readonly bundle: StatelessBlockJson | undefined
    }
  /** The first run was wrong: a defect of ours, to be said. */
  | { readonly kind: 'verified'; readonly keep: () => Promise<string | undefined> }
  | { readonly kind: 'undecided'; readonly reason: string }

/** Keeps what has to outlive this session: what was not verified must not look verified after a reload. */
export interface MarkKeeper {
  /** Rejects only when nothing can be kept any more; importing goes on. */
  keep(marks: ImportMarks): Promise<void>
}

export interface ImportTools {
  readonly clock: Clock
  readonly keccak: Keccak
  readonly fetcher: ImportFetcher
  readonly executor: ImportExecutor
  readonly marks: MarkKeeper
}
