/** A request server with its timing: timeouts, how much at once, how long it is left alone, how good it has been. */
import type { Clock } from '../chain/clock.ts'
import { asError, messageOf } from '../chain/thrown.ts'
import {
  LOAD_CLASSES,
  REQUEST_RULES,
  RequestError,
  type Answers,
  type Capabilities,
  type LoadClass,
  type RequestKind,
  type RequestOf,
  type RequestServer,
  type ResponseOf,
  type ServerNews,
} from '../network/request-server.ts'
import {
  UNKNOWN_QUALITY,
  afterAnswer,
  afterFalse,
  afterProven,
  afterSilence,
  type ServerQuality,
} from '../network/server-quality.ts'
import { HARD_TIMEOUT_MS, PARALLEL_AT_START, PARALLEL_CONTENT_AT_START, SOFT_TIMEOUT_MS } from './constants.ts'
import type { ServerHandle } from './environment.ts'
import { FailurePause } from './failure-pause.ts'
import { LoadLimit } from './load-limit.ts'
import { NewsGate } from './news-gate.ts'
import type { RequestEvent, RequestFailure, RequestId, SentRequest, SentResponse, ServerEvent } from './module.ts'

interface Running {
  readonly sent: SentRequest
  readonly load: LoadClass
  readonly abort: AbortController
  late: boolean
  cancelTimers: () => void
}

/**
 * Always, from construction until {@link close}:
 * - a request that was sent gets exactly one `response` or `failure`, at the latest after the hard timeout, and at most
 *   one `late` before it; an answer that comes after the end is dropped;
 * - whenever the server takes requests of a class again that it did not take before, it says `available`;
 * - from {@link connect} on it passes on what the server says, as fast as {@link NewsGate} lets it.
 * After `close` it says nothing more and leaves no timer.
 */
export class Server implements ServerHandle {
  private readonly limits: Readonly<Record<LoadClass, LoadLimit>> = {
    chain: new LoadLimit(PARALLEL_AT_START),
    content: new LoadLimit(PARALLEL_CONTENT_AT_START),
  }
  private readonly running = new Map<RequestId, Running>()
  private readonly pause: FailurePause
  /** Classes of which it took requests when we last looked. */
  private readonly open = new Set<LoadClass>(LOAD_CLASSES)
  private readonly news: NewsGate
  private unsubscribe: () => void = () => undefined
  private closed = false
  private score: ServerQuality = UNKNOWN_QUALITY
  private latestError: Error | undefined

  constructor(
    private readonly source: RequestServer,
    private readonly clock: Clock,
    private readonly report: (event: ServerEvent | RequestEvent) => void,
  ) {
    this.pause = new FailurePause(clock, () => this.noteRoom())
    this.news = new NewsGate(clock, (news) => this.hear(news))
  }

  /** Listens to what the server says; once. A server that cannot be listened to may still answer. */
  connect(): void {
    try {
      this.unsubscribe = this.source.subscribe((news) => {
        if (!this.closed) this.news.put(news)
      })
    } catch (error) {
      this.latestError = asError(error)
      this.score = afterSilence(this.score)
    }
  }

  get name(): string {
    return this.source.name
  }

  get capabilities(): Capabilities {
    return this.source.capabilities
  }

  get quality(): ServerQuality {
    return this.score
  }

  get lastError(): Error | undefined {
    return this.latestError
  }

  /** Whether a request of this kind can be sent now. */
  takes(kind: RequestKind): boolean {
    const { capability, load } = REQUEST_RULES[kind]
    return (
      this.source.capabilities[capability] !== undefined &&
      this.source.answers[kind] !== undefined &&
      this.hasRoom(load)
    )
  }

  /** To be called only where {@link takes} says so. */
  send<K extends RequestKind>(id: RequestId, of: K, request: RequestOf<K>): void {
    const { load } = REQUEST_RULES[of]
    // Kind, request and response belong together by K, which the compiler forgets where K becomes the union of all.
    const sent = { id, server: this, of, request } as SentRequest
    const abort = new AbortController()
    const cancelSoft = this.clock.after(SOFT_TIMEOUT_MS, () => this.late(id))
    const cancelHard = this.clock.after(HARD_TIMEOUT_MS, () => this.timeout(id))
    const cancelTimers = () => {
      cancelSoft()
      cancelHard()
    }
    this.running.set(id, { sent, load, abort, late: false, cancelTimers })
    this.limits[load].begin()
    this.noteRoom()
    ask(this.source.answers, of, request, abort.signal).then(
      (response) => this.answered(id, { ...sent, response } as SentResponse),
      (error: unknown) => this.failed(id, asRequestError(error, this.name, of)),
    )
  }

  /** One of its responses was proven. */
  proven(): void {
    this.score = afterProven(this.score)
  }

  /** One of its responses proved false. */
  lied(error: Error): void {
    this.score = afterFalse(this.score)
    this.latestError = error
    this.pause.fail()
    this.noteRoom()
  }

  /** Ends its requests as failed, and everything it holds. */
  close(): void {
    if (this.closed) return
    this.closed = true
    for (const id of [...this.running.keys()]) this.end(id, { kind: 'unregistered' })
    this.unsubscribe()
    this.news.close()
    this.pause.close()
  }

  private late(id: RequestId): void {
    const request = this.running.get(id)
    if (request === undefined) return
    request.late = true
    this.limits[request.load].late()
    this.score = afterSilence(this.score)
    this.report({ ...request.sent, kind: 'late' })
    this.noteRoom()
  }

  private timeout(id: RequestId): void {
    const request = this.running.get(id)
    if (request === undefined) return
    this.latestError = new RequestTimeoutError(this.name, request.sent.of)
    this.score = afterSilence(this.score)
    this.pause.fail()
    this.end(id, { kind: 'timeout', ms: HARD_TIMEOUT_MS })
  }

  private answered(id: RequestId, response: SentResponse): void {
    const request = this.take(id, 'answered')
    if (request === undefined) return
    if (!request.late) this.score = afterAnswer(this.score)
    this.pause.succeed()
    this.report({ ...response, kind: 'response' })
    this.noteRoom()
  }

  private failed(id: RequestId, error: RequestError): void {
    if (!this.running.has(id)) return
    const { fault } = error
    switch (fault.code) {
      case 'absent':
        this.pause.breathe()
        break
      case 'unreachable':
      case 'malformed':
        this.pause.fail()
        break
      case 'busy':
        this.pause.ask(fault.retryAfterMs)
        break
    }
    this.scoreFault(error)
    if (fault.code !== 'absent') this.latestError = error
    this.end(id, { kind: 'error', error })
  }

  private scoreFault({ fault }: RequestError): void {
    switch (fault.code) {
      case 'absent':
        return
      case 'unreachable':
      case 'busy':
        this.score = afterSilence(this.score)
        break
      case 'malformed':
        this.score = afterFalse(this.score)
        break
    }
  }

  private end(id: RequestId, failure: RequestFailure): void {
    const request = this.take(id, 'failed')
    if (request === undefined) return
    request.abort.abort()
    this.report({ ...request.sent, kind: 'failure', failure })
    this.noteRoom()
  }

  /** The request if it is still under way, which it then no longer is. */
  private take(id: RequestId, how: 'answered' | 'failed'): Running | undefined {
    const request = this.running.get(id)
    if (request === undefined) return undefined
    this.running.delete(id)
    request.cancelTimers()
    this.limits[request.load].end({ late: request.late, answered: how === 'answered' })
    return request
  }

  private hasRoom(load: LoadClass): boolean {
    return !this.closed && !this.pause.active && this.limits[load].hasRoom
  }

  /** After everything that may have made or taken room. */
  private noteRoom(): void {
    for (const load of LOAD_CLASSES) {
      if (!this.hasRoom(load)) this.open.delete(load)
      else if (!this.open.has(load)) {
        this.open.add(load)
        this.report({ kind: 'available', server: this, load })
      }
    }
  }

  private hear(news: ServerNews): void {
    if (news.kind === 'fault') {
      // Requests may do well all the same, so it is left alone only for what they fail with.
      this.scoreFault(news.error)
      // Told unasked, a lack is why it is of no use.
      this.latestError = news.error
      return
    }
    if (news.kind !== 'limits') return this.report({ kind: 'news', server: this, news })
    for (const load of LOAD_CLASSES) this.limits[load].announce(news.parallel[load])
    this.noteRoom()
  }
}

/** A server did not answer within {@link HARD_TIMEOUT_MS}. */
export class RequestTimeoutError extends Error {
  override name = 'RequestTimeoutError'
  constructor(server: string, kind: RequestKind) {
    super(`${server} has not answered a ${kind} request within ${HARD_TIMEOUT_MS / 1000} s`)
  }
}

/** Async, so that what a transport throws at once is a rejection like any other. */
async function ask<K extends RequestKind>(
  answers: Answers,
  kind: K,
  request: RequestOf<K>,
  signal: AbortSignal,
): Promise<ResponseOf<K>> {
  const answer = answers[kind]
  if (answer === undefined) throw new RequestError({ code: 'absent' }, `${kind} requests are not among its answers`)
  return answer(request, signal)
}

function asRequestError(error: unknown, server: string, kind: RequestKind): RequestError {
  if (error instanceof RequestError) return error
  const why = messageOf(error)
  return new RequestError({ code: 'unreachable' }, `${server} did not answer a ${kind} request: ${why}`, {
    cause: error,
  })
}
