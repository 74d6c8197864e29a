/** What watches one transaction, and what it makes of it in the end. */
import type { Outcome } from '../../evm/frame.ts'
import type { MachineObserver } from '../../evm/observer.ts'
import type { MachineTracing } from '../../evm/tuned-evm.ts'
import type { FlatState } from '../../state/flat-state.ts'
import type { StateReads } from '../../state/state-reads.ts'

/** JSON as answers have it: no member is undefined. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

export interface TracedTransaction {
  readonly gasLimit: bigint
  /** What is paid for. */
  readonly gasUsed: bigint
  readonly outcome: Outcome
}

export interface Tracer {
  /** For runs on the machine; undefined where only reads are looked at. */
  readonly tracing: MachineTracing | undefined
  /** Told of what is read of the state; undefined where nobody listens. */
  readonly reads: StateReads | undefined
  /** After the transaction, on the state it left. */
  result(transaction: TracedTransaction, state: FlatState): Json | Promise<Json>
}

export const NOBODY: MachineObserver = { entered: nothing, halted: nothing, left: nothing, destroyed: nothing }

function nothing(): void {}
