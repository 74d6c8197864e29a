/** Answers as bytes. */
import {
  MAX_ACCESS_LIST_BYTES,
  MAX_BLOCK_BYTES,
  MAX_CODES,
  MAX_CODES_BYTES,
  MAX_HEADERS,
  MAX_MESSAGE_BYTES,
  MAX_NAME_BYTES,
  MAX_NODES,
  MAX_NODES_BYTES,
  MAX_PATH_KEYS,
  MAX_PATHS_BYTES,
  MAX_RANGE_BYTES,
  MAX_RANGE_LEAVES,
  MAX_RANGE_PROOF,
  MAX_RECEIPTS,
  MAX_RECEIPTS_BYTES,
  MAX_SERVED_NAMES,
  MAX_WITNESS_BYTES,
} from './constants.ts'
import { encodeMessage, openMessage } from './message-head.ts'
import {
  SERVED_NAMES,
  STATE_ERROR_CODES,
  type BlockName,
  type HeldItems,
  type ServedWindow,
  type ServiceStatus,
  type StateAnswerOf,
  type StateErrorCode,
  type StateFailure,
  type StateKind,
} from './messages.ts'
import { WireError } from './wire-error.ts'
import { optionalItem, type WireItem, type WireReader } from './wire-item.ts'
import { metadataItem, readMetadata, readWitness, witnessItem } from './witness-codec.ts'

/**
 * Bytes that an answer may have, encoding included: what a client reads at most and a server sends at most. Lists of many
 * items get room for a prefix of four bytes each.
 */
export const MAX_ANSWER_BYTES: Readonly<Record<StateKind, number>> = {
  status: 16_384,
  headers: 1_048_576,
  block: MAX_BLOCK_BYTES + 1_024,
  receipts: MAX_RECEIPTS_BYTES + 4 * MAX_RECEIPTS + 1_024,
  accessList: MAX_ACCESS_LIST_BYTES + 1_024,
  witness: MAX_WITNESS_BYTES,
  witnessMetadata: MAX_WITNESS_BYTES / 4,
  nodes: MAX_NODES_BYTES + 4 * MAX_NODES + 1_024,
  codes: MAX_CODES_BYTES + 4 * MAX_CODES + 1_024,
  // Nodes in a path take 33 bytes at least, and most of them hundreds.
  paths: Math.ceil(MAX_PATHS_BYTES * 1.125) + 1_024,
  range: MAX_RANGE_BYTES * 2,
  transaction: 1_024,
}

export type DecodedAnswer<K extends StateKind> =
  | { readonly kind: 'answer'; readonly answer: StateAnswerOf<K> }
  | { readonly kind: 'failure'; readonly failure: StateFailure }

export function encodeAnswer<K extends StateKind>(kind: K, answer: StateAnswerOf<K>): Uint8Array<ArrayBuffer> {
  return encodeMessage(kind, CODECS[kind].encode(answer))
}

/** Characters of the message that are not printable ASCII are replaced; it is cut at its bound. */
export function encodeFailure({ code, message }: StateFailure): Uint8Array<ArrayBuffer> {
  const printable = message.replace(/[^\x20-\x7e]/g, '?').slice(0, MAX_MESSAGE_BYTES)
  return encodeMessage('failure', [ascii(code), ascii(printable)])
}

/**
 * The answer to a request of that kind, or what came instead. Contents are views into the bytes.
 * @throws {WireError} `kind` for the answer to another request
 */
export function decodeAnswer<K extends StateKind>(kind: K, bytes: Uint8Array): DecodedAnswer<K> {
  const { kind: came, body } = openMessage(bytes, 'answer')
  if (came === 'failure') {
    const failure = {
      code: errorCode(body.text('code', MAX_NAME_BYTES)),
      message: body.text('message', MAX_MESSAGE_BYTES),
    }
    body.close()
    return { kind: 'failure', failure }
  }
  if (came !== kind) throw new WireError('kind', `${kind} answer`, `this is an answer of kind ${came}`)
  const answer = CODECS[kind].decode(body)
  body.close()
  return { kind: 'answer', answer }
}

interface AnswerCodec<T> {
  encode(answer: T): readonly WireItem[]
  decode(body: WireReader): T
}

const heldItems = (most: number, maxBytes: number): AnswerCodec<HeldItems> => ({
  // Neither a node nor a code that anybody asks for is empty.
  encode: ({ items }) => [items.map((item) => item ?? NOTHING)],
  decode: (body) => ({
    items: body
      .each('items', most, (list, part) => list.bytes(part, maxBytes))
      .map((item) => (item.length === 0 ? undefined : item)),
  }),
})

const CODECS: { readonly [K in StateKind]: AnswerCodec<StateAnswerOf<K>> } = {
  status: { encode: statusItem, decode: readStatus },
  headers: {
    encode: ({ headers }) => [headers],
    decode: (body) => ({ headers: body.blobs('headers', MAX_HEADERS) }),
  },
  block: { encode: ({ block }) => [block], decode: (body) => ({ block: body.bytes('block', MAX_BLOCK_BYTES) }) },
  receipts: {
    encode: ({ receipts }) => [receipts],
    decode: (body) => ({ receipts: body.blobs('receipts', MAX_RECEIPTS) }),
  },
  accessList: {
    encode: ({ accessList }) => [accessList],
    decode: (body) => ({ accessList: body.bytes('list', MAX_ACCESS_LIST_BYTES) }),
  },
  witness: { encode: witnessItem, decode: readWitness },
  witnessMetadata: { encode: metadataItem, decode: readMetadata },
  nodes: heldItems(MAX_NODES, MAX_NODES_BYTES),
  codes: heldItems(MAX_CODES, MAX_CODES_BYTES),
  paths: {
    encode: ({ complete, nodes, lacking = [] }) => [complete, nodes, lacking],
    decode: (body) => {
      const complete = body.integer('complete', MAX_PATH_KEYS)
      const nodes = body.blobs('nodes', MAX_PATHS_BYTES / 32)
      const lacking = body.each('lacking', MAX_PATH_KEYS, (list, part) => list.integer(part, MAX_PATH_KEYS))
      return { complete, nodes, ...(lacking.length > 0 && { lacking }) }
    },
  },
  range: {
    encode: ({ leaves, proof }) => [leaves.map(({ key, value }) => [key, value]), proof],
    decode: (body) => ({
      leaves: body.each('leaves', MAX_RANGE_LEAVES, readLeaf),
      proof: body.blobs('proof', MAX_RANGE_PROOF),
    }),
  },
  transaction: {
    encode: ({ blockHash, index }) => [blockHash, index],
    decode: (body) => ({ blockHash: body.hash('block hash'), index: body.integer('index') }),
  },
}

function statusItem(status: ServiceStatus): WireItem[] {
  return [
    status.chainId,
    optionalItem(status.genesisHash, (hash) => hash),
    blockItem(status.head),
    optionalItem(status.safe, blockItem),
    optionalItem(status.finalized, blockItem),
    optionalItem(status.oldestState, (number) => number),
    SERVED_NAMES.flatMap((name) => {
      const window = status.serves[name]
      return window === undefined ? [] : [[ascii(name), window.from, optionalItem(window.to, (to) => to)]]
    }),
  ]
}

function readStatus(body: WireReader): ServiceStatus {
  return {
    chainId: body.integer('chain id'),
    genesisHash: body.optional('genesis hash', (list, part) => list.hash(part)),
    head: readBlockName(body, 'head'),
    safe: body.optional('safe', readBlockName),
    finalized: body.optional('finalized', readBlockName),
    oldestState: body.optional('oldest state', (list, part) => list.integer(part)),
    serves: readServed(body),
  }
}

/** Names that are not known here are a newer server's, and passed over. */
function readServed(body: WireReader): ServiceStatus['serves'] {
  const windows = body.each('serves', MAX_SERVED_NAMES, (list, part): [string, ServedWindow] => {
    const entry = list.list(part)
    const name = entry.text('name', MAX_NAME_BYTES)
    const from = entry.integer('from')
    const to = entry.optional('to', (inner, innerPart) => inner.integer(innerPart))
    entry.close()
    return [name, to === undefined ? { from } : { from, to }]
  })
  const known = new Set<string>(SERVED_NAMES)
  return Object.fromEntries(windows.filter(([name]) => known.has(name)))
}

const blockItem = ({ number, hash }: BlockName): WireItem => [number, hash]

function readBlockName(list: WireReader, part: string): BlockName {
  const entry = list.list(part)
  const name = { number: entry.integer('number'), hash: entry.hash('hash') }
  entry.close()
  return name
}

function readLeaf(list: WireReader, part: string) {
  const entry = list.list(part)
  const leaf = { key: entry.hash('key'), value: entry.bytes('value', MAX_RANGE_BYTES) }
  entry.close()
  return leaf
}

/** A code from a newer server still says that there is no answer. */
function errorCode(text: string): StateErrorCode {
  return STATE_ERROR_CODES.find((code) => code === text) ?? 'internal'
}

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0))

const NOTHING = new Uint8Array()
