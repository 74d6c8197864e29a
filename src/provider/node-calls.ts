/**
 * Requests on their way to the node and back. Each is settled once: by its answer, its signal, a time that is over, or the
 * end of the connection; and then nothing is left of it here: no timer, no listener, no entry.
 */
import type { Clock } from '../chain/clock.ts'
import type { Json } from '../network/json-rpc/json.ts'
import type { JsonParams, SessionCall, SessionNews } from '../rpc/session-messages.ts'
import type { Connection } from './connection.ts'
import { aborted, onAbort } from './endings.ts'
import { needsHead } from './levels.ts'
import { CODES, errorOfNode, ProviderRpcError } from './provider-rpc-error.ts'
import type { VerifiedAnswer } from './public-types.ts'

export interface NodeRequest {
  readonly method: string
  readonly params: JsonParams | undefined
  readonly allowUnverified: boolean
  readonly signal?: AbortSignal | undefined
  /** Told at once, before any later news of the node: what a promise resolves with is heard only after those. */
  readonly onResult?: (result: Json) => void
}

/** What has waited so long for its answer gets none: the node bounds its own work below this, so the answer was lost. */
export const ANSWER_LIMIT_MS = 600_000

interface Pending {
  readonly request: NodeRequest
  stage: 'waiting' | 'sent'
  /** Ends the wait of its stage. */
  stopTimer: () => void
  readonly resolve: (answer: VerifiedAnswer) => void
  readonly reject: (error: ProviderRpcError) => void
  readonly forgetSignal: () => void
}

export interface NodeCallsOptions {
  readonly send: (call: SessionCall) => void
  readonly clock: Clock
  readonly connection: () => Connection
  readonly headWaitMs: number
  readonly describeSync: () => string
}

export class NodeCalls {
  private readonly pending = new Map<number, Pending>()
  private lastId = 0

  constructor(private readonly options: NodeCallsOptions) {}

  /** @throws {ProviderRpcError} (rejects) */
  ask(request: NodeRequest): Promise<VerifiedAnswer> {
    return new Promise((resolve, reject) => {
      const connection = this.options.connection()
      if (connection.kind === 'closed') return reject(disconnected(request.method, connection.reason))
      const isHeadNeeded = needsHead(request.method)
      if (connection.kind === 'stale' && isHeadNeeded) return reject(disconnected(request.method, connection.reason))
      const id = ++this.lastId
      const forgetSignal = onAbort(request.signal, () => this.abort(id))
      const entry: Pending = { request, stage: 'waiting', stopTimer: nothing, resolve, reject, forgetSignal }
      this.pending.set(id, entry)
      if (request.signal?.aborted === true) this.abort(id)
      else if (connection.kind === 'waiting' && isHeadNeeded) this.waitForHead(id, entry)
      else this.send(id, entry)
    })
  }

  /** There is a head: what waited for one goes out, in the order it came. */
  sendWaiting(): void {
    for (const [id, entry] of this.pending) if (entry.stage === 'waiting') this.send(id, entry)
  }

  /** An answer to nothing that is asked, such as one that was aborted, is of no use. */
  answer(news: Extract<SessionNews, { kind: 'result' | 'error' }>): void {
    const { id } = news
    if (news.kind === 'error') return this.fail(id, errorOfNode(news.error))
    const { result, verification } = news
    const entry = this.take(id)
    entry?.request.onResult?.(result)
    entry?.resolve({ result, verification })
  }

  /** The connection has ended. */
  end(reason: string): void {
    for (const [id, { request }] of this.pending) this.fail(id, disconnected(request.method, reason))
  }

  private waitForHead(id: number, entry: Pending): void {
    const { clock, headWaitMs } = this.options
    entry.stopTimer = clock.after(headWaitMs, () => this.fail(id, this.noHead(entry.request.method)))
  }

  private noHead(method: string): ProviderRpcError {
    const { headWaitMs, describeSync, connection } = this.options
    const state = connection()
    const reason = state.kind === 'waiting' ? state.reason : undefined
    const doing = [textOf(describeSync), reason].filter((part) => part !== undefined && part !== '').join('; ')
    const text = `${method} has waited ${headWaitMs / 1000} s for the first head: ${doing}. Ask again, or wait for 'connect'`
    return new ProviderRpcError(CODES.disconnected, text)
  }

  private send(id: number, entry: Pending): void {
    const { request } = entry
    entry.stopTimer()
    entry.stage = 'sent'
    entry.stopTimer = this.options.clock.after(ANSWER_LIMIT_MS, () => this.giveUp(id, request.method))
    const { method, params, allowUnverified } = request
    try {
      this.options.send({ kind: 'request', id, method, params, allowUnverified })
    } catch (cause) {
      this.fail(id, new ProviderRpcError(CODES.internal, `${method} cannot be sent to the node`, { cause }))
    }
  }

  private giveUp(id: number, method: string): void {
    this.cancel(id)
    const text = `the node has not answered ${method} in ${ANSWER_LIMIT_MS / 1000} s; ${adviceFor(method)}`
    this.fail(id, new ProviderRpcError(CODES.resourceUnavailable, text))
  }

  private abort(id: number): void {
    const entry = this.pending.get(id)
    if (entry === undefined) return
    if (entry.stage === 'sent') this.cancel(id)
    this.fail(id, aborted(entry.request.method, entry.request.signal))
  }

  private cancel(id: number): void {
    try {
      this.options.send({ kind: 'cancel', id })
    } catch {
      // What cannot be told will answer in vain.
    }
  }

  private fail(id: number, error: ProviderRpcError): void {
    this.take(id)?.reject(error)
  }

  private take(id: number): Pending | undefined {
    const entry = this.pending.get(id)
    if (entry === undefined) return undefined
    this.pending.delete(id)
    entry.stopTimer()
    entry.forgetSignal()
    return entry
  }
}

/** A transaction that is signed anew while the first is out is paid for twice. */
const adviceFor = (method: string): string =>
  method === 'eth_sendRawTransaction'
    ? 'the transaction may be out: look for it by its hash, or send these same bytes again; sign no other for it'
    : 'ask for less at a time'

export const disconnected = (method: string, reason: string): ProviderRpcError =>
  new ProviderRpcError(CODES.disconnected, `${method} cannot be answered: ${reason}`)

function textOf(describe: () => string): string {
  try {
    return describe()
  } catch {
    return 'what it does is not known'
  }
}

const nothing = (): void => undefined
