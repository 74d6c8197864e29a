/** Which logs a call wants: `eth_getLogs` and `eth_subscribe` (execution-apis, "Filter"). */
import type { AddressBytes, Hash } from '../../../chain/bytes.ts'
import { invalidParams } from '../rpc-error.ts'
import { readAddress, readHash } from './hex.ts'
import type { NumberSelector } from './block-selector.ts'
import { LATEST, readNumberOrTag } from './block-selector.ts'
import type { Param } from './param.ts'
import { ParamError, readMember, readObject } from './param.ts'

export interface LogCriteria {
  /** Undefined: any. */
  readonly addresses: readonly AddressBytes[] | undefined
  /** By place: what may stand there; undefined: anything. A log with fewer topics does not match. */
  readonly topics: readonly (readonly Hash[] | undefined)[]
}

export type LogPlace =
  | { readonly kind: 'block'; readonly hash: Hash }
  | { readonly kind: 'range'; readonly from: NumberSelector; readonly to: NumberSelector }

export interface LogFilter {
  readonly criteria: LogCriteria
  readonly place: LogPlace
}

/** How many addresses, and how many topics at each place, geth takes. A filter of any more is refused. */
export const MAX_FILTER_ALTERNATIVES = 1_000
/** LOG4 is the last (yellow paper 9.4.8). */
const MAX_TOPICS = 4

export const logFilter: Param<LogFilter> = {
  read: (value) => {
    const filter = readObject(value)
    return { criteria: readCriteria(filter), place: readPlace(filter) }
  },
}

export const logCriteria: Param<LogCriteria> = { read: (value) => readCriteria(readObject(value)) }

function readPlace(filter: Readonly<Record<string, unknown>>): LogPlace {
  const hash = readMember(filter, 'blockHash', readHash)
  const from = readMember(filter, 'fromBlock', readRangeEnd)
  const to = readMember(filter, 'toBlock', readRangeEnd)
  if (hash === undefined) return { kind: 'range', from: from ?? LATEST, to: to ?? LATEST }
  if (from === undefined && to === undefined) return { kind: 'block', hash }
  throw new ParamError('cannot specify both BlockHash and FromBlock/ToBlock, choose one or the other')
}

/** The specification has no pending logs. */
function readRangeEnd(value: unknown): NumberSelector {
  if (value === 'pending') throw new ParamError('pending logs are not supported')
  return readNumberOrTag(value)
}

function readCriteria(filter: Readonly<Record<string, unknown>>): LogCriteria {
  return {
    addresses: readMember(filter, 'address', (value) =>
      Array.isArray(value) ? readAlternatives(value, readAddress, 'exceed max addresses') : [readAddress(value)],
    ),
    topics: readMember(filter, 'topics', readTopics) ?? [],
  }
}

function readTopics(value: unknown): (readonly Hash[] | undefined)[] {
  if (!Array.isArray(value)) throw new ParamError('expected a list')
  if (value.length > MAX_TOPICS) throw invalidParams('exceed max topics')
  return value.map((topic: unknown) => {
    if (topic === null) return undefined
    return Array.isArray(topic) ? readTopicAlternatives(topic) : [readHash(topic)]
  })
}

/** As geth: no alternatives, and null among them, are any topic. */
function readTopicAlternatives(topics: readonly unknown[]): readonly Hash[] | undefined {
  if (topics.length === 0 || topics.includes(null)) return undefined
  return readAlternatives(topics, readHash, 'exceed max topics')
}

/** No addresses are any address, as in geth. */
function readAlternatives<T>(values: readonly unknown[], read: (value: unknown) => T, excess: string) {
  if (values.length > MAX_FILTER_ALTERNATIVES) throw invalidParams(excess)
  return values.length === 0 ? undefined : values.map(read)
}
