/** Where each request goes over HTTP: by GET where its address can say all of it, so that caches know it; else by POST. */
import { bytesToHex } from '@ethereumjs/util'
import type { Query } from '../http/server-url.ts'
import { MAX_GET_HASHES, STATE_SERVICE_PATH } from './constants.ts'
import type { StateKind, StateRequestOf } from './messages.ts'
import { encodeRequest } from './request-codec.ts'

export interface StateHttpForm {
  readonly path: string
  readonly query?: Query
  /** The encoded request; undefined for a GET. */
  readonly body?: Uint8Array<ArrayBuffer>
}

/** Parts of a block by the last word of their address; the block itself has none. */
export const BLOCK_PARTS = {
  receipts: 'receipts',
  accessList: 'access-list',
  witness: 'witness',
  witnessMetadata: 'witness-metadata',
} as const

export function httpForm<K extends StateKind>(kind: K, request: StateRequestOf<K>): StateHttpForm {
  const { path, query, body } = FORMS[kind](request)
  return {
    path: `${STATE_SERVICE_PATH}/${path}`,
    ...(query !== undefined && { query }),
    ...(body !== undefined && { body }),
  }
}

type Form<Request> = (request: Request) => StateHttpForm

const partOf =
  (part: keyof typeof BLOCK_PARTS): Form<StateRequestOf<'block'>> =>
  ({ blockHash }) => ({ path: `blocks/${bytesToHex(blockHash)}/${BLOCK_PARTS[part]}` })

const byHashes =
  (kind: 'nodes' | 'codes'): Form<StateRequestOf<'nodes'>> =>
  (request) =>
    request.hashes.length <= MAX_GET_HASHES
      ? { path: kind, query: { hash: request.hashes.map(bytesToHex) } }
      : { path: kind, body: encodeRequest(kind, request) }

const FORMS: { readonly [K in StateKind]: Form<StateRequestOf<K>> } = {
  status: () => ({ path: 'status' }),
  headers: ({ start, count }) => ({
    path: `headers/${'hash' in start ? bytesToHex(start.hash) : start.number}`,
    query: { count: `${count}` },
  }),
  block: ({ blockHash }) => ({ path: `blocks/${bytesToHex(blockHash)}` }),
  receipts: partOf('receipts'),
  accessList: partOf('accessList'),
  witness: partOf('witness'),
  witnessMetadata: partOf('witnessMetadata'),
  nodes: byHashes('nodes'),
  codes: byHashes('codes'),
  paths: (request) => ({ path: 'paths', body: encodeRequest('paths', request) }),
  range: ({ stateRoot, account, origin, limit, maxBytes }) => ({
    path: `ranges/${bytesToHex(stateRoot)}`,
    query: {
      ...(account !== undefined && { account: bytesToHex(account) }),
      origin: bytesToHex(origin),
      limit: bytesToHex(limit),
      bytes: `${maxBytes}`,
    },
  }),
  transaction: ({ hash }) => ({ path: `transactions/${bytesToHex(hash)}` }),
}
