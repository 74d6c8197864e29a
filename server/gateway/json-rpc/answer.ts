/** Answers a message: its calls a few at a time, within a time and a length that all of them share. */
import type { Clock } from '../../../src/chain/clock.ts'
import { SubmitError, UnavailableError, type Awaitable } from '../../execution/execution-source.ts'
import type { FairTurns } from '../../http/fair-turns.ts'
import type { Method, RpcContext, RpcSetting } from './method.ts'
import type { JsonRpcLimits } from './limits.ts'
import type { BadCall, Call, IdText } from './request.ts'
import { isBad, readMessage } from './request.ts'
import type { Subscriber } from './subscriptions/subscriber.ts'
import {
  callerGone,
  clipped,
  internalError,
  limitExceeded,
  methodNotFound,
  rejected,
  RpcError,
  timedOut,
  unavailable,
} from '../../../src/network/json-rpc/rpc-error.ts'

export interface Surroundings {
  readonly clock: Clock
  /** By their names. */
  readonly methods: ReadonlyMap<string, Method>
  readonly answers: AnswerRoom
  readonly turns: FairTurns
  readonly onCall: ((call: CallRecord) => void) | undefined
  readonly onError: ((method: string, error: unknown) => void) | undefined
}

/** Who sent a message. */
export interface Caller {
  /** Whose turns its calls take. */
  readonly client: string
  /** Aborted when nobody waits for the answer any more. */
  readonly gone?: AbortSignal | undefined
  /** See {@link RpcContext}. */
  readonly subscriber?: Subscriber | undefined
}

/** Characters that all messages share which are being answered at a time. */
export class AnswerRoom {
  /** @param left characters */
  constructor(private left: number) {}

  take(length: number): boolean {
    if (length > this.left) return false
    this.left -= length
    return true
  }

  giveBack(length: number): void {
    this.left += length
  }
}

export interface CallRecord {
  /** `unknown` for methods that there are not, so that records stay few. */
  readonly method: string
  /** Undefined: it succeeded. */
  readonly errorCode: number | undefined
  readonly ms: number
}

/** Never rejects. Undefined where there is nothing to answer. */
export async function answerMessage(
  body: string | Uint8Array,
  caller: Caller,
  setting: RpcSetting,
  surroundings: Surroundings,
): Promise<string | undefined> {
  const { limits } = setting
  const message = readMessage(body, limits)
  const calls = message.kind === 'single' ? [message.call] : message.calls
  const budget = new Budget(limits, calls, caller.gone, surroundings)
  const turn = (): Promise<void> => surroundings.turns.next(caller.client)
  const context: RpcContext = {
    ...setting,
    subscriber: caller.subscriber,
    signal: budget.signal,
    turn: () => turn().then(() => budget.signal.throwIfAborted()),
  }
  const answer = async (call: Call | BadCall): Promise<string | undefined> => {
    if (isBad(call)) return errorText(call.id, call.error)
    const text = await answerCall(call, context, surroundings, budget)
    return call.id === undefined ? undefined : text
  }
  const answers = await inLanes(calls, limits.batchLanes, answer, turn)
  budget.close()
  if (message.kind === 'single') return answers[0]
  const given = answers.filter((text) => text !== undefined)
  return given.length === 0 ? undefined : `[${given.join(',')}]`
}

/**
 * What all calls of a message share. Always: there is room for an error in the place of every call, so that what one of
 * them takes is never another's answer.
 */
class Budget {
  private readonly controller = new AbortController()
  /**
   * How each call that is under way is given up. They leave when they settle: one promise that all of them were raced
   * against would hold every result until the message is answered.
   */
  private readonly underWay = new Set<(error: RpcError) => void>()
  private spent: RpcError | undefined
  private left: number
  /** Of what others share. */
  private drawn = 0
  private used = 0
  private readonly answers: AnswerRoom
  private cancel: () => void = () => undefined
  private readonly onGone = (): void => this.giveUp(callerGone())

  constructor(
    { answerLength, messageTime }: Pick<JsonRpcLimits, 'answerLength' | 'messageTime'>,
    calls: readonly { readonly id: IdText | undefined }[],
    private readonly gone: AbortSignal | undefined,
    { clock, answers }: Pick<Surroundings, 'clock' | 'answers'>,
  ) {
    this.answers = answers
    this.left = answerLength - calls.reduce((sum, { id }) => sum + errorRoom(id ?? ''), 0)
    this.cancel = clock.after(messageTime, () => this.giveUp(timedOut()))
    if (gone?.aborted === true) this.onGone()
    else gone?.addEventListener('abort', this.onGone)
  }

  /** Of work that goes on while others have their turn. */
  get signal(): AbortSignal {
    return this.controller.signal
  }

  /** @throws {RpcError} where time or length are spent: what is not begun yet has no answer then, and is not begun */
  check(): void {
    if (this.spent !== undefined) throw this.spent
  }

  /** What the work comes to. @throws {RpcError} once the time is over, or the caller gone; and what the work throws */
  within<T>(work: Awaitable<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.underWay.add(reject)
      void Promise.resolve(work)
        .finally(() => this.underWay.delete(reject))
        .then(resolve, reject)
    })
  }

  /** Takes the room for that text in the place of the call with that id. @throws {RpcError} where there is none: nothing is taken */
  take(text: string, id: IdText): void {
    const more = Math.max(0, text.length - errorRoom(id))
    const drawn = Math.max(0, this.used + more - OWN_LENGTH) - this.drawn
    if (more > this.left || !this.answers.take(drawn)) {
      this.spent ??= limitExceeded(TOO_LONG)
      throw limitExceeded(TOO_LONG)
    }
    this.left -= more
    this.used += more
    this.drawn += drawn
  }

  close(): void {
    this.cancel()
    this.gone?.removeEventListener('abort', this.onGone)
    this.answers.giveBack(this.drawn)
  }

  private giveUp(error: RpcError): void {
    this.spent = error
    this.controller.abort(error)
    for (const reject of this.underWay) reject(error)
  }
}

/** Characters that every message has of its own, whatever others take: an ordinary answer. */
const OWN_LENGTH = 65_536

async function answerCall(
  call: Call,
  context: RpcContext,
  { clock, methods, onCall, onError }: Surroundings,
  budget: Budget,
): Promise<string> {
  const started = clock.now()
  const id = call.id ?? 'null'
  const known = methods.get(call.method)
  let failure: RpcFailure | undefined
  let text: string
  try {
    if (known === undefined) throw methodNotFound(call.method)
    budget.check()
    const result = await budget.within(known.call(context, call.params))
    text = `{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(result)}}`
    budget.take(text, id)
  } catch (error) {
    failure = failureOf(error)
    if (failure.code === INTERNAL) onError?.(call.method, error)
    text = errorText(id, failure)
  }
  onCall?.({ method: known ? call.method : 'unknown', errorCode: failure?.code, ms: clock.now() - started })
  return text
}

/** What an answer says of an error. */
type RpcFailure = Pick<RpcError, 'code' | 'message' | 'data'>

const INTERNAL = internalError().code

function failureOf(error: unknown): RpcFailure {
  if (error instanceof RpcError) return error
  if (error instanceof UnavailableError) return unavailable(error.message)
  if (error instanceof SubmitError) return rejected(error.message)
  // V8's own bound on the length of a text.
  if (error instanceof RangeError && error.message === 'Invalid string length') return limitExceeded(TOO_LONG)
  return internalError()
}

const TOO_LONG = 'response too large'

const errorText = (id: IdText, { code, message, data }: RpcFailure): string =>
  `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify({ code, message: clipped(message, MAX_MESSAGE), data })}}`

/** Characters of an error's message: those of sources may quote what they got. */
const MAX_MESSAGE = 300
/** What stands around id and message, and twice the message for characters that JSON escapes. */
const errorRoom = (id: IdText): number => id.length + 2 * MAX_MESSAGE + 100

/** Results are in the order of the items. */
async function inLanes<T, R>(
  items: readonly T[],
  lanes: number,
  run: (item: T) => Promise<R>,
  turn: () => Promise<void>,
): Promise<R[]> {
  const results = new Array<R>(items.length)
  const nextPiece = piecesOfWork(turn)
  let next = 0
  const lane = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) {
      results[at] = await run(items[at]!)
      if (next < items.length) await nextPiece()
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane))
  return results
}

/**
 * ms of calls that go without a turn between them: going once around the event loop takes as long as many a call, and a
 * batch has hundreds; nobody notices waiting this much longer.
 */
const PIECE_MS = 1

/** Waits for a turn where the piece of work before it has taken its time; once for all lanes. */
function piecesOfWork(turn: () => Promise<void>): () => Promise<void> | undefined {
  let end = performance.now() + PIECE_MS
  let waiting: Promise<void> | undefined
  return () => {
    if (performance.now() < end) return undefined
    waiting ??= turn().then(() => {
      end = performance.now() + PIECE_MS
      waiting = undefined
    })
    return waiting
  }
}
