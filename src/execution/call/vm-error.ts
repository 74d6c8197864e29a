/** Why a frame failed, in geth's words (core/vm/errors.go), which dapps and tools look for. */
import { OPCODE_NAMES } from './opcode-names.ts'
import type { Failure, Frame } from '../evm/frame.ts'
import type { Refusal } from '../evm/observer.ts'
import type { OpTable } from '../evm/operation.ts'

/** Yellow Paper: the stack holds 1,024 words. */
const STACK_LIMIT = 1024

export type FrameFailure = Failure | Refusal | 'code store out of gas'

/** @param frame where it happened, as it stands; undefined where no frame was run */
export function failureText(failure: FrameFailure, frame: Frame | undefined, table: OpTable): string {
  if (failure !== 'stack underflow' && failure !== 'stack overflow' && failure !== 'invalid opcode')
    return TEXTS[failure]
  if (frame === undefined) return failure
  switch (failure) {
    case 'stack underflow':
      return `stack underflow (${frame.height} <=> ${opAt(frame, table).inputs})`
    case 'stack overflow':
      return `stack limit reached ${frame.height} (${STACK_LIMIT - 1})`
    case 'invalid opcode':
      // The operation has been stepped over when it ran.
      return `invalid opcode: ${opcodeText(frame.analysis.code[frame.pc - 1] ?? 0)}`
  }
}

export function opcodeText(opcode: number): string {
  return OPCODE_NAMES.get(opcode) ?? `opcode 0x${opcode.toString(16)} not defined`
}

/** Those that need no details. */
const TEXTS: Readonly<Record<Exclude<FrameFailure, 'stack underflow' | 'stack overflow' | 'invalid opcode'>, string>> =
  {
    'out of gas': 'out of gas',
    'invalid jump': 'invalid jump destination',
    'static state change': 'write protection',
    'return data out of bounds': 'return data out of bounds',
    'initcode too large': 'max initcode size exceeded',
    'address collision': 'contract address collision',
    'code too large': 'max code size exceeded',
    'code starts with 0xef': 'invalid code: must not begin with 0xef',
    'value overflow': 'balance overflow',
    'precompile failed': 'precompiled contract failed',
    'code store out of gas': 'contract creation code storage out of gas',
    'max call depth exceeded': 'max call depth exceeded',
    'insufficient balance for transfer': 'insufficient balance for transfer',
    'nonce uint64 overflow': 'nonce uint64 overflow',
  }

function opAt(frame: Frame, table: OpTable) {
  return table[frame.analysis.code[frame.pc] ?? 0]!
}
