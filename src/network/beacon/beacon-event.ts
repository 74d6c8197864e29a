/** What a beacon node's events say (beacon-APIs, `/eth/v1/events`). */
import type { Root } from '../../chain/bytes.ts'
import type { Network } from '../../chain/network.ts'
import { messageOf } from '../../chain/thrown.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import { updateFromJson } from '../../consensus/containers/decode-json.ts'
import { valueAt, decimalAt, rootAt } from './api-json.ts'
import type { ServerSentEvent } from '../http/event-stream-parser.ts'
import type { ServerNews } from '../request-server.ts'

export type EventNews = Extract<ServerNews, { readonly kind: 'head' | 'finalityUpdate' | 'optimisticUpdate' }>

export type BeaconEvent =
  | { readonly kind: 'news'; readonly news: EventNews }
  /** Another checkpoint is finalized, so a finality update is worth asking for. */
  | { readonly kind: 'finalized'; readonly blockRoot: Root }
  /** Of a topic that we did not ask for. */
  | { readonly kind: 'other' }

/** `head` is to be replaced by `head_v2`, whose payload it has inside `data`. */
export type EventTopic =
  'head' | 'head_v2' | 'light_client_finality_update' | 'light_client_optimistic_update' | 'finalized_checkpoint'

/** @throws {DecodeError} for data that is not what its topic says */
export function readBeaconEvent(network: Network, { event, data }: ServerSentEvent): BeaconEvent {
  switch (event) {
    case 'head':
      return news(headOf(parse(event, data), event))
    case 'head_v2':
      return news(headOf(valueAt(parse(event, data), 'data'), event))
    case 'light_client_finality_update':
      return news({ kind: 'finalityUpdate', update: updateFromJson(network, 'finalityUpdate', parse(event, data)) })
    case 'light_client_optimistic_update':
      return news({ kind: 'optimisticUpdate', update: updateFromJson(network, 'optimisticUpdate', parse(event, data)) })
    case 'finalized_checkpoint':
      return { kind: 'finalized', blockRoot: rootAt(parse(event, data), 'block', event) }
    default:
      return { kind: 'other' }
  }
}

const news = (news: EventNews): BeaconEvent => ({ kind: 'news', news })

function headOf(json: unknown, what: string): EventNews {
  return { kind: 'head', slot: decimalAt(json, 'slot', what), blockRoot: rootAt(json, 'block', what) }
}

function parse(event: string, data: string): unknown {
  try {
    return JSON.parse(data) as unknown
  } catch (error) {
    throw new DecodeError('malformed', event, messageOf(error))
  }
}
