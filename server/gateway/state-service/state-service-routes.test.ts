/** The state service over an imported chain: what it gives, what caches may keep, and what it refuses. */
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex } from '@ethereumjs/util'
import { fastify } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { asHash, type Hash } from '../../../src/chain/bytes.ts'
import { loadKeccak } from '../../../src/chain/keccak.ts'
import { decodeAnswer } from '../../../src/network/state-service/answer-codec.ts'
import {
  MAX_NODES,
  MAX_PATH_KEYS,
  STATE_MEDIA_TYPE,
  STATE_SERVICE_PATH,
} from '../../../src/network/state-service/constants.ts'
import { httpForm } from '../../../src/network/state-service/http-form.ts'
import type { StateKind, StateRequestOf } from '../../../src/network/state-service/messages.ts'
import { encodeRequest } from '../../../src/network/state-service/request-codec.ts'
import { decodeAccount } from '../../../src/state/account-codec.ts'
import { NodeBag } from '../../../src/state/content-bag.ts'
import { PartialTrie } from '../../../src/state/trie/partial-trie.ts'
import { describeWithData } from '../../../src/testing/data.ts'
import { UnavailableError, type ExecutionSource } from '../../execution/execution-source.ts'
import { importTestChain, replacing } from '../json-rpc/imported-chain.fixtures.ts'
import { MAX_REQUEST_BYTES, stateServiceRoutes } from './state-service-routes.ts'

const keccak = await loadKeccak()
const hashOf = (bytes: Uint8Array): Hash => asHash(keccak(bytes))
const nobody = asHash(new Uint8Array(32).fill(7))
const FOREVER = 'public, max-age=31536000, immutable'

async function serving(source: ExecutionSource, responseBytes = 1 << 26) {
  const app = fastify()
  await app.register(stateServiceRoutes, { source, limits: { responseBytes } })
  await app.ready()
  return {
    app,
    get: (path: string, headers: Record<string, string> = {}) =>
      app.inject({ url: `${STATE_SERVICE_PATH}${path}`, headers }),
    post: (path: string, payload: Uint8Array, type = STATE_MEDIA_TYPE) =>
      app.inject({
        method: 'POST',
        url: `${STATE_SERVICE_PATH}${path}`,
        payload: Buffer.from(payload),
        headers: { 'content-type': type },
      }),
    async ask<K extends StateKind>(kind: K, request: StateRequestOf<K>) {
      const { path, query = {}, body } = httpForm(kind, request)
      const pairs = Object.entries(query).flatMap(([name, value]) => [value].flat().map((one) => `${name}=${one}`))
      const response = await app.inject({
        method: body === undefined ? 'GET' : 'POST',
        url: pairs.length === 0 ? path : `${path}?${pairs.join('&')}`,
        ...(body !== undefined && { payload: Buffer.from(body), headers: { 'content-type': STATE_MEDIA_TYPE } }),
      })
      if (response.statusCode !== 200) throw new Error(`${response.statusCode} ${response.body}`)
      const decoded = decodeAnswer(kind, Uint8Array.from(response.rawPayload))
      if (decoded.kind === 'failure') throw new Error(decoded.failure.message)
      return { answer: decoded.answer, caching: response.headers['cache-control'] }
    },
  }
}

describeWithData('the state service of an imported chain', (data) => {
  let source: ExecutionSource
  let service: Awaited<ReturnType<typeof serving>>

  beforeAll(async () => {
    source = await importTestChain(data)
    service = await serving(source)
  })
  afterAll(() => service.app.close())

  const blockAt = async (number: number) => (await source.blockByNumber(number))!

  describe('gives', () => {
    test('its status, which no cache keeps', async () => {
      const { answer, caching } = await service.ask('status', {})
      const head = await blockAt(54)
      expect(answer).toMatchObject({ chainId: source.network.chainId, head: { number: 54 } })
      expect(bytesToHex(answer.head.hash)).toBe(bytesToHex(head.hash))
      expect(answer.serves).toMatchObject({ headers: { from: 0 }, nodes: { from: 0 }, ranges: { from: 0 } })
      expect(answer.oldestState).toBe(0)
      expect(caching).toBe('no-store')
    })

    test('headers up from a number, as far as there are any', async () => {
      const { answer, caching } = await service.ask('headers', { start: { number: 50 }, count: 9 })
      const expected = await Promise.all([50, 51, 52, 53, 54].map(async (number) => (await blockAt(number)).header))
      expect(answer.headers.map(bytesToHex)).toEqual(expected.map(bytesToHex))
      expect(caching).toBe('no-store')
    })

    test('headers down from a hash, for good', async () => {
      const { hash } = await blockAt(3)
      const { answer, caching } = await service.ask('headers', { start: { hash }, count: 3 })
      const expected = await Promise.all([3, 2, 1].map(async (number) => (await blockAt(number)).header))
      expect(answer.headers.map(bytesToHex)).toEqual(expected.map(bytesToHex))
      expect(caching).toBe(FOREVER)
      const beyond = await service.ask('headers', { start: { hash }, count: 9 })
      expect([beyond.answer.headers.length, beyond.caching]).toEqual([4, 'no-store'])
    })

    test('blocks, receipts and places of transactions', async () => {
      const block = await blockAt(54)
      const { answer, caching } = await service.ask('block', { blockHash: block.hash })
      expect([bytesToHex(answer.block), caching]).toEqual([bytesToHex(block.rlp), FOREVER])
      const receipts = await service.ask('receipts', { blockHash: block.hash })
      expect(receipts.answer.receipts).toHaveLength((await source.receipts(block.hash))!.length)
      const [, transactions] = RLP.decode(block.rlp) as unknown as [unknown, (Uint8Array | Uint8Array[])[]]
      const [first] = transactions
      const encoded = first instanceof Uint8Array ? first : RLP.encode(first)
      const place = await service.ask('transaction', { hash: hashOf(encoded) })
      expect([bytesToHex(place.answer.blockHash), place.answer.index]).toEqual([bytesToHex(block.hash), 0])
      expect(place.caching).toBe('no-store')
    })

    test('a witness, and the same by its hashes', async () => {
      const { hash: blockHash, parentHash } = await blockAt(54)
      const { answer: witness, caching } = await service.ask('witness', { blockHash })
      const { answer: metadata } = await service.ask('witnessMetadata', { blockHash })
      expect(caching).toBe(FOREVER)
      expect(metadata.nodes.map(bytesToHex)).toEqual(witness.nodes.map((node) => bytesToHex(hashOf(node))))
      expect(metadata.codes.map(bytesToHex)).toEqual(witness.codes.map((code) => bytesToHex(hashOf(code))))
      expect(metadata.headers).toEqual({ first: 54 - witness.headers.length, count: witness.headers.length })
      expect(hashOf(witness.headers.at(-1)!)).toEqual(Uint8Array.from(parentHash))
    })

    test.each(['GET', 'POST'])('nodes by %s, saying which it has not', async (method) => {
      const { nodes } = (await source.witness((await blockAt(54)).hash))!
      const asked = nodes.slice(0, 5).map(hashOf)
      const hashes = method === 'GET' ? asked : [...asked, ...asked, ...asked, ...asked]
      const whole = await service.ask('nodes', { hashes })
      expect(whole.answer.items.map((item) => bytesToHex(hashOf(item!)))).toEqual(hashes.map(bytesToHex))
      expect(whole.caching).toBe(FOREVER)
      const { answer, caching } = await service.ask('nodes', { hashes: [asked[0]!, nobody, asked[1]!] })
      expect(answer.items.map((item) => item && bytesToHex(item))).toEqual([
        bytesToHex(nodes[0]!),
        undefined,
        bytesToHex(nodes[1]!),
      ])
      expect(caching).toBe('no-store')
    })

    test('codes', async () => {
      const { codes } = (await source.witness((await blockAt(54)).hash))!
      const { answer } = await service.ask('codes', { hashes: [nobody, ...codes.map(hashOf)] })
      expect(answer.items.map((item) => item && bytesToHex(item))).toEqual([
        undefined,
        ...codes.map((code) => bytesToHex(code)),
      ])
    })

    test('paths of many keys, each node once, and enough for every key', async () => {
      const { stateRoot } = await blockAt(54)
      const all = { stateRoot, account: undefined, origin: asHash(new Uint8Array(32)) }
      const limit = asHash(new Uint8Array(32).fill(255))
      const { answer: range } = await service.ask('range', { ...all, limit, maxBytes: 500_000 })
      const keys = range.leaves.map(({ key }) => ({ account: key, slots: [nobody, key] }))
      // More keys than are looked up in one go, in accounts that are cut in two.
      const asked = Array.from({ length: 60 }, (_, at) => keys[at % keys.length]!)
      const { answer, caching } = await service.ask('paths', { stateRoot, keys: asked })
      expect([answer.complete, caching]).toEqual([180, FOREVER])
      expect(new Set(answer.nodes.map(bytesToHex)).size).toBe(answer.nodes.length)
      const bag = NodeBag.from(answer.nodes, keccak)
      const accounts = new PartialTrie({ root: stateRoot, source: bag, keccak })
      for (const { account, slots } of asked) {
        const root = decodeAccount(accounts.get(account)!).storageRoot
        const storage = new PartialTrie({ root, source: bag, keccak })
        for (const slot of slots) expect(storage.get(slot)).toBeUndefined()
      }
    })

    test('ranges of accounts and of storage', async () => {
      const { stateRoot } = await blockAt(54)
      const limit = asHash(new Uint8Array(32).fill(255))
      const everything = { stateRoot, account: undefined, origin: asHash(new Uint8Array(32)), limit, maxBytes: 500_000 }
      const { answer, caching } = await service.ask('range', everything)
      expect([answer.proof.length, caching]).toEqual([0, FOREVER])
      const owner = answer.leaves.find(({ value }) => bytesToHex(decodeAccount(value).storageRoot) !== EMPTY)!.key
      const { answer: slots } = await service.ask('range', { ...everything, account: owner })
      expect(slots.leaves.length).toBeGreaterThan(0)
      const { answer: part } = await service.ask('range', { ...everything, origin: owner, maxBytes: 0 })
      expect(part.leaves).toHaveLength(1)
      expect(part.proof.length).toBeGreaterThan(0)
    })
  })

  describe('is cached', () => {
    test('by a tag, which spares the body', async () => {
      const path = `/blocks/${bytesToHex((await blockAt(1)).hash)}`
      const first = await service.get(path)
      const tag = String(first.headers['etag'])
      for (const header of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
        const again = await service.get(path, { 'if-none-match': header })
        expect([again.statusCode, again.rawPayload.length, again.headers['cache-control']]).toEqual([304, 0, FOREVER])
      }
      expect((await service.get(path, { 'if-none-match': '"x"' })).statusCode).toBe(200)
      expect((await service.app.inject({ method: 'HEAD', url: `${STATE_SERVICE_PATH}${path}` })).statusCode).toBe(200)
    })
  })

  describe('refuses', () => {
    const zeros = (count: number) => Array.from({ length: count }, () => nobody)
    const hex = bytesToHex(nobody)
    test.each<[what: string, path: string, status: number, code: string]>([
      ['a route that is none', '/spoons', 404, 'unknown'],
      ['an unknown block', `/blocks/${hex}`, 404, 'unknown'],
      ['receipts of an unknown block', `/blocks/${hex}/receipts`, 404, 'unknown'],
      ['a witness of an unknown block', `/blocks/${hex}/witness`, 404, 'unknown'],
      ['what this chain has none of', `/blocks/${hex}/access-list`, 501, 'unsupported'],
      ['an unknown transaction', `/transactions/${hex}`, 404, 'unknown'],
      ['headers past the head', '/headers/55', 404, 'unknown'],
      ['headers from nowhere', `/headers/${hex}?count=2`, 404, 'unknown'],
      ['no headers at all', '/headers/1?count=0', 400, 'invalid'],
      ['too many headers', '/headers/1?count=513', 400, 'invalid'],
      ['a number that is none', '/headers/latest', 400, 'invalid'],
      ['a hash that is none', '/blocks/0x12', 400, 'invalid'],
      ['a path that climbs', '/blocks/..%2f..%2fetc', 400, 'invalid'],
      ['no hashes', '/nodes', 400, 'invalid'],
      ['half a hash', `/nodes?hash=${hex}&hash=0x12`, 400, 'invalid'],
      [
        'too many hashes for an address',
        `/codes?${zeros(17)
          .map(() => `hash=${hex}`)
          .join('&')}`,
        413,
        'limit',
      ],
      ['a range of an unknown state', `/ranges/${hex}`, 503, 'unavailable'],
      ['a range that ends before it begins', `/ranges/${hex}?origin=${hex}&limit=0x${'00'.repeat(32)}`, 400, 'invalid'],
      ['a range given twice', `/ranges/${hex}?origin=${hex}&origin=${hex}`, 400, 'invalid'],
      ['a larger range than there may be', `/ranges/${hex}?bytes=99999999`, 400, 'invalid'],
    ])('%s', async (_, path, status, code) => {
      const response = await service.get(path)
      expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([status, code])
      expect(response.headers['cache-control']).toBe('no-store')
    })

    test('a genesis block’s witness', async () => {
      const genesis = await service.get(`/blocks/${bytesToHex((await blockAt(0)).hash)}/witness`)
      expect([genesis.statusCode, genesis.json<{ code: string }>().code]).toEqual([503, 'unavailable'])
    })

    test('an access list of an unknown block, and of a fork without', async () => {
      const status = await source.status()
      const serves = { ...status.serves, accessLists: { from: 0 } }
      const listing = await serving(replacing(source, { status: () => ({ ...status, serves }) }))
      const unknownBlock = await listing.get(`/blocks/${bytesToHex(nobody)}/access-list`)
      expect([unknownBlock.statusCode, unknownBlock.json<{ message: string }>().message]).toEqual([
        404,
        `no block ${bytesToHex(nobody)}`,
      ])
      const list = await listing.get(`/blocks/${bytesToHex((await blockAt(9)).hash)}/access-list`)
      expect(list.statusCode).toBe(404)
      expect(list.json<{ message: string }>().message).toContain('fork without access lists')
    })

    test.each<[what: string, path: string, body: Uint8Array, status: number, code: string]>([
      ['no message', '/nodes', Uint8Array.of(), 400, 'invalid'],
      ['noise', '/nodes', Uint8Array.of(1, 8, 1, 2, 3), 400, 'invalid'],
      ['another version', '/nodes', Uint8Array.of(9, 8, 0xc0), 501, 'unsupported'],
      ['the message of another route', '/nodes', encodeRequest('codes', { hashes: [nobody] }), 400, 'invalid'],
      ['one hash too many', '/nodes', encodeRequest('nodes', { hashes: zeros(MAX_NODES + 1) }), 413, 'limit'],
      ['paths of nothing', '/paths', encodeRequest('paths', { stateRoot: nobody, keys: [] }), 400, 'invalid'],
      [
        'one path too many',
        '/paths',
        encodeRequest('paths', { stateRoot: nobody, keys: [{ account: nobody, slots: zeros(MAX_PATH_KEYS) }] }),
        413,
        'limit',
      ],
      [
        'paths of an unknown state',
        '/paths',
        encodeRequest('paths', { stateRoot: nobody, keys: [{ account: nobody, slots: [] }] }),
        503,
        'unavailable',
      ],
      ['a million hashes, unread', '/nodes', new Uint8Array(32_000_000), 413, 'limit'],
      ['one byte too many', '/nodes', new Uint8Array(MAX_REQUEST_BYTES + 1), 413, 'limit'],
    ])('%s', async (_, path, body, status, code) => {
      const response = await service.post(path, body)
      expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([status, code])
    })

    test('the largest requests that mean something are small enough', () => {
      const keys = zeros(MAX_PATH_KEYS).map((account) => ({ account, slots: [] }))
      expect(encodeRequest('paths', { stateRoot: nobody, keys }).length).toBeLessThan(MAX_REQUEST_BYTES)
    })

    test('other media types, either way', async () => {
      const body = encodeRequest('nodes', { hashes: [nobody] })
      expect((await service.post('/nodes', body, 'application/json')).statusCode).toBe(415)
      expect((await service.post('/nodes', body, 'text/plain')).statusCode).toBe(415)
      expect((await service.post('/nodes', body, 'application/octet-stream')).statusCode).toBe(200)
      expect((await service.get('/status', { accept: 'application/json' })).statusCode).toBe(406)
      expect((await service.get('/status', { accept: `${STATE_MEDIA_TYPE};q=0` })).statusCode).toBe(406)
      expect((await service.get('/status', { accept: `text/html, ${STATE_MEDIA_TYPE};q=0.5` })).statusCode).toBe(200)
    })
  })

  describe('when its source', () => {
    const with_ = async (replaced: Partial<ExecutionSource>, responseBytes?: number) =>
      serving(replacing(source, replaced), responseBytes)
    const unavailable = () => {
      throw new UnavailableError('pruned')
    }

    test('cannot give something, it says so, and never answers with nothing', async () => {
      const { hash } = await blockAt(5)
      const broken = await with_({ nodes: unavailable, receipts: unavailable, blockByHash: unavailable })
      for (const path of [`/nodes?hash=${bytesToHex(hash)}`, `/blocks/${bytesToHex(hash)}/receipts`]) {
        const response = await broken.get(path)
        expect([response.statusCode, response.json()]).toEqual([503, { code: 'unavailable', message: 'pruned' }])
      }
    })

    test('loses a header in mid-run, what it had is given, and not kept', async () => {
      const { hash } = await blockAt(5)
      const cut = await with_({
        headerByHash: async (asked) => {
          const found = await source.headerByHash(asked)
          return found !== undefined && found.number > 3 ? found : unavailable()
        },
      })
      const { answer, caching } = await cut.ask('headers', { start: { hash }, count: 4 })
      expect([answer.headers.length, caching]).toEqual([2, 'no-store'])
    })

    test('does not serve a kind, that kind is not served', async () => {
      const status = await source.status()
      const { ranges: _, ...serves } = status.serves
      const response = await (
        await with_({ status: () => ({ ...status, serves }) })
      ).get(`/ranges/${bytesToHex(nobody)}`)
      expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([501, 'unsupported'])
    })

    test('fails, it keeps why to itself', async () => {
      const failing = await with_({
        receipts: () => {
          throw new TypeError('secret')
        },
      })
      const response = await failing.get(`/blocks/${bytesToHex(nobody)}/receipts`)
      expect([response.statusCode, response.body.includes('secret')]).toEqual([500, false])
    })

    test('has more than fits, the answer ends early, and the rest can be had', async () => {
      const { nodes } = (await source.witness((await blockAt(54)).hash))!
      const hashes = nodes.map(hashOf)
      const small = await with_({}, 2_000)
      const got: string[] = []
      while (got.length < hashes.length) {
        const { answer, caching } = await small.ask('nodes', { hashes: hashes.slice(got.length) })
        expect(answer.items.length).toBeGreaterThan(0)
        if (got.length + answer.items.length < hashes.length) expect(caching).toBe('no-store')
        got.push(...answer.items.map((item) => bytesToHex(item!)))
      }
      expect(got).toEqual(nodes.map(bytesToHex))
    })

    test('has more than an answer may hold that cannot end early, it says so', async () => {
      const { hash } = await blockAt(54)
      const response = await (await with_({}, 500)).get(`/blocks/${bytesToHex(hash)}/witness`)
      expect([response.statusCode, response.json<{ code: string }>().code]).toEqual([413, 'limit'])
    })
  })
})

/** keccak256 of the empty trie. */
const EMPTY = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
