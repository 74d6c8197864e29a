/** A message call that an EVM worker runs on state in another thread. Everything survives `structuredClone`. */
import type { Hash } from '../../chain/bytes.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import type { StateWrites } from '../../state/state-writes.ts'
import type { AccessListResult } from '../call/create-access-list.ts'
import type { FeeAdvice, FilledTransaction } from '../call/fill-transaction.ts'
import type { CallRequest } from '../call/open-calls.ts'
import type { SimulationRequest } from '../call/simulate/simulate-json.ts'
import type { TraceConfig } from '../call/tracers/trace-config.ts'
import type { Json } from '../call/tracers/tracer.ts'
import type { TransactionCall } from '../call/transaction-call.ts'
import type { MissingValue } from '../speculation/missing-values.ts'
import type { LearnedValue } from '../speculation/parent-values.ts'
import type { JobTicket } from './evm-messages.ts'

/** What is to be done on a block's state. */
export type CallWork =
  | { readonly method: 'call' | 'estimateGas' | 'createAccessList'; readonly request: CallRequest }
  | { readonly method: 'fillTransaction'; readonly call: TransactionCall; readonly advice: FeeAdvice }
  | { readonly method: 'simulate'; readonly request: SimulationRequest }
  | TracedCall
  | TracedCallWithin
  | TracedBlock

export interface TracedCall {
  readonly method: 'traceCall'
  readonly request: CallRequest
  readonly config: TraceConfig
  /** Of computing. */
  readonly limitMs: number
}

/** The block that follows on the state. */
export interface FollowingBlock {
  /** RLP; proven by its header. */
  readonly block: Uint8Array
  readonly position: { readonly number: number; readonly timestamp: number; readonly difficulty: bigint }
}

/** A call on the state between two of the block's transactions, which sees that block as the one it is in. */
export interface TracedCallWithin extends Omit<TracedCall, 'method'>, FollowingBlock {
  readonly method: 'traceCallWithin'
  /** Transactions of the block that are run before it. */
  readonly after: number
}

export interface TracedBlock extends FollowingBlock {
  readonly method: 'traceBlock'
  /** Which of its transactions are wanted: those before one are run all the same. */
  readonly transaction: number | 'all'
  readonly config: TraceConfig
  /** Of computing. */
  readonly limitMs: number
}

export type CallJob = CallWork & {
  readonly network: ExecutionNetwork
  /** RLP; the work is done on the state after it. */
  readonly header: Uint8Array
  readonly gasCap: bigint
  /** Values of that state that it will probably read. Default: none. */
  readonly known?: readonly LearnedValue[]
}

/**
 * Which of the values that are asked for has to come, or the call fails. A run on guesses may ask for more than it will need,
 * and for what only a whole state holds; of what it lacks, nothing was guessed before the first.
 */
export type Needed = 'first' | 'none'

/** The side that owns the state, as a running call sees it. Whatever it throws ends the call. */
export interface CallHome {
  /** What is asked, each with its account, from the state after the job's header; what cannot be had is left out. */
  values(missing: readonly MissingValue[], needed: Needed): Promise<readonly LearnedValue[]>
  /** Of an ancestor of the job's header, one of the last 256. */
  blockHash(number: number): Promise<Hash>
  /**
   * The root once these writes are applied to the state, on top of `earlier` sets of writes that were handed over before;
   * with none, on the state as it is. One simulation at a time.
   */
  stateRoot(writes: StateWrites, earlier: number): Promise<Hash>
}

export type CallAnswer =
  | { readonly kind: 'output'; readonly output: Uint8Array }
  | { readonly kind: 'gas'; readonly gas: bigint }
  | { readonly kind: 'access-list'; readonly list: AccessListResult }
  | { readonly kind: 'filled'; readonly transaction: FilledTransaction }
  /** Of simulations and traces, as they are shown. */
  | { readonly kind: 'json'; readonly json: Json }
  /** As JSON-RPC has it: a revert, a failure, a message that no block could take, more than there may be. */
  | { readonly kind: 'failed'; readonly code: number; readonly message: string; readonly data: string | undefined }

export interface CallService {
  /** Past the bounds on trips, values, time and size it has failed. @throws what `home` throws */
  call(job: CallJob, home: CallHome, ticket?: JobTicket): Promise<CallAnswer>
}
