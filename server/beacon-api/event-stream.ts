/** Server-sent events of one client: what it asked for, in the form the API has it, and never more than it reads. */
import type { ServerResponse } from 'node:http'
import { epochAtSlot } from '../../src/chain/beacon-preset.ts'
import type { Network } from '../../src/chain/network.ts'
import { badRequest } from '../http/http-error.ts'
import type { BeaconNews } from './beacon-source.ts'
import { hex, updateJson } from './light-client-json.ts'

export const TOPICS = [
  'head',
  'chain_reorg',
  'finalized_checkpoint',
  'light_client_finality_update',
  'light_client_optimistic_update',
] as const
export type Topic = (typeof TOPICS)[number]

/** Bytes that may wait for a slow client: dozens of events. One that lags further is disconnected, and reconnects. */
export const MAX_EVENT_BACKLOG = 1 << 18

/** Topics of other nodes, which the chain here gives no occasion for: taken, and silent. */
const SILENT_TOPICS: readonly string[] = ['head_v2', 'block', 'block_gossip', 'execution_payload_available']

/** `topics=a,b`, or `topics` several times. @throws {HttpError} 400 */
export function topicsFrom(query: URLSearchParams): ReadonlySet<Topic> {
  const asked = query.getAll('topics').flatMap((topics) => topics.split(','))
  if (asked.length === 0) throw badRequest('topics is missing')
  for (const topic of asked) {
    if (!(TOPICS as readonly string[]).includes(topic) && !SILENT_TOPICS.includes(topic)) {
      throw badRequest(`topics has one that is not known here; known are ${TOPICS.join(', ')}`)
    }
  }
  return new Set(TOPICS.filter((topic) => asked.includes(topic)))
}

/** Sends an event, or ends the connection where the client does not read. */
export function sendEvent(response: ServerResponse, topic: string, data: unknown): void {
  write(response, `event: ${topic}\ndata: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`)
}

/** A line that clients skip: it keeps proxies from closing a quiet connection, and finds those that are gone. */
export const sendComment = (response: ServerResponse): void => write(response, ':\n\n')

export function eventOf(network: Network, news: BeaconNews): { readonly topic: Topic; readonly data: unknown } {
  switch (news.kind) {
    case 'head': {
      const { block, isEpochTransition, dutyRoots } = news
      return {
        topic: 'head',
        data: {
          slot: String(block.header.slot),
          block: hex(block.root),
          state: hex(block.header.stateRoot),
          epoch_transition: isEpochTransition,
          ...(dutyRoots !== undefined && {
            previous_duty_dependent_root: hex(dutyRoots.previous),
            current_duty_dependent_root: hex(dutyRoots.current),
          }),
          execution_optimistic: false,
        },
      }
    }
    case 'reorg': {
      const { depth, from, to } = news
      return {
        topic: 'chain_reorg',
        data: {
          slot: String(to.header.slot),
          depth: String(depth),
          old_head_block: hex(from.root),
          new_head_block: hex(to.root),
          old_head_state: hex(from.header.stateRoot),
          new_head_state: hex(to.header.stateRoot),
          epoch: String(epochAtSlot(network.preset, to.header.slot)),
          execution_optimistic: false,
        },
      }
    }
    case 'finalized':
      return {
        topic: 'finalized_checkpoint',
        data: {
          block: hex(news.block.root),
          state: hex(news.block.header.stateRoot),
          epoch: String(news.epoch),
          execution_optimistic: false,
        },
      }
    case 'finalityUpdate':
      return { topic: 'light_client_finality_update', data: updateJson(network, news.kind, news.update) }
    case 'optimisticUpdate':
      return { topic: 'light_client_optimistic_update', data: updateJson(network, news.kind, news.update) }
  }
}

function write(response: ServerResponse, text: string): void {
  if (response.writableEnded || response.destroyed) return
  response.write(text)
  if (response.writableLength > MAX_EVENT_BACKLOG) response.destroy()
}
