/**
 * Asks a state service over HTTP. Answers are decoded and no larger than their request allows; nothing in them is proven:
 * see `checkHeld` for what has a hash, and the block's header for the rest.
 */
import { SAID_MAX } from '../http/constants.ts'
import type { HttpAnswer, HttpEndpoint } from '../http/http-endpoint.ts'
import { mediaType } from '../http/media-type.ts'
import { oneLine } from '../http/one-line.ts'
import { refusalOf } from '../http/refusal.ts'
import type { RequestError } from '../request-server.ts'
import { decodeAnswer, MAX_ANSWER_BYTES } from './answer-codec.ts'
import { STATE_MEDIA_TYPE } from './constants.ts'
import { httpForm } from './http-form.ts'
import {
  STATE_ERROR_CODES,
  type StateAnswerOf,
  type StateErrorCode,
  type StateFailure,
  type StateKind,
  type StateRequestOf,
} from './messages.ts'
import { WireError } from './wire-error.ts'

/** The endpoint's URL is the gateway's own; the service's path is added to it. */
export class StateServiceClient {
  constructor(private readonly endpoint: HttpEndpoint) {}

  /**
   * @throws {RequestError} `absent` where the server does not have it, whether there is no such thing or it cannot be had
   *   there; `malformed` for an answer that does not decode, or is none to this request
   */
  async ask<K extends StateKind>(kind: K, request: StateRequestOf<K>, signal: AbortSignal): Promise<StateAnswerOf<K>> {
    const { path, query, body } = httpForm(kind, request)
    const answer = await this.endpoint.ask(
      {
        path,
        accept: STATE_MEDIA_TYPE,
        ...(query !== undefined && { query }),
        ...(body !== undefined && { post: { contentType: STATE_MEDIA_TYPE, body } }),
      },
      MAX_ANSWER_BYTES[kind],
      signal,
    )
    if (answer.status !== 200) throw this.#refusal(answer)
    if (mediaType(answer.headers) !== STATE_MEDIA_TYPE) {
      throw answer.failure(
        { code: 'unreachable' },
        'the answer is not of a state service; is the URL that of a gateway?',
      )
    }
    const decoded = decode(kind, answer)
    if (decoded.kind === 'failure') throw failureOf(answer, decoded.failure)
    const problem = CHECKS[kind]?.(request, decoded.answer)
    if (problem !== undefined) throw answer.failure({ code: 'malformed' }, problem)
    return decoded.answer
  }

  #refusal(answer: HttpAnswer): RequestError {
    const failure = failureIn(answer)
    if (failure !== undefined && failure.code !== 'internal') return failureOf(answer, failure)
    return refusalOf(answer, this.endpoint.transport.clock.now())
  }
}

function decode<K extends StateKind>(kind: K, answer: HttpAnswer) {
  try {
    return decodeAnswer(kind, answer.bytes)
  } catch (error) {
    if (error instanceof WireError) throw answer.failure({ code: 'malformed' }, error.message, { cause: error })
    throw error
  }
}

/** The JSON body that the service sends with an error's status. */
function failureIn({ bytes }: HttpAnswer): StateFailure | undefined {
  try {
    const { code, message } = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
    const known = STATE_ERROR_CODES.find((one) => one === code)
    return known !== undefined && typeof message === 'string' ? { code: known, message } : undefined
  } catch {
    return undefined
  }
}

function failureOf(answer: HttpAnswer, { code, message }: StateFailure): RequestError {
  const fault = code === 'internal' ? 'unreachable' : 'absent'
  return answer.failure({ code: fault }, `${WORDS[code]}: ${oneLine(message, SAID_MAX)}`)
}

const WORDS: Readonly<Record<StateErrorCode, string>> = {
  invalid: 'it does not take the request',
  unknown: 'it knows of no such thing',
  unavailable: 'it cannot give this',
  limit: 'more than it gives or takes',
  unsupported: 'it does not serve this',
  internal: 'it failed',
}

/** What is wrong with an answer that decoded, in the light of what was asked. */
const CHECKS: {
  readonly [K in StateKind]?: (request: StateRequestOf<K>, answer: StateAnswerOf<K>) => string | undefined
} = {
  headers: ({ count }, { headers }) => tooMany('headers', headers.length, count),
  nodes: ({ hashes }, { items }) => tooMany('nodes', items.length, hashes.length),
  codes: ({ hashes }, { items }) => tooMany('codes', items.length, hashes.length),
  paths: ({ keys }, { complete }) =>
    tooMany(
      'paths',
      complete,
      keys.reduce((sum, { slots }) => sum + 1 + slots.length, 0),
    ),
}

const tooMany = (what: string, came: number, asked: number): string | undefined =>
  came > asked ? `${came} ${what} came, asked were ${asked}` : undefined
