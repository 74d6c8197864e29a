/** One message call or contract creation in progress. */
import type { AccountEntry } from '../state/account-entry.ts'
import type { CodeAnalysis } from './code-analysis.ts'
import { Memory } from './memory.ts'

/** Why a frame failed; each of them consumes all of its gas. */
export type Failure =
  | 'out of gas'
  | 'stack underflow'
  | 'stack overflow'
  | 'invalid opcode'
  | 'invalid jump'
  | 'static state change'
  | 'return data out of bounds'
  | 'initcode too large'
  | 'address collision'
  | 'code too large'
  | 'code starts with 0xef'
  | 'value overflow'
  | 'precompile failed'

export type Outcome =
  | { readonly kind: 'success'; readonly output: Uint8Array }
  | { readonly kind: 'revert'; readonly output: Uint8Array }
  | { readonly kind: 'failure'; readonly failure: Failure }

export interface Message {
  readonly kind: 'call' | 'create'
  /** Whose storage, balance and address this runs as. */
  readonly target: AccountEntry
  readonly caller: bigint
  readonly value: bigint
  readonly data: Uint8Array
  readonly gas: number
  readonly access: 'write' | 'static'
  readonly depth: number
  /** Where the caller wants a call's output in its memory; has been paid and grown. */
  readonly outputOffset: number
  readonly outputLength: number
  /** State gas that the caller has paid for an account that the message makes; it comes back with a failure (EIP-8037). */
  readonly stateGas: number
  /** State gas that has been taken out of the message's own gas before it began; a revert gives it back. */
  readonly spilled: number
}

export type PrecompileResult =
  { readonly kind: 'success'; readonly gas: number; readonly output: Uint8Array } | { readonly kind: 'failure' }

/** What a failed frame takes back besides the state: positions in the machine's growing lists. */
export interface Snapshot {
  readonly logs: number
  readonly destroyed: number
  readonly created: number
  readonly refund: number
  readonly reservoir: number
  readonly stateGasUsed: number
}

export class Frame {
  pc = 0
  /** Below zero only while a call runs on gas that its caller has spent on state already; see `ops/calls.ts`. */
  gas: number
  /** State gas that this frame, and the calls it made, have taken out of {@link gas} (EIP-8037). */
  spilled = 0
  readonly stack: bigint[] = []
  /** Items on the stack; `stack` keeps stale ones above it. */
  height = 0
  readonly memory = new Memory()
  /** RETURNDATA of the last call made. */
  returnData: Uint8Array = new Uint8Array(0)
  outcome: Outcome | undefined
  /** Result of a precompile that had to wait for its library, kept for the call that is about to run again. */
  precompiled: PrecompileResult | undefined

  constructor(
    readonly message: Message,
    readonly analysis: CodeAnalysis,
    readonly parent: Frame | undefined,
    readonly snapshot: Snapshot,
  ) {
    this.gas = message.gas
  }

  /** Adds a result; whoever calls has popped at least one item or had its height checked. */
  push(value: bigint): void {
    this.stack[this.height++] = value
  }
}
