/** Answers one request of a session: never rejects, never later than its time, and says how the answer was checked. */
import { hexToBytes } from '@ethereumjs/util'
import { asHash, type Hex } from '../chain/bytes.ts'
import { Evidence } from '../sync/chain-view/evidence.ts'
import { untilAborted } from '../network/http/bounded-signal.ts'
import { callerGone, methodNotFound, RpcError, timedOut } from '../network/json-rpc/rpc-error.ts'
import type { Method, RpcSetting } from './method.ts'
import { asRpcError } from './rpc-failure.ts'
import { UNVERIFIED_ERROR, type SessionCall, type SessionNews } from './session-messages.ts'
import type { Subscriber } from './subscriptions/subscriber.ts'
import { verificationOf } from './verification.ts'

/** ms that a request may take: what cannot be had in that time is told as such. Logs over many blocks take the longest. */
export const REQUEST_LIMIT_MS = 120_000

export interface AnswerTools {
  readonly setting: RpcSetting
  readonly methods: ReadonlyMap<string, Method>
  /** Told of defects of ours. */
  readonly onDefect: (method: string, error: unknown) => void
}

type Request = Extract<SessionCall, { readonly kind: 'request' }>

/** Who asked. */
export interface Asker {
  /** The answer is of no use any more. */
  readonly cancelled: AbortSignal
  readonly subscriber: Subscriber
}

export async function answerRequest(
  request: Request,
  { setting, methods, onDefect }: AnswerTools,
  { cancelled, subscriber }: Asker,
): Promise<SessionNews> {
  const { id, method: name, params } = request
  const limit = new AbortController()
  const cancel = setting.clock.after(REQUEST_LIMIT_MS, () => limit.abort(timedOut()))
  const evidence = new Evidence()
  const ask = { signal: AbortSignal.any([cancelled, limit.signal]), evidence }
  try {
    const method = methods.get(name)
    if (method === undefined) throw methodNotFound(name)
    const listening =
      request.since === undefined ? subscriber : subscriber.since(asHash(hexToBytes(request.since as Hex)), ask)
    const call = async () => method.call({ ...setting, ask, subscriber: await listening }, params)
    const result = await untilAborted(call(), ask.signal)
    // It may have taken so long that the head is too old by now, or in dispute. What was sent is out whatever the head is.
    if (evidence.level !== 'local' && method.class !== 'submit') setting.view.heads.head()
    const verification = verificationOf(evidence, setting.view)
    const mayBeUnverified = request.allowUnverified || result === null || method.class === 'hearsay'
    if (verification.level === 'unverified' && !mayBeUnverified)
      throw new RpcError(UNVERIFIED_ERROR, `nothing proves the answer of ${name}`, { ...verification })
    return { kind: 'result', id, result, verification }
  } catch (thrown) {
    const error = ask.signal.aborted ? givenUp(cancelled) : asRpcError(thrown, (defect) => onDefect(name, defect))
    // What is still being fetched for it is of no use to anybody.
    limit.abort(new Error('the request has failed'))
    const { code, message, data } = error
    return { kind: 'error', id, error: { code, message, ...(data !== undefined && { data }) } }
  } finally {
    cancel()
  }
}

const givenUp = (cancelled: AbortSignal): RpcError => (cancelled.aborted ? callerGone() : timedOut())
