/**
 * Requests of the beacon API (ethereum/beacon-APIs): which form to ask for, and what an answer that cannot be used says
 * of its server.
 */
import type { Network } from '../../chain/network.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import { MultiproofError } from '../../consensus/multiproof/multiproof-error.ts'
import type { HttpAnswer, HttpEndpoint } from '../http/http-endpoint.ts'
import { bodyForm } from '../http/media-type.ts'
import { errorMessage, refusalOf } from '../http/refusal.ts'
import { serverTime } from '../http/retry-after.ts'
import type { Query } from '../http/server-url.ts'
import { ACCEPT_JSON, ACCEPT_SSZ, ACCEPT_SSZ_OR_JSON } from './constants.ts'

export interface BeaconRoute {
  /** Of the route, for all that is asked of it: what a server cannot do is remembered by it. */
  readonly name: string
  readonly path: string
  readonly query?: Query
  /** What it can be answered with, as far as the API says. */
  readonly forms: 'ssz' | 'json' | 'sszOrJson'
  /** In any of its forms. */
  readonly maxBytes: number
}

export type BeaconReply =
  /** `version` is what `Eth-Consensus-Version` says, where a browser may read it. */
  | { readonly kind: 'ssz'; readonly bytes: Uint8Array; readonly version: string | undefined }
  | { readonly kind: 'json'; readonly json: unknown }

export interface BeaconRestOptions {
  readonly network: Network
  readonly endpoint: HttpEndpoint
  /** Called with the server's clock, ms since 1970, at each answer that tells it. */
  readonly onTime: (now: number) => void
}

const ACCEPT = { ssz: ACCEPT_SSZ, json: ACCEPT_JSON, sszOrJson: ACCEPT_SSZ_OR_JSON } as const

/**
 * Lodestar answers 500 for what it does not have yet: `No finality update available`, `syncCommitteeWitness not
 * available`, `No partialUpdate available for period 3` (seen in 1.5.1).
 */
const NOT_YET = /\b(no \S.{0,60} available|not available)\b/i

export class BeaconRest {
  readonly network: Network
  readonly endpoint: HttpEndpoint
  /** Routes that answered 406 to SSZ; as many as there are routes. */
  readonly #jsonOnly = new Set<string>()

  constructor(private readonly options: BeaconRestOptions) {
    this.network = options.network
    this.endpoint = options.endpoint
  }

  /**
   * @param decode throws a {@link DecodeError} or {@link MultiproofError} for what is not what was asked
   * @throws {RequestError} see {@link refusalOf}; `malformed` for what does not decode
   */
  async get<T>(route: BeaconRoute, decode: (reply: BeaconReply) => T, signal: AbortSignal): Promise<T> {
    const answer = await this.#ask(route, signal)
    const { clock } = this.endpoint.transport
    const time = serverTime(answer.headers)
    if (time !== undefined) this.options.onTime(time)
    if (answer.status === 500 && NOT_YET.test(errorMessage(answer))) {
      throw answer.failure({ code: 'absent' }, `HTTP 500: ${errorMessage(answer)}`)
    }
    if (answer.status !== 200) throw refusalOf(answer, clock.now())
    try {
      return decode(replyOf(answer))
    } catch (error) {
      if (!(error instanceof DecodeError || error instanceof MultiproofError || error instanceof SyntaxError))
        throw error
      const missing = missingBytes(answer)
      if (missing === undefined) throw answer.failure({ code: 'malformed' }, error.message, { cause: error })
      throw answer.failure({ code: 'unreachable' }, `the body was cut: ${missing}`, { cause: error })
    }
  }

  async #ask(route: BeaconRoute, signal: AbortSignal): Promise<HttpAnswer> {
    const forms = this.#jsonOnly.has(route.name) ? 'json' : route.forms
    const { path, query = {}, maxBytes } = route
    const answer = await this.endpoint.ask({ path, query, accept: ACCEPT[forms] }, maxBytes, signal)
    // 415 is what some servers say for it.
    if (forms !== 'sszOrJson' || (answer.status !== 406 && answer.status !== 415)) return answer
    this.#jsonOnly.add(route.name)
    return this.endpoint.ask({ path, query, accept: ACCEPT_JSON }, maxBytes, signal)
  }
}

function replyOf(answer: HttpAnswer): BeaconReply {
  const { headers, bytes } = answer
  switch (bodyForm(headers, bytes)) {
    case 'json':
      return { kind: 'json', json: JSON.parse(new TextDecoder('utf-8').decode(bytes)) as unknown }
    case 'bytes':
      return { kind: 'ssz', bytes, version: headers.get('eth-consensus-version') ?? undefined }
    case 'html':
      throw answer.failure(
        { code: 'unreachable' },
        'an HTML page came where JSON or SSZ was expected: a captive portal, a proxy or a web site answers in its place',
      )
  }
}

/**
 * Whether fewer bytes came than were announced, which not every browser takes for an error. Asked only where a body does
 * not decode, since the announcement is of the compressed body where one came compressed, which a page may not be told.
 */
function missingBytes({ headers, bytes }: HttpAnswer): string | undefined {
  const announced = Number(headers.get('content-length') ?? Number.NaN)
  if (headers.has('content-encoding') || !(bytes.length < announced)) return undefined
  return `${bytes.length} of ${announced} bytes came`
}
