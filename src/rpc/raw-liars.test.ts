/** Servers whose JSON is none, or of another shape: each thing that is asked of one fails as that server's, and nothing else does. */
import type { IncomingMessage } from 'node:http'
import { RLP } from '@ethereumjs/rlp'
import { beforeAll, describe, expect, test } from 'vitest'
import { grow, testChain, testNetwork } from '../../server/devnet/execution/execution-chain.fixtures.ts'
import { asAddress, asHash } from '../chain/bytes.ts'
import { systemClock } from '../chain/clock.ts'
import { bodyMismatch } from '../execution/block/body-roots.ts'
import { decodeRawBlock, type RawBlock } from '../execution/block/raw-block.ts'
import { loadWasmCrypto } from '../execution/crypto/wasm-crypto.ts'
import { JsonRpc } from '../network/execution/json-rpc.ts'
import { HEADER_FIELDS } from '../network/execution/header-fields.ts'
import { data, quantityOf } from '../network/json-rpc/hex.ts'
import type { JsonObject } from '../network/json-rpc/json.ts'
import { HttpEndpoint } from '../network/http/http-endpoint.ts'
import { never, testServer } from '../network/http/http-server.fixtures.ts'
import { parseServerUrl } from '../network/http/server-url.ts'
import { platformTransport } from '../network/http/transport.ts'
import { RpcServer } from '../network/on-demand/rpc-server.ts'
import { RequestError } from '../network/request-server.ts'
import { rpcChainAnswers } from '../sync/state-fetch/rpc-chain.ts'
import { rpcAnswers } from '../sync/state-fetch/rpc-server.ts'
import type { AskKind, AskOf, StateAnswers } from '../sync/state-fetch/state-server.ts'

const { keccak } = await loadWasmCrypto()
const network = { ...testNetwork({ osaka: 0, amsterdam: 2 }), name: 'devnet' }

interface Call {
  readonly id: number
  readonly method: string
  readonly params: readonly unknown[]
}

/** What is said instead of a result. */
const RESULTS: Readonly<Record<string, unknown>> = {
  null: null,
  'a number': 7,
  'a truth': true,
  'a text': 'abc',
  'no bytes': '0x',
  'half a byte': '0x1',
  'any bytes': '0x01020304',
  'an empty list': [],
  'a list of null': [null],
  'a list of numbers': [1, 2],
  'a list of lists': [[[]]],
  'an empty object': {},
  'numbers for members': {
    accountProof: 1,
    storageProof: 2,
    accessList: 3,
    uncles: 4,
    transactions: 5,
    number: 6,
    hash: 7,
  },
  'null for members': { accountProof: null, storageProof: null, accessList: null, blockHash: null, uncles: null },
  'lists of nonsense for members': {
    accountProof: [{}],
    storageProof: [1],
    accessList: [null],
    state: [[]],
    codes: [7],
  },
  'members that convert to nothing': { toString: 1, valueOf: 1, length: 3, blockHash: { toString: 1 } },
  'a prototype': { __proto__: { accountProof: [] }, constructor: 1 },
}

/** Whole bodies. */
const BODIES: Readonly<Record<string, (calls: readonly Call[], isBatch: boolean) => string>> = {
  nothing: () => '',
  HTML: () => '<html>',
  null: () => 'null',
  'a number': () => '7',
  'an empty object': () => '{}',
  'an empty list': () => '[]',
  'a list of null': () => '[null, 1, "x", []]',
  'neither result nor error': (calls, isBatch) => said(calls, isBatch, () => ({})),
  'other ids': (calls, isBatch) => said(calls, isBatch, ({ id }) => ({ id: id + 1_000, result: '0x' })),
  'ids as text': (calls, isBatch) => said(calls, isBatch, ({ id }) => ({ id: String(id), result: '0x' })),
  'a batch for a call, and a call for a batch': (calls, isBatch) => said(calls, !isBatch, () => ({ result: '0x' })),
  'the first reply alone': (calls, isBatch) => said(calls.slice(0, 1), isBatch, () => ({ result: [] })),
  'every reply twice': (calls, isBatch) => said([...calls, ...calls], isBatch, () => ({ result: {} })),
  'an error without a code': (calls, isBatch) => said(calls, isBatch, () => ({ error: {} })),
  'an error that is a text': (calls, isBatch) => said(calls, isBatch, () => ({ error: 'no' })),
  'a code that converts to nothing': (calls, isBatch) =>
    said(calls, isBatch, () => ({ error: { code: { toString: 1, valueOf: 1 }, message: { toString: 1 } } })),
  'a list of errors': (calls, isBatch) => said(calls, isBatch, () => ({ error: [{ code: -32601 }] })),
  'deep lists': () => '['.repeat(200_000) + ']'.repeat(200_000),
  'a deep result': ([call]) =>
    `{"jsonrpc":"2.0","id":${call?.id},"result":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
  'a result of many': ([call]) => `{"jsonrpc":"2.0","id":${call?.id},"result":[${'0,'.repeat(300_000)}0]}`,
}

function said(calls: readonly Call[], isBatch: boolean, reply: (call: Call) => object): string {
  const replies = calls.map((call) => ({ jsonrpc: '2.0', id: call.id, ...reply(call) }))
  return JSON.stringify(isBatch ? replies : replies[0])
}

/** The header as servers give it. */
let trueHeader: JsonObject
let asks: { readonly [K in AskKind]?: AskOf<K> }
beforeAll(async () => {
  const chain = await testChain({ forks: { osaka: 0, amsterdam: 2 }, accounts: 20 })
  for (let slot = 1; slot <= 3; slot++) await grow(chain, slot)
  const block: RawBlock = decodeRawBlock(chain.local.head.rlp, keccak)
  const { header } = block
  trueHeader = headerJson(header.rlp)
  const hash = asHash(new Uint8Array(32).fill(7))
  const address = asAddress(new Uint8Array(20).fill(7))
  const call = { from: address, to: address, gas: undefined, value: 0n, data: new Uint8Array(), accessList: [] }
  asks = {
    block: { hash: header.hash },
    headers: { from: header.hash, count: 3 },
    receipts: { block },
    transactionPlace: { hash },
    rawTransaction: { hash },
    proofs: {
      at: header,
      keys: [
        { address, slots: [hash] },
        { address: asAddress(new Uint8Array(20)), slots: [] },
      ],
    },
    accountCodes: { at: header, addresses: [address, address] },
    accessList: { block: header },
    witness: { block: header },
    callKeys: { at: header, calls: [call, call] },
    tracedKeys: { block: header },
  }
})

const headerJson = (rlp: Uint8Array): JsonObject =>
  Object.fromEntries(
    (RLP.decode(rlp) as Uint8Array[]).map((value, at) => {
      const { names, form } = HEADER_FIELDS[at]!
      return [names[0], form === 'quantity' ? quantityOf(value) : data(value)]
    }),
  )

async function callsIn(request: IncomingMessage): Promise<Call | Call[]> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString()) as Call | Call[]
}

/** All that JSON-RPC may be asked for, of a server that answers whatever it is asked so. */
async function liar(body: (calls: readonly Call[], isBatch: boolean) => string): Promise<StateAnswers> {
  const { url } = await testServer((request, response) => {
    void callsIn(request).then((given) => {
      const isBatch = Array.isArray(given)
      response.writeHead(200, { 'content-type': 'application/json' }).end(body(isBatch ? given : [given], isBatch))
    })
  })
  const rpc = new RpcServer(new JsonRpc(new HttpEndpoint(parseServerUrl(url), platformTransport(systemClock))), never)
  return { ...rpcAnswers(rpc, keccak), ...rpcChainAnswers(rpc, network, keccak) }
}

const KINDS: readonly AskKind[] = [
  ...(['block', 'headers', 'receipts', 'transactionPlace', 'rawTransaction', 'proofs', 'accountCodes'] as const),
  ...(['accessList', 'witness', 'callKeys', 'tracedKeys'] as const),
]

/** Hearsay that says nothing, and hints of no keys: whoever asks takes them for that. Proofs and codes, and lists, are for hashes to refuse. */
const MAY_ANSWER: ReadonlySet<AskKind> = new Set([
  ...(['transactionPlace', 'rawTransaction', 'accountCodes', 'accessList', 'tracedKeys', 'callKeys'] as const),
])

/** A block under its own header, whose roots refuse what is below: the fetch of blocks compares them. */
function hasOtherBody(rlp: Uint8Array): boolean {
  return bodyMismatch(decodeRawBlock(rlp, keccak), keccak) !== undefined
}

async function problemsOf(answers: StateAnswers, kinds = KINDS): Promise<string[]> {
  const problems: string[] = []
  for (const kind of kinds) {
    try {
      const answer = await answers[kind]!(asks[kind] as never, never)
      if (MAY_ANSWER.has(kind)) continue
      if (kind === 'block' && hasOtherBody(answer as Uint8Array)) continue
      const isRefused = Array.isArray(answer) && answer.every((item) => item instanceof RequestError)
      if (!isRefused) problems.push(`${kind}: answered ${JSON.stringify(answer).slice(0, 100)}`)
    } catch (error) {
      if (!(error instanceof RequestError)) problems.push(`${kind}: ${(error as Error).stack?.slice(0, 400)}`)
    }
  }
  return problems
}

describe('a result', () => {
  test.each(Object.entries(RESULTS))('%s', async (_, result) => {
    const answers = await liar((calls, isBatch) => said(calls, isBatch, () => ({ result })))
    expect(await problemsOf(answers)).toEqual([])
  })
})

describe('beside a true header', () => {
  test.each(Object.entries(RESULTS))('%s', async (_, result) => {
    const more = typeof result === 'object' && result !== null ? result : {}
    const resultOf = ({ method, params }: Call): unknown => {
      if (!method.startsWith('eth_getBlockBy')) return result
      return params[1] === true ? { ...more, ...trueHeader, transactions: result, uncles: result } : trueHeader
    }
    const none = { error: { code: -32601, message: 'no such method' } }
    for (const isRaw of [true, false]) {
      const reply = (call: Call) => (call.method.startsWith('debug_') && !isRaw ? none : { result: resultOf(call) })
      const answers = await liar((calls, isBatch) => said(calls, isBatch, reply))
      expect(await problemsOf(answers, ['block', 'receipts'])).toEqual([])
    }
  })
})

describe('a body', () => {
  test.each(Object.entries(BODIES))('%s', async (_, body) => {
    expect(await problemsOf(await liar(body))).toEqual([])
  })
})
