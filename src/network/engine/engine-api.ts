/** The Engine API of an execution client: JSON-RPC over HTTP with a token (execution-apis, `engine/`). */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash } from '../../chain/bytes.ts'
import type { ForkName } from '../../chain/network.ts'
import type { CarriedPayload } from '../../consensus/containers/execution-payload.ts'
import { boundedSignal, DeadlineError, untilAborted } from '../http/bounded-signal.ts'
import { oneLine } from '../http/one-line.ts'
import { readBody } from '../http/read-body.ts'
import { parseServerUrl, type ServerUrl } from '../http/server-url.ts'
import type { HttpTransport } from '../http/transport.ts'
import { ANSWER_MAX, EXECUTION_TIMEOUT_MS, LOOKUP_TIMEOUT_MS, SAID_MAX } from './constants.ts'
import { EngineError, METHOD_NOT_FOUND, type EngineFault } from './engine-error.ts'
import { engineToken } from './engine-token.ts'
import { ENGINE_METHODS, engineVersions } from './engine-versions.ts'
import { newPayloadParameters } from './payload-json.ts'
import { readHash, readPayloadStatus, type PayloadStatus } from './payload-status.ts'

export interface EngineApiOptions {
  readonly url: string
  /** 32 bytes that the execution client knows too. */
  readonly secret: Uint8Array
  readonly transport: HttpTransport
  /** Ends every call for good. */
  readonly signal: AbortSignal
}

/** ForkchoiceStateV1. Safe and finalized are 32 zero bytes while not known. */
export interface ForkchoiceState {
  readonly head: Hash
  readonly safe: Hash
  readonly finalized: Hash
}

/** Of a block that the execution client has. */
export interface KnownBlock {
  readonly number: number
  readonly parentHash: Hash
}

/**
 * One call is one request: nothing is tried again here. Calls that change something are for the caller to make one
 * after another, since execution clients take them in the order in which they come.
 *
 * Every method throws {@link EngineError}.
 */
export class EngineApi {
  readonly #url: ServerUrl
  readonly #options: EngineApiOptions
  #lastId = 0

  /** @throws {ServerUrlError} */
  constructor(options: EngineApiOptions) {
    this.#options = options
    this.#url = parseServerUrl(options.url)
  }

  /** For people and logs. */
  get name(): string {
    return this.#url.name
  }

  /** Methods of the Engine API that it has, with their versions. */
  async exchangeCapabilities(): Promise<readonly string[]> {
    const method = 'engine_exchangeCapabilities'
    const result = await this.#call(method, [ENGINE_METHODS], LOOKUP_TIMEOUT_MS)
    const isList = Array.isArray(result) && result.every((name) => typeof name === 'string')
    return isList ? result : this.#malformed(method, result)
  }

  /**
   * Has the payload executed, by the method of its fork.
   * @throws {PayloadFormError}
   * @throws {BlobTransactionError}
   */
  async newPayload(carried: CarriedPayload, fork: ForkName): Promise<PayloadStatus> {
    const version = engineVersions(fork).newPayload
    const method = `engine_newPayloadV${version}`
    const result = await this.#execute(method, newPayloadParameters(carried, version))
    return readPayloadStatus(result) ?? this.#malformed(method, result)
  }

  /**
   * Makes a block the head; what comes back is said of it.
   * @param fork of the head
   */
  async forkchoiceUpdated({ head, safe, finalized }: ForkchoiceState, fork: ForkName): Promise<PayloadStatus> {
    const method = `engine_forkchoiceUpdatedV${engineVersions(fork).forkchoiceUpdated}`
    const state = {
      headBlockHash: bytesToHex(head),
      safeBlockHash: bytesToHex(safe),
      finalizedBlockHash: bytesToHex(finalized),
    }
    // Null: we ask for no block to be built. The third parameter of V4 (custody columns, which we do not keep either) is
    // left out: several clients take two only, and none wants it.
    const result = await this.#execute(method, [state, null])
    const { payloadStatus } = (result ?? {}) as { readonly payloadStatus?: unknown }
    return readPayloadStatus(payloadStatus) ?? this.#malformed(method, result)
  }

  /** Number of its head. */
  async blockNumber(): Promise<number> {
    const method = 'eth_blockNumber'
    const result = await this.#call(method, [], LOOKUP_TIMEOUT_MS)
    return readQuantity(result) ?? this.#malformed(method, result)
  }

  /** Undefined where it has no such block. One that it has may still wait for its execution. */
  async block(hash: Hash): Promise<KnownBlock | undefined> {
    const method = 'eth_getBlockByHash'
    const result = await this.#call(method, [bytesToHex(hash), false], LOOKUP_TIMEOUT_MS)
    if (result === null) return undefined
    const block = (typeof result === 'object' ? result : {}) as Readonly<Record<string, unknown>>
    const [number, parentHash] = [readQuantity(block['number']), readHash(block['parentHash'])]
    if (number === undefined || parentHash === undefined) return this.#malformed(method, result)
    return { number, parentHash }
  }

  async #execute(method: string, params: readonly unknown[]): Promise<unknown> {
    try {
      return await this.#call(method, params, EXECUTION_TIMEOUT_MS)
    } catch (error) {
      if (!isMissing(error)) throw error
      const offered = await this.exchangeCapabilities().catch(() => [])
      const alike = offered.filter((name) => name.startsWith(method.replace(/\d+$/, '')))
      const has = alike.length === 0 ? 'nor another version of it' : `it has ${alike.join(', ')}`
      throw this.#error(
        method,
        { code: 'outdated' },
        `it does not have this method, ${has}; the fork asks for it, so update it`,
        {
          cause: error,
        },
      )
    }
  }

  async #call(method: string, params: readonly unknown[], timeoutMs: number): Promise<unknown> {
    const { secret, transport, signal } = this.#options
    this.#lastId += 1
    const id = this.#lastId
    const bounded = boundedSignal(signal, transport.clock, timeoutMs)
    try {
      const init: RequestInit = {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          authorization: `Bearer ${engineToken(secret, transport.clock.now() / 1_000)}`,
        },
        body: JSON.stringify({ jsonrpc: '2.0', id, method, params }),
        redirect: 'manual',
        signal: bounded.signal,
      }
      const response = await untilAborted(transport.fetch(this.#url.route('/'), init), bounded.signal)
      const body = await readBody(response.body, ANSWER_MAX, bounded.signal)
      if (body.kind === 'tooLong') {
        throw this.#error(method, { code: 'malformed' }, `the answer goes on after ${ANSWER_MAX} bytes`)
      }
      return this.#result(method, id, response.status, new TextDecoder().decode(body.bytes))
    } catch (error) {
      if (error instanceof EngineError) throw error
      throw this.#error(method, { code: 'unreachable' }, this.#whyNoAnswer(error), { cause: error })
    } finally {
      bounded.end()
    }
  }

  #result(method: string, id: number, status: number, text: string): unknown {
    const said = oneLine(text, SAID_MAX)
    if (status === 401 || status === 403) {
      const why = `HTTP ${status}: ${said}; give the secret that it was started with, and compare the clocks`
      throw this.#error(method, { code: 'unauthorized' }, why)
    }
    const answer = parseObject(text)
    if (answer === undefined || answer['id'] !== id) {
      const fault = status === 200 ? 'malformed' : 'unreachable'
      throw this.#error(method, { code: fault }, `HTTP ${status}, and no answer to it: ${said}`)
    }
    const { error, result } = answer
    if (typeof error === 'object' && error !== null) throw this.#refusal(method, error)
    return result
  }

  #refusal(method: string, error: object): EngineError {
    const { code, message } = error as { readonly code?: unknown; readonly message?: unknown }
    const rpcCode = typeof code === 'number' ? code : 0
    const words = typeof message === 'string' ? oneLine(message, SAID_MAX) : 'no reason given'
    return this.#error(method, { code: 'refused', rpcCode }, `error ${rpcCode}: ${words}`)
  }

  #whyNoAnswer(error: unknown): string {
    if (error instanceof DeadlineError) return error.message
    if (this.#options.signal.aborted) return 'given up'
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    const { code } = cause as { readonly code?: unknown }
    const words = cause instanceof Error && cause.message !== '' ? cause.message : String(code ?? cause)
    return `no connection: ${oneLine(words, SAID_MAX)}`
  }

  #malformed(method: string, result: unknown): never {
    const came = oneLine(JSON.stringify(result) ?? 'nothing', SAID_MAX)
    throw this.#error(method, { code: 'malformed' }, `its result has another form: ${came}`)
  }

  #error(method: string, fault: EngineFault, detail: string, options?: ErrorOptions): EngineError {
    return new EngineError(fault, `${this.name}: ${method}: ${this.#url.redact(detail)}`, options)
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof EngineError && error.fault.code === 'refused' && error.fault.rpcCode === METHOD_NOT_FOUND

/** Undefined for anything but a JSON object. */
function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(text)
    return typeof json === 'object' && json !== null ? (json as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

/** Undefined for anything but a QUANTITY that JavaScript holds exactly. */
function readQuantity(json: unknown): number | undefined {
  const value = typeof json === 'string' && /^0x[0-9a-f]{1,14}$/i.test(json) ? Number(json) : Number.NaN
  return Number.isSafeInteger(value) ? value : undefined
}
