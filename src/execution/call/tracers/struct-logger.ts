/** The opcode tracer (execution-apis, "OpcodeTransactionTrace"; geth, eth/tracers/logger): each step with what was before it. */
import { bytesToHex, bytesToUnprefixedHex } from '@ethereumjs/util'
import type { Failure, Frame } from '../../evm/frame.ts'
import type { MachineObserver, MessageEnd, MessageType, StartedMessage } from '../../evm/observer.ts'
import type { MachineTracing } from '../../evm/tuned-evm.ts'
import { wordToBytes32 } from '../../words.ts'
import { steppedTable, type Step } from '../step-table.ts'
import { failureText, opcodeText } from '../vm-error.ts'
import type { OpTable } from '../../evm/operation.ts'
import type { TraceSize } from './trace-size.ts'
import type { Json, TracedTransaction, Tracer } from './tracer.ts'

export interface OpcodeOptions {
  readonly memory: 'told' | 'leftOut'
  readonly stack: 'told' | 'leftOut'
  readonly storage: 'told' | 'leftOut'
  readonly returnData: 'told' | 'leftOut'
  /** Steps; zero for all of them. */
  readonly limit: number
}

export const DEFAULT_OPCODE_OPTIONS: OpcodeOptions = {
  memory: 'leftOut',
  stack: 'told',
  storage: 'told',
  returnData: 'leftOut',
  limit: 0,
}

/** Units of a step's JSON without its stack, memory and storage. */
const STEP_SIZE = 80
/** Of a slot and its value, of a word of memory, and of what stands around a word of the stack. */
const SLOT_SIZE = 140
const MEMORY_WORD_SIZE = 69
const QUOTES = 3

const [SLOAD, SSTORE] = [0x54, 0x55]
const WORD_BYTES = 32
const WORD_DIGITS = 64

export class StructLogger implements Tracer, MachineObserver {
  readonly reads = undefined
  readonly tracing: MachineTracing
  private readonly logs: Json[] = []
  /** What was read and written of each account's storage so far. */
  private readonly storage = new Map<bigint, Map<string, string>>()
  /** What the step in hand began, and what of it has come back already. */
  private begun: { readonly type: MessageType; readonly gas: number } | undefined
  private returned = 0

  constructor(
    private readonly options: OpcodeOptions,
    private readonly table: OpTable,
    private readonly size: TraceSize,
  ) {
    this.tracing = {
      observer: this,
      table: (table) => steppedTable(table, (step, refused) => this.step(step, refused)),
    }
  }

  entered({ type, gas }: StartedMessage): void {
    this.begun = { type, gas }
  }

  left({ gasLeft }: MessageEnd): void {
    this.returned = gasLeft
  }

  halted(): void {}

  destroyed(): void {}

  result({ gasUsed, outcome }: TracedTransaction): Json {
    return {
      gas: Number(gasUsed),
      failed: outcome.kind !== 'success',
      returnValue: outcome.kind === 'failure' ? '0x' : bytesToHex(outcome.output),
      structLogs: this.logs,
    }
  }

  private step(step: Step, refused: Failure | undefined): (() => void) | undefined {
    const { limit } = this.options
    if (limit !== 0 && this.logs.length >= limit) return undefined
    this.size.add(STEP_SIZE)
    const { opcode, pc, gas, frame, machine } = step
    const before = {
      ...{ pc, op: opcodeText(opcode), gas, depth: frame.message.depth + 1 },
      ...(machine.refund !== 0 && { refund: machine.refund }),
      ...this.shown(step),
    }
    const refusal = refused === undefined ? undefined : failureText(refused, frame, this.table)
    const key = frame.stack[frame.height - 1]
    const written = frame.stack[frame.height - 2]
    this.begun = undefined
    this.returned = 0
    return () => {
      const storage = refused === undefined ? this.touched(step, key, written) : undefined
      const error = refusal ?? (isOutOfGas(step) ? 'out of gas' : undefined)
      this.logs.push({
        ...before,
        gasCost: this.cost(step, refused),
        ...(error !== undefined && { error }),
        ...(storage !== undefined && { storage }),
      })
    }
  }

  private shown({ frame }: Step): { [name: string]: Json } {
    const { memory, stack, returnData } = this.options
    return {
      ...(stack === 'told' && { stack: this.stackOf(frame) }),
      ...(memory === 'told' && frame.memory.words > 0 && { memory: this.memoryOf(frame) }),
      ...(returnData === 'told' && frame.returnData.length > 0 && { returnData: this.returnDataOf(frame) }),
    }
  }

  private stackOf({ stack, height }: Frame): string[] {
    const words = stack.slice(0, height).map((word) => `0x${word.toString(16)}`)
    this.size.add(words.reduce((sum, { length }) => sum + length + QUOTES, 0))
    return words
  }

  private memoryOf({ memory: { bytes, words } }: Frame): string[] {
    this.size.add(words * MEMORY_WORD_SIZE)
    return wordsOf(bytes, words)
  }

  private returnDataOf({ returnData }: Frame): string {
    this.size.add(2 * returnData.length)
    return bytesToHex(returnData)
  }

  /** As geth counts it: a call with the gas it passes on, a creation without. Of a step that fails, its static price. */
  private cost({ gas, op, frame }: Step, refused: Failure | undefined): number {
    if (refused !== undefined || frame.outcome?.kind === 'failure') return op.gas
    const passedOn = this.begun?.type === 'CREATE' || this.begun?.type === 'CREATE2' ? this.begun.gas : 0
    return gas - frame.gas - passedOn + this.returned
  }

  private touched({ opcode, frame }: Step, key: bigint | undefined, written: bigint | undefined): Json | undefined {
    if (this.options.storage === 'leftOut' || (opcode !== SLOAD && opcode !== SSTORE)) return undefined
    const account = frame.message.target.key
    const value = opcode === SLOAD ? frame.stack[frame.height - 1] : written
    if (key === undefined || value === undefined) return undefined
    let slots = this.storage.get(account)
    if (slots === undefined) this.storage.set(account, (slots = new Map<string, string>()))
    slots.set(bytesToHex(wordToBytes32(key)), bytesToHex(wordToBytes32(value)))
    this.size.add(slots.size * SLOT_SIZE)
    return Object.fromEntries([...slots].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}

function isOutOfGas({ frame }: Step): boolean {
  return frame.outcome?.kind === 'failure' && frame.outcome.failure === 'out of gas'
}

/** Taken from one text: memory is shown at each step, and a conversion of each of its words takes most of a trace's time. */
function wordsOf(bytes: Uint8Array, words: number): string[] {
  const digits = bytesToUnprefixedHex(bytes.subarray(0, words * WORD_BYTES))
  return Array.from({ length: words }, (_, at) => `0x${digits.slice(at * WORD_DIGITS, (at + 1) * WORD_DIGITS)}`)
}
