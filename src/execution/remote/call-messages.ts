/** A message call that an EVM worker runs on state in another thread. Everything survives `structuredClone`. */
import type { Hash } from '../../chain/bytes.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import type { AccessListResult } from '../call/create-access-list.ts'
import type { CallRequest } from '../call/open-calls.ts'
import type { MissingValue } from '../speculation/missing-values.ts'
import type { LearnedValue } from '../speculation/parent-values.ts'
import type { JobTicket } from './evm-messages.ts'

export interface CallJob {
  readonly method: 'call' | 'estimateGas' | 'createAccessList'
  readonly network: ExecutionNetwork
  /** RLP; the call runs on the state after it. */
  readonly header: Uint8Array
  readonly request: CallRequest
  readonly gasCap: bigint
}

/** The side that owns the state, as a running call sees it. Whatever it throws ends the call. */
export interface CallHome {
  /** What is asked, each with its account, from the state after the job's header. */
  values(missing: readonly MissingValue[]): Promise<readonly LearnedValue[]>
  /** Of an ancestor of the job's header, one of the last 256. */
  blockHash(number: number): Promise<Hash>
}

export type CallAnswer =
  | { readonly kind: 'output'; readonly output: Uint8Array }
  | { readonly kind: 'gas'; readonly gas: bigint }
  | { readonly kind: 'access-list'; readonly list: AccessListResult }
  /** As JSON-RPC has it: a revert, a failure, a message that no block could take. */
  | { readonly kind: 'failed'; readonly code: number; readonly message: string; readonly data: string | undefined }

export interface CallService {
  /** Past the bounds on trips, values and time it has failed. @throws what `home` throws */
  call(job: CallJob, home: CallHome, ticket?: JobTicket): Promise<CallAnswer>
}
