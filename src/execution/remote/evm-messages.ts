/**
 * What the owner of the trie and an EVM worker say to each other. Everything survives `structuredClone`; nothing is thrown
 * across, because an error loses its class on the way.
 */
import type { AddressBytes, Hash } from '../../chain/bytes.ts'
import type { DataFault } from '../../state/data-fault.ts'
import type { AccountValue } from '../../state/flat-reader.ts'
import type { StateWrites } from '../../state/state-writes.ts'
import type { ExecutionJob, ExecutionOutcome, InvalidBlockError } from '../block/execute-block.ts'
import type { LearnedValue } from '../speculation/parent-values.ts'
import type { MissingValue } from '../speculation/missing-values.ts'
import type { SpeculationRound, SpeculativeStep } from '../speculation/speculation.ts'
import type { CallService } from './call-messages.ts'
import type { TransactionResult } from '../speculation/transaction-result.ts'
import type { JobKind } from './time-slices.ts'

/** Values of the parent state that a job brings along, by hashed keys: the trie knows no others. */
export interface KnownValues {
  /** By {@link hashKey} of the hashed address; undefined is proven absence. */
  readonly accounts: ReadonlyMap<string, AccountValue | undefined>
  /** By {@link hashKey} of the hashed address and of the hashed slot, joined. */
  readonly slots: ReadonlyMap<string, Uint8Array>
}

export type ReadRequest =
  | { readonly kind: 'account'; readonly address: AddressBytes }
  | { readonly kind: 'storage'; readonly address: AddressBytes; readonly slot: Uint8Array }
  | { readonly kind: 'code'; readonly codeHash: Hash; readonly address: AddressBytes }

export type ReadAnswer =
  /** Undefined is proven absence. */
  | { readonly kind: 'account'; readonly value: AccountValue | undefined }
  /** A slot's value or a code. */
  | { readonly kind: 'bytes'; readonly value: Uint8Array }
  | { readonly kind: 'fault'; readonly fault: DataFault }

/** An account, and its slots, that the execution read. */
export interface Access {
  readonly address: AddressBytes
  readonly slots: readonly Uint8Array[]
}

/** Code that the execution ran, from the worker's own cache: the owner of the state has not been asked for it. */
export interface CachedCode {
  readonly hash: Hash
  readonly bytes: Uint8Array
}

/** The side that owns the state, as a running job sees it. */
export interface StateHome {
  /** In the order of the requests. */
  read(requests: readonly ReadRequest[]): Promise<ReadAnswer[]>
  intermediateRoot(writes: StateWrites): Promise<IntermediateAnswer>
}

export type IntermediateAnswer =
  { readonly kind: 'root'; readonly root: Hash } | { readonly kind: 'fault'; readonly fault: DataFault }

export type ExecutionAnswer =
  | {
      readonly kind: 'done'
      readonly outcome: ExecutionOutcome
      readonly accessed: readonly Access[]
      readonly cachedCodes: readonly CachedCode[]
    }
  | { readonly kind: 'fault'; readonly fault: DataFault }
  | { readonly kind: 'invalid'; readonly code: InvalidBlockError['code']; readonly message: string }

/** How a job is called while it is under way, and whom it is for. */
export interface JobTicket {
  /** The caller's; no other job under way may have it. */
  readonly name: number
  readonly kind: JobKind
}

/**
 * An EVM worker's service. Its jobs share the worker's time, slice by slice ({@link JobKind}); one without a ticket counts as
 * `import`.
 */
export interface EvmService {
  execute(job: ExecutionJob, known: KnownValues, home: StateHome, ticket?: JobTicket): Promise<ExecutionAnswer>
  /**
   * Nobody waits for the job any more: it fails with `JobCancelledError`, at once where it waits for a read, else at the end of
   * its slice. What cannot be interrupted is finished first: one operation or precompile, a block being decoded, and on the
   * stock engine a transaction. A job that is over, or unknown, is no error.
   */
  cancel(name: JobTicket['name']): Promise<void>
}

/** Where a block's speculation begins. */
export interface SpeculationJob {
  readonly job: ExecutionJob
  readonly known: KnownValues
  /** Values of an earlier state: what is guessed where nothing is known. */
  readonly earlier: KnownValues
  /** Positions of transactions that are likely to depend on one another, to be run in series. */
  readonly together?: readonly (readonly number[])[] | undefined
  /** The block access list that the header commits to (EIP-7928): transactions then run on what it says is before them. */
  readonly accessList?: Uint8Array | undefined
}

export type SpeculationOpened =
  | {
      readonly kind: 'open'
      /** Transactions that run one after the other, as those of one sender: a worker that gets one of them gets them all. */
      readonly groups: readonly (readonly number[])[]
      /** Of what the block is known to look at. */
      readonly lacking: readonly MissingValue[]
    }
  | { readonly kind: 'invalid'; readonly code: InvalidBlockError['code']; readonly message: string }

/**
 * Besides whole jobs, sessions: one per block, which hold the block decoded and what is known of its parent state. Calls of
 * one session are done in the order they come. A session needs no other worker's: one that dies with its worker is
 * opened again in the next, and only its own runs are done again.
 */
export interface SpeculativeEvmService extends EvmService, CallService {
  /**
   * `session` is the caller's name for it. The job's engine has to be the tuned one.
   * @throws {Error} for a name that is taken, and past the bound on open sessions
   */
  open(session: number, speculation: SpeculationJob, ticket?: JobTicket): Promise<SpeculationOpened>
  learn(session: number, values: readonly LearnedValue[], ticket?: JobTicket): Promise<void>
  /** @param limitMs of the session's own computing: what other jobs take does not count */
  speculate(
    session: number,
    steps: readonly SpeculativeStep[],
    limitMs: number,
    ticket?: JobTicket,
  ): Promise<SpeculationRound>
  /** Runs the block in order on what is known and guessed, and says what that lacks; see `SpeculationSession.rehearse`. */
  rehearse(
    session: number,
    results: readonly TransactionResult[],
    limitMs: number,
    ticket?: JobTicket,
  ): Promise<readonly MissingValue[]>
  /** Executes the block in order; takes results of this session and of others where they hold. */
  executeOpen(
    session: number,
    results: readonly TransactionResult[],
    home: StateHome,
    ticket?: JobTicket,
  ): Promise<ExecutionAnswer>
  /** Cancels what is under way in it, its opening too. Closing what is not open is no error. */
  close(session: number): Promise<void>
}
