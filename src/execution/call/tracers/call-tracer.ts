/** geth's callTracer (eth/tracers/native): the messages of a transaction, nested. */
import { bytesToHex } from '@ethereumjs/util'
import { presentMembers } from '../../../chain/present-members.ts'
import type { Frame } from '../../evm/frame.ts'
import type { MachineObserver, MessageEnd, StartedMessage } from '../../evm/observer.ts'
import type { OpTable } from '../../evm/operation.ts'
import type { MachineTracing } from '../../evm/tuned-evm.ts'
import { wordToAddress } from '../../words.ts'
import { endText } from '../failure-words.ts'
import { revertReason } from '../revert-reason.ts'
import { LOG_OPCODES, steppedTable } from '../step-table.ts'
import type { TraceSize } from './trace-size.ts'
import type { Json, TracedTransaction, Tracer } from './tracer.ts'

export interface CallOptions {
  readonly calls: 'all' | 'topOnly'
  readonly logs: 'told' | 'leftOut'
}

/** Units of a call's JSON without its input and output; of a log's without its topics and data. */
const CALL_SIZE = 256
const LOG_SIZE = 128

interface CallFrame {
  readonly type: StartedMessage['type'] | 'SELFDESTRUCT'
  readonly from: bigint
  to: bigint | undefined
  readonly gas: number
  gasUsed: number
  readonly input: Uint8Array
  readonly value: bigint | undefined
  output: Uint8Array
  error: string
  readonly calls: CallFrame[]
  logs: Json[]
}

export class CallTracer implements Tracer, MachineObserver {
  readonly reads = undefined
  readonly tracing: MachineTracing
  private readonly open: CallFrame[] = []
  private root: CallFrame | undefined
  private halting: Frame | undefined

  constructor(
    private readonly options: CallOptions,
    private readonly table: OpTable,
    private readonly size: TraceSize,
  ) {
    this.tracing = {
      observer: this,
      table: (operations) => (options.logs === 'told' ? this.listening(operations) : operations),
    }
  }

  entered({ type, from, to, gas, input, value }: StartedMessage): void {
    this.halting = undefined
    // What is not shown is only followed, so that its end is told from others'.
    const { isShown } = this
    if (isShown) this.size.add(CALL_SIZE + 2 * input.length)
    const call = {
      type,
      from,
      to,
      gas,
      gasUsed: 0,
      input: isShown ? input.slice() : NOTHING,
      value,
      output: NOTHING,
      error: '',
      calls: [],
      logs: [],
    }
    this.add(call)
    this.open.push(call)
  }

  halted(frame: Frame): void {
    this.halting = frame
  }

  left(end: MessageEnd): void {
    const call = this.open.pop()!
    call.gasUsed = call.gas - end.gasLeft
    call.error = endText(end, this.halting, this.table)
    this.halting = undefined
    if (end.kind === 'done' && end.outcome.kind !== 'failure') {
      call.output = end.outcome.output
      if (this.isShown) this.size.add(2 * call.output.length)
    }
    if (call.error !== '' && (call.type === 'CREATE' || call.type === 'CREATE2')) call.to = undefined
  }

  destroyed(account: bigint, heir: bigint, value: bigint): void {
    this.size.add(CALL_SIZE)
    const nothing = { gas: 0, gasUsed: 0, input: NOTHING, output: NOTHING, error: '', calls: [], logs: [] }
    this.add({ type: 'SELFDESTRUCT', from: account, to: heir, value, ...nothing })
  }

  result({ gasLimit, gasUsed }: TracedTransaction): Json {
    if (this.root === undefined) throw new Error('no message was traced')
    return this.shown({ ...this.root, gas: Number(gasLimit), gasUsed: Number(gasUsed) }, 'came through')
  }

  /** Whether the call that begins or has ended is. */
  private get isShown(): boolean {
    return this.open.length === 0 || this.options.calls === 'all'
  }

  private add(call: CallFrame): void {
    const parent = this.open.at(-1)
    if (parent === undefined) this.root = call
    else if (this.options.calls === 'all') parent.calls.push(call)
  }

  private listening(table: OpTable): OpTable {
    return steppedTable(
      table,
      ({ machine }) => {
        const before = machine.logs.length
        return () => {
          const log = machine.logs[before]
          const call = this.open.at(-1)
          if (log === undefined || call === undefined || (this.options.calls === 'topOnly' && this.open.length > 1))
            return
          const [emitter, topics, data] = log
          this.size.add(LOG_SIZE + 69 * topics.length + 2 * data.length)
          const position = `0x${call.calls.length.toString(16)}`
          call.logs.push({
            address: bytesToHex(emitter),
            topics: topics.map((topic) => bytesToHex(topic)),
            data: bytesToHex(data),
            position,
          })
        }
      },
      LOG_OPCODES,
    )
  }

  /** What fails takes its logs with it, and those of all it called. */
  private shown(call: CallFrame, parent: 'failed' | 'came through'): Json {
    const { type, from, to, gas, gasUsed, input, value, output, error, calls, logs } = call
    const status = parent === 'failed' || error !== '' ? 'failed' : 'came through'
    const reason = error === 'execution reverted' ? revertReason(output) : undefined
    return presentMembers<Json>({
      from: shownWord(from),
      gas: quantity(gas),
      gasUsed: quantity(gasUsed),
      to: to === undefined ? undefined : shownWord(to),
      input: bytesToHex(input),
      output: output.length === 0 ? undefined : bytesToHex(output),
      error: error === '' ? undefined : error,
      revertReason: reason,
      calls: calls.length === 0 ? undefined : calls.map((inner) => this.shown(inner, status)),
      logs: logs.length === 0 || status === 'failed' ? undefined : logs,
      value: value === undefined ? undefined : `0x${value.toString(16)}`,
      type,
    })
  }
}

const NOTHING = new Uint8Array(0)

const quantity = (value: number): string => `0x${value.toString(16)}`
const shownWord = (word: bigint): string => bytesToHex(wordToAddress(word))
