/**
 * What a tracer sees of a machine: its messages, as they begin and end. Steps are not told here: who wants those runs the
 * machine on a table of its own, so that a run that nobody watches pays for one look at an absent property per message.
 */
import type { Frame, Outcome } from './frame.ts'

export type MessageType = 'CALL' | 'CALLCODE' | 'DELEGATECALL' | 'STATICCALL' | 'CREATE' | 'CREATE2'

/** A message before anything of it has happened. Addresses are words. */
export interface StartedMessage {
  readonly type: MessageType
  readonly from: bigint
  /** Whose code runs; the new account of a creation. */
  readonly to: bigint
  /** Call data, or the init code. */
  readonly input: Uint8Array
  readonly gas: number
  /** Undefined where a message has no place for it. */
  readonly value: bigint | undefined
  readonly depth: number
}

/** Why a message was never begun; its gas comes back. */
export type Refusal = 'max call depth exceeded' | 'insufficient balance for transfer' | 'nonce uint64 overflow'

export type MessageEnd =
  | { readonly kind: 'done'; readonly outcome: Outcome; readonly gasLeft: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly gasLeft: number }

export interface MachineObserver {
  entered(message: StartedMessage): void
  /** A frame has its outcome and stands where it got it; {@link left} will tell what becomes of the message. */
  halted(frame: Frame): void
  /** Of the message that was entered last and has not been left. */
  left(end: MessageEnd): void
  /** SELFDESTRUCT, with what the account held. */
  destroyed(account: bigint, heir: bigint, balance: bigint): void
}
