/** An executed block's row as text: what its state is called, and which figures count as known, is decided here. */
import type { Tone } from '../block-view.ts'
import { clipped, formatBytes, formatCount, formatInteger, formatShare, sentence } from '../format.ts'
import type { FedBlock } from './beam-state.ts'

export interface FeedRow {
  readonly hash: FedBlock['hash']
  readonly number: string
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly state: { readonly word: string; readonly tone: Tone | 'caution' }
  /** Why it is not verified, or not kept. */
  readonly note: string | undefined
  /** In the order of {@link FEED_COLUMNS}; undefined where there is no such number, never a zero. */
  readonly figures: Readonly<Record<FeedColumn, string | undefined>>
}

export const FEED_COLUMNS = [
  'Transactions',
  'Gas',
  'Mgas/s',
  'Trips',
  'Requests',
  'Received',
  'Fetched',
  'From store',
  'Source',
  'Record',
] as const

export type FeedColumn = (typeof FEED_COLUMNS)[number]

export function feedRow(block: FedBlock): FeedRow {
  const { hash, number, timestamp, costs, executed, record } = block
  const isAsked = costs.requests > 0 || costs.nodesFromStore > 0
  const cost = (value: number): string | undefined => (isAsked ? formatInteger(value) : undefined)
  return {
    ...{ hash, timestamp, number: String(number), state: STATES[block.state], note: noteOf(block) },
    figures: {
      Transactions: executed && transactions(executed),
      Gas: executed && formatInteger(executed.gasUsed),
      'Mgas/s': executed && megagas(executed),
      Trips: cost(costs.roundTrips),
      Requests: cost(costs.requests),
      Received: isAsked ? formatBytes(costs.bytes) : undefined,
      Fetched: cost(costs.nodesFetched),
      'From store': cost(costs.nodesFromStore),
      Source: costs.source === '' ? undefined : costs.source.replaceAll('+', ', '),
      Record: RECORDS[record.kind],
    },
  }
}

/** What the newest blocks have cost, of those of which anything was asked. */
export interface FeedCost {
  readonly blocks: number
  readonly bytes: number
  readonly requests: number
  readonly text: string
  /** How much of the nodes that were read was in the store; undefined where none was. */
  readonly atHand: string | undefined
}

export function feedCost(feed: readonly FedBlock[]): FeedCost | undefined {
  const ended = feed.filter(({ times }) => times.ended !== undefined)
  if (ended.length === 0) return undefined
  const sum = (of: (costs: FedBlock['costs']) => number): number =>
    ended.reduce((total, { costs }) => total + of(costs), 0)
  const [bytes, requests, stored] = [
    sum((costs) => costs.bytes),
    sum((costs) => costs.requests),
    sum((costs) => costs.nodesFromStore),
  ]
  const nodes = stored + sum((costs) => costs.nodesFetched)
  const each = `${formatBytes(Math.round(bytes / ended.length))} a block`
  const share = formatShare(stored, nodes)
  return {
    ...{ blocks: ended.length, bytes, requests },
    text: `${formatBytes(bytes)} in ${formatCount(requests, 'request')} for ${formatCount(ended.length, 'block')}, ${each}`,
    atHand: share && `${share}, ${formatInteger(stored)} of ${formatCount(nodes, 'node')}`,
  }
}

const STATES: Readonly<Record<FedBlock['state'], FeedRow['state']>> = {
  pending: { word: 'Waiting', tone: 'quiet' },
  fetching: { word: 'Fetching', tone: 'busy' },
  executing: { word: 'Executing', tone: 'busy' },
  verified: { word: 'Verified', tone: 'proven' },
  invalid: { word: 'Invalid', tone: 'failed' },
  disputed: { word: 'Disputed', tone: 'failed' },
  unavailable: { word: 'Unavailable', tone: 'missing' },
  skipped: { word: 'Not verified', tone: 'caution' },
}

const RECORDS: Readonly<Record<FedBlock['record']['kind'], string | undefined>> = {
  none: undefined,
  writing: 'writing',
  kept: 'kept',
  'not-kept': 'not kept',
}

function noteOf({ state, reason, problem, record }: FedBlock): string | undefined {
  if (state === 'skipped') return sentence(`Skipped: ${clipped(reason ?? 'it was passed')}`)
  if (reason !== undefined) return sentence(clipped(reason))
  if (problem !== undefined) return sentence(clipped(problem.message))
  return record.kind === 'not-kept' ? sentence(`Not kept: ${clipped(record.reason)}`) : undefined
}

function transactions({ transactions, adopted }: NonNullable<FedBlock['executed']>): string {
  return adopted === 0
    ? formatInteger(transactions)
    : `${formatInteger(transactions)} (${formatInteger(adopted)} early)`
}

/** Of the EVM's time, what it waited for state included. */
function megagas({ gasUsed, ms }: NonNullable<FedBlock['executed']>): string | undefined {
  if (gasUsed === 0 || ms.evm <= 0) return undefined
  const rate = gasUsed / 1_000 / ms.evm
  return rate < 9.95 ? rate.toFixed(1) : formatInteger(rate)
}
