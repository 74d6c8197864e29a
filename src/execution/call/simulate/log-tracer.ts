/**
 * Logs of simulated calls, with pseudo-logs of ether that moves where they are wanted: those of ERC-20's Transfer event, from an
 * address that is nobody's (execution-apis, eth_simulateV1: `traceTransfers`). Logs keep the number they were given when they were
 * made, also where others made before them were taken back: geth counts like that.
 */
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import type { Log } from '../../evm/environment.ts'
import type { MachineObserver, MessageEnd, StartedMessage } from '../../evm/observer.ts'
import type { OpTable } from '../../evm/operation.ts'
import type { MachineTracing } from '../../evm/tuned-evm.ts'
import { wordToBytes32 } from '../../words.ts'
import { LOG_OPCODES, steppedTable } from '../step-table.ts'
import type { Json } from '../tracers/tracer.ts'

const EMITTER = hexToBytes('0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee')
/** keccak256 of Transfer(address,address,uint256). */
const TRANSFER = hexToBytes('0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef')

export interface NumberedLog {
  readonly log: Log
  /** In the block. */
  readonly index: number
}

/** For the calls of one block, one after the other. */
export class LogTracer implements MachineObserver {
  readonly tracing: MachineTracing
  private open: NumberedLog[][] = [[]]
  private count = 0

  constructor(private readonly transfers: 'told' | 'leftOut') {
    this.tracing = { observer: this, table: (table) => this.listening(table) }
  }

  /** Of the call that has ended. */
  take(): readonly NumberedLog[] {
    const [logs = []] = this.open
    this.open = [[]]
    return logs
  }

  entered({ type, from, to, value = 0n }: StartedMessage): void {
    this.open.push([])
    if (type !== 'DELEGATECALL') this.transfer(from, to, value)
  }

  left(end: MessageEnd): void {
    const logs = this.open.pop()!
    if (end.kind === 'done' && end.outcome.kind === 'success') this.open.at(-1)!.push(...logs)
  }

  halted(): void {}

  destroyed(account: bigint, heir: bigint, balance: bigint): void {
    this.transfer(account, heir, balance)
  }

  private transfer(from: bigint, to: bigint, value: bigint): void {
    if (this.transfers === 'leftOut' || value === 0n) return
    this.add([EMITTER, [TRANSFER, wordToBytes32(from), wordToBytes32(to)], wordToBytes32(value)])
  }

  private add(log: Log): void {
    this.open.at(-1)!.push({ log, index: this.count++ })
  }

  private listening(table: OpTable): OpTable {
    return steppedTable(
      table,
      ({ machine }) => {
        const before = machine.logs.length
        return () => {
          const log = machine.logs[before]
          if (log !== undefined) this.add(log)
        }
      },
      LOG_OPCODES,
    )
  }
}

export interface LogPlace {
  readonly blockHash: Uint8Array
  readonly blockNumber: bigint
  readonly blockTimestamp: bigint
  readonly transactionHash: Uint8Array
  readonly transactionIndex: number
}

export function logJson({ log: [address, topics, data], index }: NumberedLog, place: LogPlace): Json {
  const quantity = (value: bigint | number): string => `0x${value.toString(16)}`
  return {
    address: bytesToHex(address),
    topics: topics.map((topic) => bytesToHex(topic)),
    data: bytesToHex(data),
    blockNumber: quantity(place.blockNumber),
    blockTimestamp: quantity(place.blockTimestamp),
    blockHash: bytesToHex(place.blockHash),
    transactionHash: bytesToHex(place.transactionHash),
    transactionIndex: quantity(place.transactionIndex),
    logIndex: quantity(index),
    removed: false,
  }
}
