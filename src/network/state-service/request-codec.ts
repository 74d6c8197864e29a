/** Requests as bytes: the body of a POST, and what a stream carries. */
import { MAX_CODES, MAX_HEADERS, MAX_NODES, MAX_PATH_KEYS, MAX_RANGE_BYTES } from './constants.ts'
import { encodeMessage, openMessage } from './message-head.ts'
import type { HashedPathKeys, StateKind, StateRequest, StateRequestOf } from './messages.ts'
import { WireError } from './wire-error.ts'
import { optionalItem, packHashes, type WireItem, type WireReader } from './wire-item.ts'

/** @throws {RangeError} for a number that is none; whether it is within bounds, the other side says */
export function encodeRequest<K extends StateKind>(kind: K, request: StateRequestOf<K>): Uint8Array<ArrayBuffer> {
  return encodeMessage(kind, CODECS[kind].encode(request))
}

/** Within all bounds of the protocol. Hashes are views into the bytes. @throws {WireError} */
export function decodeRequest(bytes: Uint8Array): StateRequest {
  const { kind, body } = openMessage(bytes, 'request')
  if (kind === 'failure') throw new WireError('kind', 'request', 'a failure, which only an answer can be')
  const request = CODECS[kind].decode(body)
  body.close()
  return { kind, request } as StateRequest
}

interface RequestCodec<T> {
  encode(request: T): readonly WireItem[]
  decode(body: WireReader): T
}

const ofBlock: RequestCodec<{ readonly blockHash: StateRequestOf<'block'>['blockHash'] }> = {
  encode: ({ blockHash }) => [blockHash],
  decode: (body) => ({ blockHash: body.hash('block hash') }),
}

const ofHashes = (most: number): RequestCodec<StateRequestOf<'nodes'>> => ({
  encode: ({ hashes }) => [packHashes(hashes)],
  decode: (body) => ({ hashes: body.hashes('hashes', most) }),
})

const CODECS: { readonly [K in StateKind]: RequestCodec<StateRequestOf<K>> } = {
  status: { encode: () => [], decode: () => ({}) },
  headers: {
    encode: ({ start, count }) => ['hash' in start ? start.hash : start.number, count],
    decode: readHeadersRequest,
  },
  block: ofBlock,
  receipts: ofBlock,
  accessList: ofBlock,
  witness: ofBlock,
  witnessMetadata: ofBlock,
  nodes: ofHashes(MAX_NODES),
  codes: ofHashes(MAX_CODES),
  paths: {
    encode: ({ stateRoot, keys }) => [stateRoot, keys.map(({ account, slots }) => [account, packHashes(slots)])],
    decode: readPathsRequest,
  },
  range: {
    encode: ({ stateRoot, account, origin, limit, maxBytes }) => [
      stateRoot,
      optionalItem(account, (hash) => hash),
      origin,
      limit,
      maxBytes,
    ],
    decode: (body) => ({
      stateRoot: body.hash('state root'),
      account: body.optional('account', (list, part) => list.hash(part)),
      origin: body.hash('origin'),
      limit: body.hash('limit'),
      maxBytes: body.integer('bytes', MAX_RANGE_BYTES),
    }),
  },
  transaction: { encode: ({ hash }) => [hash], decode: (body) => ({ hash: body.hash('hash') }) },
}

function readHeadersRequest(body: WireReader): StateRequestOf<'headers'> {
  const start = body.hashOrInteger('start')
  const count = body.integer('count', MAX_HEADERS)
  return { start: typeof start === 'number' ? { number: start } : { hash: start }, count }
}

function readPathsRequest(body: WireReader): StateRequestOf<'paths'> {
  const stateRoot = body.hash('state root')
  let left = MAX_PATH_KEYS
  const keys = body.each('keys', MAX_PATH_KEYS, (list, part): HashedPathKeys => {
    const entry = list.list(part)
    const account = entry.hash('account')
    const slots = entry.hashes('slots', MAX_PATH_KEYS)
    entry.close()
    left -= 1 + slots.length
    if (left < 0) list.fail('', `more than ${MAX_PATH_KEYS} accounts and slots`, 'limit')
    return { account, slots }
  })
  return { stateRoot, keys }
}
