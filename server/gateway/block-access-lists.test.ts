/** Block access lists of a devnet's Amsterdam blocks: every form that serves them gives what the header's hash is of. */
import { RLP, type Input } from '@ethereumjs/rlp'
import { bigIntToUnpaddedBytes, bytesToHex, hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { fastify, type FastifyInstance } from 'fastify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { asHash, type Hash, type Keccak } from '../../src/chain/bytes.ts'
import { loadKeccak } from '../../src/chain/keccak.ts'
import { decodeAnswer } from '../../src/network/state-service/answer-codec.ts'
import { httpForm } from '../../src/network/state-service/http-form.ts'
import { grow, testChain } from '../devnet/execution/execution-chain.fixtures.ts'
import { jsonRpcRoutes } from './json-rpc/routes.ts'
import { stateServiceRoutes } from './state-service/state-service-routes.ts'

const FIRST_SLOT = 2
const LAST_SLOT = 5
/** The place of blockAccessListHash in a header (EIP-7928). */
const ACCESS_LIST_HASH = 21

let app: FastifyInstance
let keccak: Keccak
/** What the header of each Amsterdam block says; of a block before it, undefined. */
const blocks: { readonly hash: Hash; readonly listHash: string | undefined }[] = []

beforeAll(async () => {
  keccak = await loadKeccak()
  const chain = await testChain({ forks: { osaka: 0, amsterdam: FIRST_SLOT }, accounts: 1000 })
  for (let slot = 1; slot <= LAST_SLOT; slot++) {
    const { headerRlp, carried } = await grow(chain, slot)
    const listHash = (RLP.decode(headerRlp) as Uint8Array[])[ACCESS_LIST_HASH]
    blocks.push({ hash: carried.payload.blockHash, listHash: listHash && bytesToHex(listHash) })
  }
  app = fastify()
  await app.register(jsonRpcRoutes, { paths: ['/rpc'], source: chain.local })
  await app.register(stateServiceRoutes, { source: chain.local, limits: { responseBytes: 1 << 20 } })
  await app.ready()
})
afterAll(() => app.close())

async function call(method: string, hash: Hash): Promise<{ result?: unknown; error?: { code: number } }> {
  const payload = { jsonrpc: '2.0', id: 1, method, params: [bytesToHex(hash)] }
  return (await app.inject({ method: 'POST', url: '/rpc', payload })).json()
}

const hashOf = (list: Uint8Array): string => bytesToHex(keccak(list))

test('debug_getRawBlockAccessList, and eth_getBlockAccessList when it is encoded again', async () => {
  for (const { hash, listHash } of blocks.slice(FIRST_SLOT - 1)) {
    const { result: raw } = await call('debug_getRawBlockAccessList', hash)
    expect(hashOf(hexToBytes(raw as PrefixedHexString))).toBe(listHash)
    const { result: shown } = await call('eth_getBlockAccessList', hash)
    expect(hashOf(RLP.encode((shown as ShownAccount[]).map(encode)))).toBe(listHash)
  }
})

test('the state service', async () => {
  for (const { hash, listHash } of blocks.slice(FIRST_SLOT - 1)) {
    const response = await app.inject({ url: httpForm('accessList', { blockHash: hash }).path })
    const decoded = decodeAnswer('accessList', Uint8Array.from(response.rawPayload))
    if (decoded.kind === 'failure') throw new Error(decoded.failure.message)
    expect(hashOf(decoded.answer.accessList)).toBe(listHash)
  }
})

test('a block before Amsterdam has none, which is no empty list', async () => {
  const [{ hash, listHash }] = blocks as [(typeof blocks)[number]]
  expect(listHash).toBeUndefined()
  for (const method of ['debug_getRawBlockAccessList', 'eth_getBlockAccessList'])
    expect(await call(method, hash)).toMatchObject({ error: { code: -32001 } })
  for (const blockHash of [hash, asHash(new Uint8Array(32))])
    expect((await app.inject({ url: httpForm('accessList', { blockHash }).path })).statusCode).toBe(404)
})

interface ShownChange {
  readonly index: string
  readonly value?: string
  readonly code?: PrefixedHexString
}

interface ShownAccount {
  readonly address: PrefixedHexString
  readonly storageChanges: readonly { readonly key: string; readonly changes: readonly ShownChange[] }[]
  readonly storageReads: readonly string[]
  readonly balanceChanges: readonly ShownChange[]
  readonly nonceChanges: readonly ShownChange[]
  readonly codeChanges: readonly ShownChange[]
}

function encode(account: ShownAccount): Input {
  return [
    hexToBytes(account.address),
    account.storageChanges.map(({ key, changes }) => [integer(key), changes.map(change)]),
    account.storageReads.map(integer),
    account.balanceChanges.map(change),
    account.nonceChanges.map(change),
    account.codeChanges.map(change),
  ]
}

const integer = (quantity: string): Uint8Array => bigIntToUnpaddedBytes(BigInt(quantity))
const change = ({ index, value, code }: ShownChange): Uint8Array[] => [
  integer(index),
  value === undefined ? hexToBytes(code!) : integer(value),
]
