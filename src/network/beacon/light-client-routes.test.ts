import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { asRoot } from '../../chain/bytes.ts'
import { systemClock } from '../../chain/clock.ts'
import { networkByName } from '../../chain/network.ts'
import type { DecodedUpdate } from '../../consensus/containers/decode.ts'
import { readBootstrap, readHeadUpdate, readUpdates } from '../../consensus/containers/read-file.ts'
import { BeaconBlockHeaderType } from '../../consensus/containers/ssz-types.ts'
import { describeWithData } from '../../testing/data.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { LightClientFixture, PERIOD } from '../../testing/light-client-fixture.ts'
import { answering, endpointOf, never, testServer, type Handler } from '../http/http-server.fixtures.ts'
import type { RequestError } from '../request-server.ts'
import {
  HTML,
  JSON_TYPE,
  SSZ_TYPE,
  negotiating,
  restOf,
  routing,
  updateStream,
  wireBootstrap,
  wireUpdate,
} from './beacon-node.fixtures.ts'
import { BeaconRest } from './beacon-rest.ts'
import { MAX_REQUEST_LIGHT_CLIENT_UPDATES } from './constants.ts'
import { fetchBootstrap, fetchFinalityUpdate, fetchOptimisticUpdate, fetchUpdates } from './light-client-routes.ts'

const BASE = '/eth/v1/beacon/light_client'
const FORKS = { altair: 0, capella: 8, deneb: 16, electra: 24, fulu: 32, gloas: 40 }

let fixture: LightClientFixture

beforeAll(async () => {
  fixture = await LightClientFixture.load(fixtureNetwork(FORKS))
})

const updateOf = (period: number) =>
  fixture.update({ attestedSlot: period * PERIOD + 20, finalizedSlot: period * PERIOD + 8 })

async function serving(path: string, handler: Handler) {
  const server = await testServer(routing({ [`${BASE}/${path}`]: handler }))
  return { server, rest: restOf(fixture.network, server.url) }
}

async function errorOf(promise: Promise<unknown>): Promise<RequestError> {
  return promise.then(
    () => expect.unreachable('it should have been refused'),
    (error: unknown) => error as RequestError,
  )
}

const jsonOnly = (json: unknown): Handler => answering(200, JSON_TYPE, JSON.stringify(json))

describe('SSZ and JSON', () => {
  test.each([0, 1, 2, 3, 4, 5])('mean the same, in every fork: period %i', async (period) => {
    const update = updateOf(period)
    for (const [kind, path, fetch] of [
      ['finalityUpdate', 'finality_update', fetchFinalityUpdate],
      ['optimisticUpdate', 'optimistic_update', fetchOptimisticUpdate],
    ] as const) {
      const object = wireUpdate(fixture.network, update, kind)
      const ssz = await serving(path, negotiating(object))
      const json = await serving(path, jsonOnly(object.json))
      const expected = readHeadUpdate(fixture.network, kind, object.ssz)
      expect(await fetch(ssz.rest, never)).toEqual(expected)
      expect(await fetch(json.rest, never)).toEqual(expected)
    }
    const object = wireUpdate(fixture.network, update, 'update')
    const request = { startPeriod: period, count: 1 }
    const ssz = await serving('updates', answering(200, SSZ_TYPE, updateStream([object])))
    const json = await serving('updates', jsonOnly([object.json]))
    const expected = await fetchUpdates(ssz.rest, request, never)
    expect(expected).toMatchObject([{ kind: 'update', update: { signatureSlot: update.signatureSlot } }])
    expect(await fetchUpdates(json.rest, request, never)).toEqual(expected)
  })

  test('SSZ is asked for first, then JSON, and a server that has none is not asked for it again', async () => {
    const object = wireUpdate(fixture.network, updateOf(3), 'finalityUpdate')
    const accepted: (string | undefined)[] = []
    const { rest } = await serving('finality_update', (request, response) => {
      accepted.push(request.headers.accept)
      const isSsz = request.headers.accept?.includes(SSZ_TYPE) === true
      ;(isSsz ? answering(406, JSON_TYPE, '{"code":406,"message":"no"}') : jsonOnly(object.json))(request, response)
    })
    await fetchFinalityUpdate(rest, never)
    await fetchFinalityUpdate(rest, never)
    expect(accepted).toEqual(['application/octet-stream;q=1.0,application/json;q=0.9', JSON_TYPE, JSON_TYPE])
  })

  test('are told apart without a type', async () => {
    const object = wireUpdate(fixture.network, updateOf(3), 'finalityUpdate')
    const expected = readHeadUpdate(fixture.network, 'finalityUpdate', object.ssz)
    for (const body of [object.ssz, JSON.stringify(object.json)]) {
      const { rest } = await serving('finality_update', answering(200, 'text/plain', body))
      expect(await fetchFinalityUpdate(rest, never)).toEqual(expected)
    }
  })

  test('need no version where a page may not read it, and contradict no other', async () => {
    const object = wireUpdate(fixture.network, updateOf(5), 'finalityUpdate')
    const silent = await serving('finality_update', answering(200, SSZ_TYPE, object.ssz))
    expect(await fetchFinalityUpdate(silent.rest, never)).toBeDefined()
    for (const [version, message] of [
      ['deneb', /Eth-Consensus-Version says deneb, but its slot is in gloas/],
      ['osaka', /"osaka" is no fork/],
    ] as const) {
      const headers = { 'eth-consensus-version': version }
      const { rest } = await serving('finality_update', answering(200, SSZ_TYPE, object.ssz, headers))
      const error = await errorOf(fetchFinalityUpdate(rest, never))
      expect(error.fault).toEqual({ code: 'malformed' })
      expect(error.message).toMatch(message)
    }
  })
})

describe('a bootstrap', () => {
  test('is of the block that was asked for', async () => {
    const { bootstrap, root } = fixture.bootstrap(4 * PERIOD)
    const object = wireBootstrap(fixture.network, bootstrap)
    const { rest } = await serving(`bootstrap/0x${Buffer.from(root).toString('hex')}`, negotiating(object))
    expect(await fetchBootstrap(rest, { blockRoot: root }, never)).toEqual(readBootstrap(fixture.network, object.ssz))
  })

  test('of another block is refused', async () => {
    const { bootstrap } = fixture.bootstrap(4 * PERIOD)
    const other = asRoot(new Uint8Array(32).fill(7))
    const object = wireBootstrap(fixture.network, bootstrap)
    const { rest } = await serving(`bootstrap/0x${'07'.repeat(32)}`, negotiating(object))
    const error = await errorOf(fetchBootstrap(rest, { blockRoot: other }, never))
    expect(error.fault).toEqual({ code: 'malformed' })
    expect(error.message).toContain('not of the one asked for')
  })
})

describe('updates', () => {
  const served = (...periods: number[]) =>
    serving(
      'updates',
      answering(
        200,
        SSZ_TYPE,
        updateStream(periods.map((period) => wireUpdate(fixture.network, updateOf(period), 'update'))),
      ),
    )

  test('may begin later and be fewer than asked', async () => {
    const { rest, server } = await served(2, 3)
    expect(await fetchUpdates(rest, { startPeriod: 1, count: 8 }, never)).toHaveLength(2)
    expect(server.requests).toEqual([`GET ${BASE}/updates?start_period=1&count=8`])
  })

  test.each([
    ['before the first', [0, 1], 1, 2],
    ['after the last', [2, 3], 1, 2],
    ['with a gap', [1, 3], 1, 4],
    ['backwards', [2, 1], 1, 4],
    ['twice', [2, 2], 1, 4],
    ['more than asked', [1, 2, 3], 1, 2],
  ])('of periods %s are refused', async (_, periods, startPeriod, count) => {
    const { rest } = await served(...periods)
    expect((await errorOf(fetchUpdates(rest, { startPeriod, count }, never))).fault).toEqual({ code: 'malformed' })
  })

  test('that cannot be read leave the others', async () => {
    const [good, bad] = [1, 2].map((period) => wireUpdate(fixture.network, updateOf(period), 'update'))
    const spoiled = { ...bad!, forkDigest: Uint8Array.of(1, 2, 3, 4) }
    const { rest } = await serving('updates', answering(200, SSZ_TYPE, updateStream([good!, spoiled])))
    const updates = await fetchUpdates(rest, { startPeriod: 1, count: 2 }, never)
    expect(updates.map(({ kind }) => kind)).toEqual(['update', 'malformed'])
  })

  test('that are none at all are absent', async () => {
    for (const handler of [jsonOnly([]), answering(200, SSZ_TYPE, '')]) {
      const { rest } = await serving('updates', handler)
      const error = await errorOf(fetchUpdates(rest, { startPeriod: 1, count: 2 }, never))
      expect(error.fault).toEqual({ code: 'absent' })
      expect(error.message).toContain('holds no update of periods 1 to 2')
    }
  })

  test('are asked for one by one where a range is refused for one that is missing', async () => {
    const object = wireUpdate(fixture.network, updateOf(1), 'update')
    const { rest, server } = await serving('updates', (request, response) =>
      request.url?.endsWith('count=1') === true
        ? answering(200, SSZ_TYPE, updateStream([object]))(request, response)
        : answering(
            500,
            JSON_TYPE,
            '{"statusCode":500,"message":"No partialUpdate available for period 3"}',
          )(request, response),
    )
    expect(await fetchUpdates(rest, { startPeriod: 1, count: 8 }, never)).toHaveLength(1)
    expect(server.requests).toEqual([
      `GET ${BASE}/updates?start_period=1&count=8`,
      `GET ${BASE}/updates?start_period=1&count=1`,
    ])
  })

  test.each([0, 1.5, MAX_REQUEST_LIGHT_CLIENT_UPDATES + 1])('cannot be %d', async (count) => {
    const { rest, server } = await served(1)
    await expect(fetchUpdates(rest, { startPeriod: 1, count }, never)).rejects.toThrow(RangeError)
    expect(server.requests).toEqual([])
  })
})

describe('answers that are none', () => {
  test.each<[what: string, handler: Handler, code: string, message: RegExp]>([
    ['a page', answering(200, 'text/html', HTML), 'unreachable', /an HTML page came where JSON or SSZ was expected/],
    ['a page as plain text', answering(200, 'text/plain', HTML), 'unreachable', /an HTML page came/],
    [
      '404',
      answering(404, JSON_TYPE, '{"code":404,"message":"LCFinUpdateUnavailable"}'),
      'absent',
      /LCFinUpdateUnavailable/,
    ],
    ['400', answering(400, JSON_TYPE, '{"code":400,"message":"bad"}'), 'absent', /HTTP 400 \(bad request\): bad/],
    ['429', answering(429, JSON_TYPE, '', { 'retry-after': '3' }), 'busy', /left alone for 3 s/],
    [
      '503',
      answering(503, JSON_TYPE, '{"code":503,"message":"syncing"}'),
      'unreachable',
      /HTTP 503 \(unavailable\): syncing/,
    ],
    [
      '500',
      answering(500, JSON_TYPE, '{"code":500,"message":"oops"}'),
      'unreachable',
      /HTTP 500 \(internal error\): oops/,
    ],
    [
      '500 for not yet',
      answering(
        500,
        JSON_TYPE,
        '{"statusCode":500,"error":"Internal Server Error","message":"No finality update available"}',
      ),
      'absent',
      /No finality update available/,
    ],
    [
      '500 for no witness',
      answering(500, JSON_TYPE, '{"message":"syncCommitteeWitness not available"}'),
      'absent',
      /not available/,
    ],
    ['bytes of nothing', answering(200, SSZ_TYPE, 'nothing'), 'malformed', /finalityUpdate: 7 bytes/],
    ['JSON of nothing', answering(200, JSON_TYPE, '{"data":{}}'), 'malformed', /attested_header/],
    ['JSON that breaks off', answering(200, JSON_TYPE, '{"data":'), 'malformed', /JSON/],
    ['too much', answering(200, JSON_TYPE, 'x'.repeat(200_000)), 'malformed', /the most there may be/],
  ])('%s', async (_, handler, code, message) => {
    const { rest, server } = await serving('finality_update', handler)
    const error = await errorOf(fetchFinalityUpdate(rest, never))
    expect(error.name).toBe('RequestError')
    expect(error.fault.code).toBe(code)
    expect(error.message).toMatch(message)
    expect(error.message).toContain(`${server.url}: GET ${BASE}/finality_update: `)
  })

  test('bodies that were cut are no lies, where their length was announced', async () => {
    const { ssz } = wireUpdate(fixture.network, updateOf(3), 'finalityUpdate')
    // A browser that hands out what came of a cut body; more than an execution header's extra data is missing.
    const body = ssz.slice(0, -40)
    for (const [headers, code] of [
      [{ 'content-length': String(ssz.length) }, 'unreachable'],
      [{ 'content-length': String(ssz.length), 'content-encoding': 'gzip' }, 'malformed'],
      [{}, 'malformed'],
    ] as const) {
      const response = () => Promise.resolve(new Response(body, { headers: { 'content-type': SSZ_TYPE, ...headers } }))
      const endpoint = endpointOf('https://a.example', { fetch: response, clock: systemClock, origin: undefined })
      const rest = new BeaconRest({ network: fixture.network, endpoint, onTime: () => undefined })
      expect((await errorOf(fetchFinalityUpdate(rest, never))).fault.code).toBe(code)
    }
  })

  test('a request that is given up ends at once', async () => {
    const { rest } = await serving('finality_update', () => undefined)
    const abort = new AbortController()
    const asked = errorOf(fetchFinalityUpdate(rest, abort.signal))
    abort.abort()
    expect((await asked).message).toContain('given up')
  })
})

const slotOf = (decoded: DecodedUpdate) =>
  decoded.kind === 'update' ? decoded.update.attestedHeader.beacon.slot : decoded.error.message

describeWithData('recorded answers', (data) => {
  const folder = join(data, 'lightclient')
  const mainnet = networkByName('mainnet')
  const read = (path: string) => new Uint8Array(readFileSync(join(folder, path)))

  test.each([
    ['mainnet-deneb-1347-1406/updates_1347_46.ssz', SSZ_TYPE, 1347, 46],
    ['mainnet-deneb-1347-1406/updates_1393_14.ssz', SSZ_TYPE, 1393, 14],
    ['mainnet-capella-862-867-helios/updates.json', JSON_TYPE, 862, 6],
    ['mainnet-fulu-1711-nimbus/lc_updates.json', JSON_TYPE, 1711, 1],
  ])('%s', async (path, type, startPeriod, count) => {
    const body = read(path)
    const server = await testServer(routing({ [`${BASE}/updates`]: answering(200, type, body) }))
    const updates = await fetchUpdates(restOf(mainnet, server.url), { startPeriod, count }, never)
    expect(updates).toHaveLength(count)
    expect(updates.map(slotOf)).toEqual(readUpdates(mainnet, body).map(slotOf))
  })

  test.each([
    ['mainnet-deneb-1347-1406/bootstrap_slot11034656.ssz', SSZ_TYPE],
    ['mainnet-capella-862-867-helios/bootstrap.json', JSON_TYPE],
    ['mainnet-fulu-1711-nimbus/lc_bootstrap.json', JSON_TYPE],
  ])('%s', async (path, type) => {
    const body = read(path)
    const expected = readBootstrap(mainnet, body)
    const blockRoot = asRoot(BeaconBlockHeaderType.hashTreeRoot(expected.header.beacon))
    const route = `${BASE}/bootstrap/0x${Buffer.from(blockRoot).toString('hex')}`
    const server = await testServer(routing({ [route]: answering(200, type, body) }))
    expect(await fetchBootstrap(restOf(mainnet, server.url), { blockRoot }, never)).toEqual(expected)
  })
})
