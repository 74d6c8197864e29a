/** What a route answers, and the form that the client asks for. */
import type { ForkName } from '../../src/chain/network.ts'
import { HttpError } from '../http/http-error.ts'

/** Both forms say the same; they are made, or fetched, when it is known which is wanted. */
export interface Reply {
  /** A value, or the promise of one. */
  readonly json: () => unknown
  /** Undefined where the route has none. */
  readonly ssz?: () => Uint8Array | Promise<Uint8Array>
  /** `Eth-Consensus-Version`. */
  readonly version?: ForkName
}

export type Form = 'json' | 'ssz'

const MEDIA_TYPES: Readonly<Record<Form, string>> = { ssz: 'application/octet-stream', json: 'application/json' }

/** What a route has in JSON only. */
export const jsonReply = (data: unknown): Reply => ({ json: () => ({ data }) })

/**
 * The form with the highest weight; JSON where they weigh the same or nothing is said (RFC 9110, section 12.5.1; beacon-APIs).
 * @throws {HttpError} 406 where the route has none that is accepted
 */
export function negotiate(accept: string | undefined, { ssz }: Reply): Form {
  const forms: readonly Form[] = ssz === undefined ? ['json'] : ['json', 'ssz']
  if (accept === undefined) return 'json'
  const ranges = accept.split(',').map(parseRange)
  const weighed = forms.map((form) => ({ form, weight: weightOf(MEDIA_TYPES[form], ranges) }))
  const best = weighed.reduce((a, b) => (b.weight > a.weight ? b : a))
  if (best.weight > 0) return best.form
  throw new HttpError(406, `this route answers in ${forms.map((form) => MEDIA_TYPES[form]).join(' or ')} only`)
}

export async function encode(form: Form, reply: Reply): Promise<{ readonly body: Uint8Array; readonly type: string }> {
  const isSsz = form === 'ssz' && reply.ssz !== undefined
  const body = isSsz ? await reply.ssz() : Buffer.from(JSON.stringify(await reply.json()))
  return { body, type: MEDIA_TYPES[form] }
}

interface MediaRange {
  readonly type: string
  readonly weight: number
}

function parseRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase())
  const weight = parameters.find((parameter) => parameter.startsWith('q='))
  return { type, weight: weight === undefined ? 1 : Number(weight.slice(2)) || 0 }
}

/** The most specific range decides. */
function weightOf(type: string, ranges: readonly MediaRange[]): number {
  const [group = ''] = type.split('/')
  for (const candidate of [type, `${group}/*`, '*/*']) {
    const range = ranges.find((one) => one.type === candidate)
    if (range !== undefined) return range.weight
  }
  return 0
}
