/** Faults by the names that people and the command line give them: `KIND[:RATE][@ROUTE]`. */
import type { BeaconSource } from '../beacon-api/beacon-source.ts'
import { concernedRoutes, isConcerned } from './fault-routes.ts'
import type { Fault, FaultRule } from './faults.ts'

/** Views of a beacon chain that are false or old, for the faults that are named after them. What is missing cannot be ordered. */
export interface FalseViews {
  /** The same chain as of some slots ago. */
  readonly staleHead?: BeaconSource | undefined
  /** Another branch, signed by the same committee. */
  readonly equivocatingHead?: BeaconSource | undefined
  /** Updates that no client may follow. */
  readonly forgedUpdate?: BeaconSource | undefined
}

/** An order for a fault, as a value of JSON has it. */
export interface FaultOrder {
  readonly kind: string
  /** Share of the requests it concerns, above 0 and at most 1. */
  readonly rate: number
  readonly route: string
}

/** It is no order, or one for something that this server does not have. The message says what was expected. */
export class FaultOrderError extends Error {
  override name = 'FaultOrderError'
}

/** Slow enough that a header takes seconds, fast enough that a connection is never idle. */
const DRIP_BYTES_PER_SECOND = 256

/** More than any client should take for an answer, less than what fills a test machine. */
const OVERSIZE_BYTES = 128 << 20

const MAKERS: Readonly<Record<string, (views: FalseViews) => Fault | undefined>> = {
  'wrong-bytes': () => ({ kind: 'flipped' }),
  'missing-entries': () => ({ kind: 'missingEntries' }),
  truncated: () => ({ kind: 'cut' }),
  'slow-drip': () => ({ kind: 'drip', bytesPerSecond: DRIP_BYTES_PER_SECOND }),
  'stale-head': ({ staleHead }) => staleHead && { kind: 'otherSource', source: staleHead, view: 'older' },
  'equivocating-head': ({ equivocatingHead }) => otherSource(equivocatingHead),
  'forged-proof': () => ({ kind: 'forgedProof' }),
  'forged-update': ({ forgedUpdate }) => otherSource(forgedUpdate),
  hang: () => ({ kind: 'stall' }),
  disconnect: () => ({ kind: 'disconnect' }),
  oversize: () => ({ kind: 'oversized', bytes: OVERSIZE_BYTES }),
  garbage: () => ({ kind: 'garbage', text: 'not JSON' }),
  html: () => ({ kind: 'html' }),
  'close-events': () => ({ kind: 'closeEvents', after: 1 }),
  'no-cors': () => ({ kind: 'noCors' }),
}

/** What the same is called in the beacon API's tests. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  flipped: 'wrong-bytes',
  cut: 'truncated',
  stall: 'hang',
  oversized: 'oversize',
  closeEvents: 'close-events',
  noCors: 'no-cors',
}

/** `status-NNN` stands for every status of an error. */
export const FAULT_NAMES: readonly string[] = [...Object.keys(MAKERS), 'status-429']

/** Reads `KIND[:RATE][@ROUTE]`. @throws {FaultOrderError} */
export function parseFaultOrder(text: string): FaultOrder {
  const [, kind = '', rate, route = 'all'] = /^([^:@]*)(?::([^@]*))?(?:@(.*))?$/.exec(text) ?? []
  return { kind, rate: rate === undefined ? 1 : rateFrom(rate), route }
}

/**
 * The rule that an order comes to. A missing view says that a chain has none.
 * @param routes those that the server has
 * @throws {FaultOrderError}
 */
export function faultRule(order: FaultOrder, views: FalseViews, routes: readonly string[]): FaultRule {
  const { kind, rate, route } = order
  if (!(rate > 0 && rate <= 1)) throw new FaultOrderError(`rate is ${rate}, expected a share above 0, at most 1`)
  if (!routes.includes(route)) {
    throw new FaultOrderError(`route is ${shown(route)}, expected one of ${routes.join(', ')}`)
  }
  const fault = faultNamed(kind, views)
  const concerned = concernedRoutes(OTHER_NAMES[kind] ?? kind)
  if (!isConcerned(concerned, route)) {
    const those = concerned.kind === 'only' ? concerned.routes : routes.filter((one) => isConcerned(concerned, one))
    throw new FaultOrderError(`${kind} does nothing to ${route}, expected one of ${those.join(', ')}`)
  }
  return { route, rate, name: kind, fault }
}

function faultNamed(name: string, views: FalseViews): Fault {
  const status = /^status-([45]\d\d)$/.exec(name)?.[1]
  if (status === '429') return { kind: 'status', status: 429, retryAfterSeconds: 1 }
  if (status !== undefined) return { kind: 'status', status: Number(status) }
  const known = OTHER_NAMES[name] ?? name
  const make = Object.hasOwn(MAKERS, known) ? MAKERS[known] : undefined
  if (make === undefined) {
    throw new FaultOrderError(`kind is ${shown(name)}, expected one of ${FAULT_NAMES.join(', ')}`)
  }
  const fault = make(views)
  if (fault === undefined) throw new FaultOrderError(`kind is ${shown(name)}, which this chain has no view for`)
  return fault
}

function rateFrom(text: string): number {
  if (/^(\d+\.?\d*|\.\d+)$/.test(text)) return Number(text)
  throw new FaultOrderError(`rate is ${shown(text)}, expected a share above 0, at most 1`)
}

const otherSource = (source: BeaconSource | undefined): Fault | undefined => source && { kind: 'otherSource', source }

/** What others send goes into messages no longer than this. */
const SHOWN_LENGTH = 80

const shown = (text: string): string =>
  JSON.stringify(text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text)
