import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { join } from 'node:path'
import { bytesToHex, hexToBytes } from '@ethereumjs/util'
import { beforeAll, describe, expect, test } from 'vitest'
import { asHash, type Keccak } from '../../chain/bytes.ts'
import { systemClock } from '../../chain/clock.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import { executionHeaderFromRlp } from '../../execution/block/payload-header.ts'
import { describeWithData } from '../../testing/data.ts'
import { answering, never, testServer, type Handler } from '../http/http-server.fixtures.ts'
import { platformTransport } from '../http/transport.ts'
import type { RequestError } from '../request-server.ts'
import { ExecutionRpcServer } from './execution-rpc-server.ts'
import { headerRlpFromJson } from './header-json.ts'

let keccak: Keccak
beforeAll(async () => {
  keccak = await loadKeccak()
})

const hash = (byte: number) => `0x${byte.toString(16).padStart(2, '0').repeat(32)}`

/** Of Amsterdam: every field there is. */
const BLOCK = {
  parentHash: hash(1),
  sha3Uncles: hash(2),
  miner: `0x${'03'.repeat(20)}`,
  stateRoot: hash(4),
  transactionsRoot: hash(5),
  receiptsRoot: hash(6),
  logsBloom: `0x${'00'.repeat(256)}`,
  difficulty: '0x0',
  number: '0x10',
  gasLimit: '0x1c9c380',
  gasUsed: '0x0',
  timestamp: '0x65',
  extraData: '0x',
  mixHash: hash(7),
  nonce: '0x0000000000000000',
  baseFeePerGas: '0x7',
  withdrawalsRoot: hash(8),
  blobGasUsed: '0x0',
  excessBlobGas: '0x0',
  parentBeaconBlockRoot: hash(9),
  requestsHash: hash(10),
  blockAccessListHash: hash(11),
  slotNumber: '0x20',
}

async function bodyOf(request: IncomingMessage): Promise<{ id: number; method: string; params: unknown[] }> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return JSON.parse(Buffer.concat(chunks).toString()) as { id: number; method: string; params: unknown[] }
}

/** Answers each call by what a function makes of it. */
const rpc =
  (answer: (call: { method: string; params: unknown[] }) => object, status = 200): Handler =>
  (request, response) =>
    void bodyOf(request).then((call) =>
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify({ jsonrpc: '2.0', id: call.id, ...answer(call) })),
    )

async function ask(handler: Handler, blockHash: string) {
  const { url } = await testServer(handler)
  const server = new ExecutionRpcServer(url, platformTransport(systemClock))
  return server.answers.executionHeader!({ blockHash: asHash(hexToBytes(blockHash as `0x${string}`)) }, never)
}

const faultOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'answered',
    (error: RequestError) => `${error.fault.code}: ${error.message}`,
  )

test('a block is asked for by its hash, and comes back as the bytes that the hash is of', async () => {
  const blockHash = bytesToHex(keccak(headerRlpFromJson(BLOCK)))
  const calls: unknown[] = []
  const rlp = await ask(
    rpc(({ method, params }) => {
      calls.push([method, ...params])
      return { result: { ...BLOCK, hash: blockHash, totalDifficulty: '0x0', transactions: [] } }
    }),
    blockHash,
  )
  expect(calls).toEqual([['eth_getBlockByHash', blockHash, false]])
  const header = executionHeaderFromRlp(rlp, asHash(keccak(rlp)), keccak)
  expect(bytesToHex(header.hash)).toBe(blockHash)
  expect(header).toMatchObject({ number: 16, timestamp: 0x65, fieldCount: 23 })
})

test('fields that a fork does not have may be null or missing, and the access list’s hash has an older name', () => {
  const { blockAccessListHash, slotNumber: _, ...prague } = BLOCK
  const amsterdam = { ...prague, balHash: blockAccessListHash, slotNumber: '0x20' }
  expect(headerRlpFromJson(amsterdam)).toEqual(headerRlpFromJson(BLOCK))
  expect(headerRlpFromJson({ ...prague, blockAccessListHash: null })).toEqual(headerRlpFromJson(prague))
})

test.each([
  ['null', null],
  ['no hex', { ...BLOCK, stateRoot: 'abc' }],
  ['a number', { ...BLOCK, number: 16 }],
  ['a short hash', { ...BLOCK, stateRoot: '0x01' }],
  ['half a byte', { ...BLOCK, extraData: '0x1' }],
  ['digits that are none', { ...BLOCK, number: '0xzz' }],
  ['an empty quantity', { ...BLOCK, number: '0x' }],
  ['a quantity past 256 bits', { ...BLOCK, difficulty: `0x1${'0'.repeat(64)}` }],
  ['a field missing', { ...BLOCK, mixHash: undefined }],
  ['endless extra data', { ...BLOCK, extraData: `0x${'00'.repeat(10_000)}` }],
])('%s is refused', (_, block) => {
  expect(() => headerRlpFromJson(block)).toThrow(DecodeError)
})

describe('what goes wrong is named with its server', () => {
  const id = { id: 1 }
  test.each<[string, Handler, RegExp]>([
    ['no such block', rpc(() => ({ result: null })), /^absent: .* has no block 0x01/],
    ['no such method', rpc(() => ({ error: { code: -32601, message: 'no\nway' } })), /^absent: .*error -32601: no way/],
    ['pruned history', rpc(() => ({ error: { code: 4444, message: 'pruned' } })), /^absent: /],
    ['limits', rpc(() => ({ error: { code: -32005, message: 'slow down' } }), 400), /^busy: .*slow down/],
    ['an internal error', rpc(() => ({ error: { code: -32603, message: 'x' } })), /^unreachable: .*error -32603: x/],
    ['a status', answering(429, 'text/plain', 'many'), /^busy: .*HTTP 429/],
    ['HTML', answering(200, 'text/html', '<html>'), /^unreachable: .*no JSON/],
    ['another call’s answer', rpc(() => ({ id: 77, result: BLOCK })), /^malformed: .*no result of call 1/],
    ['neither result nor error', rpc(() => ({})), /^malformed: /],
    ['a list', answering(200, 'application/json', JSON.stringify([{ ...id, result: BLOCK }])), /^malformed: /],
    ['something else', rpc(() => ({ result: { number: '0x1' } })), /^malformed: .*parentHash/],
    ['too much', rpc(() => ({ result: 'x'.repeat(3_000_000) })), /^malformed: .*goes on after/],
  ])('%s', async (_, handler, expected) => {
    expect(await faultOf(ask(handler, hash(1)))).toMatch(expected)
  })
})

describeWithData('real blocks as servers give them', (data) => {
  const folder = join(data, 'blocks-no-state/nimbus-verified-proxy')
  test.each(readdirSync(folder))('%s has its hash', (file) => {
    const json = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { result?: { hash: string }; hash: string }
    const block = json.result ?? json
    expect(bytesToHex(keccak(headerRlpFromJson(block)))).toBe(block.hash)
  })
})
