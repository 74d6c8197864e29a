/** Answers a message: its calls a few at a time, within a time and a length that all of them share. */
import type { Clock } from '../../../src/chain/clock.ts'
import { SubmitError, UnavailableError } from '../../execution/execution-source.ts'
import type { RpcContext } from './method.ts'
import { METHODS } from './registry.ts'
import type { Call, IdText } from './request.ts'
import { isBad, readMessage } from './request.ts'
import { internalError, limitExceeded, methodNotFound, rejected, RpcError, timedOut, unavailable } from './rpc-error.ts'

export interface Surroundings {
  readonly clock: Clock
  readonly onCall: ((call: CallRecord) => void) | undefined
  readonly onError: ((method: string, error: unknown) => void) | undefined
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
  context: RpcContext,
  surroundings: Surroundings,
): Promise<string | undefined> {
  const message = readMessage(body, context.limits)
  const budget = new Budget(context.limits.answerLength, context.limits.messageTime, surroundings.clock)
  const answer = async (call: (typeof calls)[number]): Promise<string | undefined> => {
    if (isBad(call)) return errorText(call.id, call.error)
    const text = await answerCall(call, context, surroundings, budget)
    return call.id === undefined ? undefined : text
  }
  const calls = message.kind === 'single' ? [message.call] : message.calls
  const answers = await inLanes(calls, context.limits.batchLanes, answer)
  budget.close()
  if (message.kind === 'single') return answers[0]
  const given = answers.filter((text) => text !== undefined)
  return given.length === 0 ? undefined : `[${given.join(',')}]`
}

/** What all calls of a message share. */
class Budget {
  /** Rejects when the time is over. */
  readonly timeout: Promise<never>
  isOver = false
  private cancel: () => void = () => undefined

  constructor(
    private length: number,
    time: number,
    clock: Clock,
  ) {
    this.timeout = new Promise((_resolve, reject) => {
      this.cancel = clock.after(time, () => {
        this.isOver = true
        reject(timedOut())
      })
    })
    // Whoever waits hears of it; that nobody waits any more is no fault.
    this.timeout.catch(() => undefined)
  }

  /** Whether there was so much left; nothing is taken otherwise. */
  take(length: number): boolean {
    if (length > this.length) return false
    this.length -= length
    return true
  }

  close(): void {
    this.cancel()
  }
}

async function answerCall(
  call: Call,
  context: RpcContext,
  { clock, onCall, onError }: Surroundings,
  budget: Budget,
): Promise<string> {
  const started = clock.now()
  const id = call.id ?? 'null'
  const known = METHODS.get(call.method)
  let failure: RpcError | undefined
  let text: string
  try {
    if (known === undefined) throw methodNotFound(call.method)
    if (budget.isOver) throw timedOut()
    const result = await Promise.race([known.call(context, call.params), budget.timeout])
    text = `{"jsonrpc":"2.0","id":${id},"result":${JSON.stringify(result)}}`
    if (!budget.take(text.length)) throw limitExceeded(TOO_LONG)
  } catch (error) {
    failure = asRpcError(error)
    if (failure.code === INTERNAL) onError?.(call.method, error)
    text = errorText(id, failure)
  }
  onCall?.({ method: known ? call.method : 'unknown', errorCode: failure?.code, ms: clock.now() - started })
  return text
}

const INTERNAL = internalError().code

function asRpcError(error: unknown): RpcError {
  if (error instanceof RpcError) return error
  if (error instanceof UnavailableError) return unavailable(error.message)
  if (error instanceof SubmitError) return rejected(error.message)
  // V8's own bound on the length of a text.
  if (error instanceof RangeError && error.message === 'Invalid string length') return limitExceeded(TOO_LONG)
  return internalError()
}

const TOO_LONG = 'response too large'

const errorText = (id: IdText, { code, message, data }: RpcError): string =>
  `{"jsonrpc":"2.0","id":${id},"error":${JSON.stringify({ code, message, data })}}`

/**
 * In the order of the items. Between any two items of a lane the event loop turns: sources that answer at once would
 * otherwise keep everybody else waiting until a whole batch is done.
 */
async function inLanes<T, R>(items: readonly T[], lanes: number, run: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length)
  let next = 0
  const lane = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) {
      results[at] = await run(items[at]!)
      if (next < items.length) await new Promise((resolve) => void setImmediate(resolve))
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane))
  return results
}
