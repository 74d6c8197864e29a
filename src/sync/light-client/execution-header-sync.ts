/** Fetches the execution headers that light-client headers of Gloas name by their hash alone, from anybody who has them. */
import { bytesToHex } from '@ethereumjs/util'
import type { Clock } from '../../chain/clock.ts'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { dropOldest } from '../../chain/drop-oldest.ts'
import type { LightClientHeader } from '../../consensus/containers/light-client-objects.ts'
import { executionHeaderFromRlp, HeaderHashError } from '../../execution/block/payload-header.ts'
import { BlockEncodingError, type RawHeader } from '../../execution/block/raw-block.ts'
import type { Environment } from '../environment.ts'
import { Inquiries } from '../inquiries.ts'
import type { Module, ModuleEvent, SentResponse } from '../module.ts'
import { Signal } from '../signal.ts'
import type { BeaconBlockSync } from './beacon-block-sync.ts'
import type { LightClientState } from './light-client-state.ts'

export interface ExecutionHeaderSyncOptions {
  readonly state: LightClientState
  readonly clock: Clock
  readonly keccak: Keccak
  /** A payload has its header. */
  readonly payloads: Pick<BeaconBlockSync, 'executionHeader' | 'payloadsChanged'>
}

/** Headers kept: those of the heads and the finalized blocks of the last epoch or two. */
export const MAX_EXECUTION_HEADERS = 64

/** Always: each header it holds has the hash that it is held by. */
export class ExecutionHeaderSync implements Module {
  readonly name = 'execution header sync'
  readonly triggers: readonly Signal[]
  /** There is another header to be had. */
  readonly executionHeadersChanged = new Signal('execution headers')
  readonly #options: ExecutionHeaderSyncOptions
  readonly #inquiries: Inquiries
  readonly #headers = new Map<string, RawHeader>()

  constructor(options: ExecutionHeaderSyncOptions) {
    this.#options = options
    this.#inquiries = new Inquiries(options.clock)
    this.triggers = [options.state.headsChanged, options.payloads.payloadsChanged, this.#inquiries.again]
  }

  /**
   * The header of an execution block, if it is one of the newest fetched: as true as the hash is.
   * @param blockHash from a proven header
   */
  header(blockHash: Hash): RawHeader | undefined {
    return this.#headers.get(bytesToHex(blockHash)) ?? this.#options.payloads.executionHeader(blockHash)
  }

  /** Leaves no timer. */
  close(): void {
    this.#inquiries.close()
  }

  process(environment: Environment, events: readonly ModuleEvent[]): void {
    for (const event of events) {
      this.#inquiries.hear(event)
      if (event.kind === 'response' && event.of === 'executionHeader') this.#take(environment, event)
    }
    const { optimistic, finality } = this.#options.state
    this.#want(environment, optimistic?.head.attestedHeader)
    this.#want(environment, finality?.head.finalizedHeader)
  }

  /** Up to Fulu a light-client header has all that its execution header is asked for. */
  #want(environment: Environment, header: LightClientHeader | undefined): void {
    if (header?.execution?.kind !== 'blockHash') return
    const { blockHash } = header.execution
    const key = bytesToHex(blockHash)
    if (this.#headers.has(key)) return
    const held = this.#options.payloads.executionHeader(blockHash)
    if (held !== undefined) return this.#put(key, held)
    this.#inquiries.ask(environment, 'executionHeader', { blockHash }, key)
  }

  #take(environment: Environment, { server, request, response }: SentResponse<'executionHeader'>): void {
    const key = bytesToHex(request.blockHash)
    try {
      const header = executionHeaderFromRlp(response, request.blockHash, this.#options.keccak)
      environment.reportProven(server)
      this.#put(key, header)
    } catch (error) {
      if (!(error instanceof HeaderHashError || error instanceof BlockEncodingError)) throw error
      this.#inquiries.refuse(key, server)
      environment.reportFalse(server, error)
    }
  }

  #put(key: string, header: RawHeader): void {
    this.#headers.set(key, header)
    dropOldest(this.#headers, MAX_EXECUTION_HEADERS)
    this.executionHeadersChanged.fire()
  }
}
