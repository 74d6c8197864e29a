import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { timeOfSlot } from '../../chain/beacon-config.ts'
import { asRoot } from '../../chain/bytes.ts'
import { networkByName } from '../../chain/network.ts'
import { describeWithData } from '../../testing/data.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { LightClientFixture } from '../../testing/light-client-fixture.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { answering, never, testServer, type Handler } from '../http/http-server.fixtures.ts'
import type { ServerNews } from '../request-server.ts'
import {
  HTML,
  JSON_TYPE,
  eventStream,
  genesisJson,
  headEvent,
  headerJson,
  jsonResponse,
  localNode,
  routing,
  wireUpdate,
  type LocalNode,
} from './beacon-node.fixtures.ts'
import { beaconServer, type BeaconServer } from './beacon-server.ts'
import {
  EVENT_BYTES_PER_SLOT,
  MALFORMED_EVENTS_MAX,
  NETWORK_RECHECK_MS,
  RECONNECT_MAX_MS,
  STALL_MIN_MS,
  STREAM_RETRY_MS,
} from './constants.ts'

const network = fixtureNetwork()
const SLOT_MS = network.slotSeconds * 1_000
const GENESIS = '/eth/v1/beacon/genesis'
const EVENTS = '/eth/v1/events'
const FINALITY = '/eth/v1/beacon/light_client/finality_update'
const OPTIMISTIC = '/eth/v1/beacon/light_client/optimistic_update'
const UPDATES = '/eth/v1/beacon/light_client/updates'
const HEAD = '/eth/v1/beacon/headers/head'
/** Of the slot that the clock of these tests starts in: the first of an epoch, so that polls without a capability fall there too. */
const SLOT = 72

let finality: unknown
let optimistic: unknown

beforeAll(async () => {
  const fixture = await LightClientFixture.load(network)
  const update = fixture.update({ attestedSlot: SLOT - 1, finalizedSlot: SLOT - 16 })
  finality = wireUpdate(network, update, 'finalityUpdate').json
  optimistic = wireUpdate(network, update, 'optimisticUpdate').json
})

const header = {
  slot: SLOT,
  proposerIndex: 0,
  parentRoot: new Uint8Array(32),
  stateRoot: new Uint8Array(32),
  bodyRoot: new Uint8Array(32),
}
const root = asRoot(new Uint8Array(32).fill(6))

const genesis = () => jsonResponse(JSON.parse(genesisJson(network)))
const latest = {
  [FINALITY]: () => jsonResponse(finality),
  [OPTIMISTIC]: () => jsonResponse(optimistic),
  [HEAD]: () => jsonResponse(JSON.parse(headerJson(header))),
}
const event = (name: string, data: unknown) => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`

interface SetUp {
  readonly clock: SimulatedClock
  readonly node: LocalNode
  readonly server: BeaconServer
  readonly news: ServerNews[]
  readonly stop: () => void
}

/** A server that is listened to, over routes that a test gives; random numbers are all 0.5. */
function listening(routes: LocalNode['routes'], url = 'https://beacon.example'): SetUp {
  const clock = new SimulatedClock(timeOfSlot(network, SLOT) * 1_000)
  const node = localNode(clock, { [GENESIS]: genesis, ...routes })
  const server = beaconServer({ network, url, transport: node.transport, random: () => 0.5 })
  const news: ServerNews[] = []
  const stop = server.subscribe((each) => news.push(each))
  return { clock, node, server, news, stop }
}

const kindsOf = (news: readonly ServerNews[]) => news.map(({ kind }) => kind)
const faultsOf = (news: readonly ServerNews[]) =>
  news.flatMap((each) => (each.kind === 'fault' ? [each.error.message] : []))
const asked = ({ requests }: LocalNode, path: string) => requests.filter(([, request]) => request.startsWith(path))
const inSlot = ([at]: readonly [number, string]) => at - timeOfSlot(network, SLOT) * 1_000

describe('the network', () => {
  test('is found out first: nothing can be asked before', async () => {
    const { clock, server, news, node } = listening(latest)
    expect(server.capabilities).toEqual({})
    await clock.advance(0)
    expect(Object.keys(server.capabilities)).toEqual(['light-client', 'headers', 'blocks'])
    expect(news[0]).toEqual({ kind: 'capabilities' })
    expect(node.requests[0]).toEqual([clock.now(), GENESIS])
  })

  test('that is another one leaves the server without capabilities, named, and asked no more', async () => {
    const other = () => jsonResponse(JSON.parse(genesisJson(networkByName('mainnet'))))
    const { clock, server, news, node } = listening({ [GENESIS]: other, ...latest })
    await clock.advance(60_000)
    expect(server.capabilities).toEqual({})
    const named = expect.stringMatching(/^https:\/\/beacon\.example: is of mainnet .* expected fixture/) as string
    expect(faultsOf(news)).toEqual([named, named])
    expect(node.requests.map(inSlot)).toEqual([0, NETWORK_RECHECK_MS])
    await expect(server.answers.finalityUpdate?.({}, never)).rejects.toThrow('is of mainnet')
    node.routes[GENESIS] = genesis
    await clock.advance(STREAM_RETRY_MS)
    expect(server.capabilities['light-client']).toBeDefined()
    await expect(server.answers.finalityUpdate?.({}, never)).resolves.toBeDefined()
  })

  test('that is another one by a flipped bit is ours a few seconds later', async () => {
    const flipped = genesisJson(network).replace(/(validators_root":"0x)(.)/, (_, key: string, digit: string) =>
      key.concat((parseInt(digit, 16) ^ 1).toString(16)),
    )
    const { clock, server, news, node } = listening({ ...latest, [GENESIS]: () => jsonResponse(JSON.parse(flipped)) })
    await clock.advance(0)
    expect(faultsOf(news)).toEqual([expect.stringContaining('is of a network that is not built in')])
    node.routes[GENESIS] = genesis
    await clock.advance(NETWORK_RECHECK_MS)
    expect(server.capabilities['light-client']).toBeDefined()
    await expect(server.answers.finalityUpdate?.({}, never)).resolves.toBeDefined()
  })

  test('is asked for again, ever more slowly, while nobody answers', async () => {
    const { clock, server, news, node, stop } = listening({
      ...latest,
      [GENESIS]: () => Promise.reject(new TypeError('fetch failed')),
    })
    await clock.advance(300_000)
    expect(asked(node, GENESIS).map(inSlot)).toEqual([
      0, 1_000, 3_000, 7_000, 15_000, 31_000, 63_000, 123_000, 183_000, 243_000,
    ])
    expect(faultsOf(news)[0]).toBe('https://beacon.example: GET /eth/v1/beacon/genesis: no connection: fetch failed')
    node.routes[GENESIS] = genesis
    await clock.advance(RECONNECT_MAX_MS)
    expect(server.capabilities['light-client']).toBeDefined()
    stop()
    expect(clock.waiting).toBe(0)
  })
})

test('a server that wants to be left alone at first is', async () => {
  const busy = () => new Response('', { status: 429, headers: { 'retry-after': '30' } })
  const { clock, node } = listening({ [GENESIS]: busy })
  await clock.advance(40_000)
  expect(asked(node, GENESIS).map(inSlot)).toEqual([0, 30_000])
})

describe('an event stream', () => {
  test('brings heads and updates', async () => {
    const stream = eventStream()
    const { clock, server, news } = listening({ ...latest, [EVENTS]: () => stream.response })
    await clock.advance(0)
    expect(server.events).toMatchObject({ kind: 'streaming' })
    news.length = 0
    stream.write(headEvent(SLOT, root))
    stream.write(event('head_v2', { version: 'gloas', data: { slot: '73', block: `0x${'07'.repeat(32)}` } }))
    stream.write(event('light_client_optimistic_update', optimistic))
    stream.write(event('light_client_finality_update', finality))
    stream.write(event('contribution_and_proof', { what: 'ever' }))
    await clock.advance(0)
    expect(kindsOf(news)).toEqual(['head', 'head', 'optimisticUpdate', 'finalityUpdate'])
    expect(news[0]).toEqual({ kind: 'head', slot: SLOT, blockRoot: root })
    expect(news[1]).toMatchObject({ kind: 'head', slot: 73 })
    expect(news[3]).toMatchObject({ update: { signatureSlot: SLOT } })
  })

  test('that brings updates spares polls; one that is silent does not', async () => {
    const stream = eventStream()
    const { clock, node } = listening({ ...latest, [EVENTS]: () => stream.response })
    await clock.advance(0)
    const before = asked(node, OPTIMISTIC).length
    for (let slot = 0; slot < 5; slot++) {
      stream.write(event('light_client_optimistic_update', optimistic))
      await clock.advance(SLOT_MS)
    }
    expect(asked(node, OPTIMISTIC)).toHaveLength(before)
    for (let slot = 0; slot < 3; slot++) {
      stream.write(headEvent(SLOT + slot, root))
      await clock.advance(SLOT_MS)
    }
    expect(asked(node, OPTIMISTIC)).toHaveLength(before + 3)
  })

  test('is opened again after it ended, and what came meanwhile is asked for', async () => {
    const streams = [eventStream(), eventStream(), eventStream()]
    let opened = 0
    const { clock, node, server, news } = listening({ ...latest, [EVENTS]: () => streams[opened++]!.response })
    await clock.advance(22_500)
    streams[0]!.close()
    await clock.advance(999)
    expect(server.events).toEqual({ kind: 'polling', why: 'the server closed its event stream' })
    const before = asked(node, FINALITY).length
    await clock.advance(1)
    expect(server.events.kind).toBe('streaming')
    expect(asked(node, FINALITY)).toHaveLength(before + 1)
    expect(faultsOf(news)).toEqual([])
  })

  test('is tried ever more slowly while it fails, up to a bound', async () => {
    const { clock, node, news } = listening({
      ...latest,
      [EVENTS]: () => Promise.reject(new TypeError('fetch failed')),
    })
    await clock.advance(240_000)
    expect(asked(node, EVENTS).map(inSlot)).toEqual([0, 1_000, 3_000, 7_000, 15_000, 31_000, 63_000, 123_000, 183_000])
    expect(faultsOf(news)).toHaveLength(9)
  })

  test('that stalls is cut and opened again', async () => {
    const streams = [eventStream(), eventStream()]
    let opened = 0
    const { clock, server, news } = listening({ ...latest, [EVENTS]: () => streams[opened++]!.response })
    await clock.advance(0)
    await clock.advance(STALL_MIN_MS - 1)
    streams[0]!.write(': still here\n')
    await clock.advance(STALL_MIN_MS - 1)
    expect(server.events.kind).toBe('streaming')
    await clock.advance(1)
    expect(server.events.kind).toBe('polling')
    expect(streams[0]!.isCancelled()).toBe(true)
    expect(faultsOf(news)).toEqual([expect.stringContaining('GET /eth/v1/events?topics=')])
    expect(faultsOf(news)[0]).toContain('the body was cut: nothing came for 30 s')
    await clock.advance(1_000)
    expect(opened).toBe(2)
  })

  test('with an event that cannot be read goes on; with many it is cut', async () => {
    const stream = eventStream()
    const { clock, server, news } = listening({ ...latest, [EVENTS]: () => stream.response })
    await clock.advance(0)
    stream.write('event: head\ndata: {"slot":\n\n')
    stream.write(headEvent(SLOT, root))
    await clock.advance(0)
    expect(kindsOf(news).slice(-2)).toEqual(['fault', 'head'])
    expect(faultsOf(news)[0]).toContain('event head: ')
    for (let i = 0; i < MALFORMED_EVENTS_MAX; i++) stream.write(event('light_client_finality_update', { data: {} }))
    await clock.advance(0)
    expect(stream.isCancelled()).toBe(true)
    expect(server.events).toMatchObject({ kind: 'polling', why: expect.stringContaining('cannot be read') as string })
  })

  test.each([
    ['a line without end', 'x'.repeat(50_000)],
    ['comments without end', `:${'x'.repeat(50_000)}\n`],
    ['events without end', `data: ${'x'.repeat(50_000)}\n\n`],
  ])('of %s is cut', async (_, piece) => {
    const stream = eventStream()
    const { clock, news } = listening({ ...latest, [EVENTS]: () => stream.response })
    await clock.advance(0)
    for (let i = 0; i < 2 + EVENT_BYTES_PER_SLOT / 50_000; i++) stream.write(piece)
    await clock.advance(0)
    expect(stream.isCancelled()).toBe(true)
    expect(faultsOf(news)).toEqual([
      expect.stringMatching(/more than \d+ bytes came in one slot|longer than \d+ characters/),
    ])
    expect(news.findLast(({ kind }) => kind === 'fault')).toMatchObject({ error: { fault: { code: 'malformed' } } })
  })

  test('takes fewer topics where a server does not know them all', async () => {
    const stream = eventStream()
    const { clock, node, server } = listening({})
    node.routes[EVENTS] = () => {
      const { length } = asked(node, EVENTS)
      return length <= 2 ? new Response('{"code":400,"message":"bad topic"}', { status: 400 }) : stream.response
    }
    await clock.advance(0)
    expect(
      asked(node, EVENTS).map(([, request]) => new URLSearchParams(request.split('?')[1]).getAll('topics').join()),
    ).toEqual([
      'head,light_client_finality_update,light_client_optimistic_update,finalized_checkpoint',
      'head,light_client_finality_update,light_client_optimistic_update',
      'head_v2,light_client_finality_update,light_client_optimistic_update',
    ])
    expect(server.events.kind).toBe('streaming')
  })

  test('of one who wants to be left alone is opened when it says', async () => {
    const { clock, node } = listening({
      ...latest,
      [EVENTS]: () => new Response('', { status: 429, headers: { 'retry-after': '100' } }),
    })
    await clock.advance(150_000)
    expect(asked(node, EVENTS).map(inSlot)).toEqual([0, 100_000])
  })

  test('waits as long as the server asked for with retry', async () => {
    let opened = 0
    const { clock, node } = listening({
      [EVENTS]: () => {
        opened += 1
        const stream = eventStream()
        stream.write('retry: 20000\n\n')
        stream.close()
        return stream.response
      },
    })
    await clock.advance(30_000)
    expect(opened).toBe(2)
    expect(asked(node, EVENTS).map(inSlot)).toEqual([0, 20_000])
  })
})

describe('without an event stream', () => {
  test.each([
    ['404', () => new Response('', { status: 404 })],
    ['405', () => new Response('', { status: 405 })],
    ['501', () => new Response('', { status: 501 })],
    ['a page', () => new Response(HTML, { headers: { 'content-type': 'text/html' } })],
  ])(
    '(%s) updates are polled for when they come to be, and the stream is tried again now and then',
    async (_, refuse) => {
      const { clock, node, server, news } = listening({ ...latest, [EVENTS]: refuse })
      await clock.advance(3 * SLOT_MS)
      expect(server.events.kind).toBe('polling')
      // At once; then a third into each slot, a margin of a tenth and half of the jitter after it.
      const moments = [0, 1, 2].map((slot) => slot * SLOT_MS + 1_999 + 600 + 300)
      expect(asked(node, OPTIMISTIC).map(inSlot)).toEqual([0, ...moments])
      expect(asked(node, FINALITY).map(inSlot)).toEqual([0, ...moments])
      expect(kindsOf(news).slice(1, 4).sort()).toEqual(['finalityUpdate', 'head', 'optimisticUpdate'])
      expect(faultsOf(news)).toEqual([])
      expect(asked(node, EVENTS)).toHaveLength(1)
      await clock.advance(STREAM_RETRY_MS)
      expect(asked(node, EVENTS)).toHaveLength(2)
    },
  )

  test('polls wait as long as the server wants', async () => {
    const busy = () => new Response('', { status: 429, headers: { 'retry-after': '20' } })
    const { clock, node, news } = listening({ ...latest, [OPTIMISTIC]: busy })
    await clock.advance(24_000)
    expect(asked(node, OPTIMISTIC).map(inSlot)).toEqual([0, 3 * SLOT_MS + 2_899])
    expect(faultsOf(news)[0]).toContain('asks to be left alone for 20 s')
  })

  test.each([
    ['the head', HEAD, [OPTIMISTIC, FINALITY]],
    ['the optimistic update', OPTIMISTIC, [FINALITY, HEAD]],
    ['the finality update', FINALITY, [OPTIMISTIC, HEAD]],
  ])(
    'a server that never says %s is asked for it every slot, and heard on the others at once',
    async (_, path, others) => {
      const { clock, node, news } = listening({ ...latest, [path]: () => new Promise<Response>(() => undefined) })
      const told: (readonly [number, string])[] = []
      node.routes[EVENTS] = () => new Response('', { status: 404 })
      for (let ms = 0; ms < 25 * SLOT_MS; ms += 100) {
        news.length = 0
        await clock.advance(100)
        for (const { kind } of news) if (kind.endsWith('Update') || kind === 'head') told.push([clock.now(), kind])
      }
      // At once, and in each slot; the first that hangs is under way when the first slot's moment comes.
      expect([path, ...others].map((each) => asked(node, each).length)).toEqual([25, 26, 26])
      expect(told).toHaveLength(2 * 26)
      const moments = asked(node, others[0]!).map(([at]) => at)
      expect(told.every(([at]) => moments.some((moment) => at - moment >= 0 && at - moment <= 100))).toBe(true)
    },
  )

  test('polls of a server that was to be left alone go on where the clock was a year ahead', async () => {
    const busy = () => new Response('', { status: 429, headers: { 'retry-after': '300' } })
    const { clock, node } = listening({ ...latest, [HEAD]: busy })
    const right = clock.now()
    clock.set(right + 365 * 86_400_000)
    await clock.advance(0)
    node.routes[HEAD] = latest[HEAD]
    await clock.advance(2 * SLOT_MS)
    const before = asked(node, OPTIMISTIC).length
    clock.set(right + 2 * SLOT_MS)
    await clock.advance(3 * SLOT_MS)
    expect(asked(node, OPTIMISTIC).length - before).toBeGreaterThanOrEqual(2)
  })

  test('a checkpoint that is finalized is asked for until it is there', async () => {
    const stream = eventStream()
    const { clock, node } = listening({ ...latest, [EVENTS]: () => stream.response })
    await clock.advance(0)
    const before = asked(node, FINALITY).length
    stream.write(event('finalized_checkpoint', { block: `0x${'0a'.repeat(32)}`, epoch: '8' }))
    for (let slot = 0; slot < 8; slot++) {
      stream.write(event('light_client_optimistic_update', optimistic))
      await clock.advance(SLOT_MS)
    }
    expect(asked(node, FINALITY)).toHaveLength(before + 4)
  })
})

describe('light-client routes', () => {
  test('that are missing take the capability away; with an update it is back', async () => {
    const { clock, node, server, news } = listening({ [HEAD]: latest[HEAD] })
    await clock.advance(0)
    expect(server.capabilities['light-client']).toBeUndefined()
    expect(server.capabilities.headers).toBeDefined()
    expect(kindsOf(news)).toEqual(['capabilities', 'head', 'capabilities', 'fault'])
    expect(faultsOf(news)[0]).toMatch(/^https:\/\/beacon\.example serves no light clients: .*\/light_client\/.*path/)
    expect(asked(node, UPDATES).map(([, request]) => request)).toEqual([
      `${UPDATES}?start_period=0&count=2`,
      `${UPDATES}?start_period=0&count=1`,
    ])
    const before = asked(node, OPTIMISTIC).length
    await clock.advance(8 * SLOT_MS)
    expect(asked(node, OPTIMISTIC)).toHaveLength(before + 1)
    Object.assign(node.routes, latest)
    await clock.advance(8 * SLOT_MS)
    expect(server.capabilities['light-client']).toBeDefined()
    expect(kindsOf(news).slice(-3)).toContain('optimisticUpdate')
  })

  test('that have updates of old but none of now are there', async () => {
    const { clock, server, node } = listening({ [UPDATES]: () => new Response('', { status: 500 }) })
    await clock.advance(3 * SLOT_MS)
    expect(server.capabilities['light-client']).toBeDefined()
    expect(asked(node, UPDATES)).toHaveLength(1)
  })
})

test('state proofs are a capability of servers that answer one', async () => {
  const proof = Uint8Array.from([8, 0, 0, 0, 72, 0, 0, 0, ...new Uint8Array(64), 0x60])
  const { clock, server } = listening({ '/eth/v0/beacon/proof/state/head': () => new Response(proof) })
  await clock.advance(0)
  expect(server.capabilities['state-proofs']).toEqual({ kind: 'all' })
})

test('the server’s clock is passed on', async () => {
  const date = 'Thu, 01 Jan 1970 00:07:12 GMT'
  const timed = () => new Response(genesisJson(network), { headers: { 'content-type': JSON_TYPE, date } })
  const { clock, news } = listening({ [GENESIS]: timed })
  await clock.advance(0)
  expect(news).toContainEqual({ kind: 'time', now: 432_000 })
})

test('nothing goes on when nobody listens, and listening again begins again', async () => {
  const streams = [eventStream(), eventStream()]
  let opened = 0
  const { clock, node, server, news, stop } = listening({ ...latest, [EVENTS]: () => streams[opened++]!.response })
  const stopOther = server.subscribe(() => undefined)
  await clock.advance(SLOT_MS)
  stop()
  await clock.advance(SLOT_MS)
  expect(server.events.kind).toBe('streaming')
  stopOther()
  const [heard, requests] = [news.length, node.requests.length]
  await clock.advance(10 * SLOT_MS)
  expect(clock.waiting).toBe(0)
  expect(server.events).toEqual({ kind: 'off' })
  expect(streams[0]!.isCancelled()).toBe(true)
  expect([news.length, node.requests.length]).toEqual([heard, requests])
  server.subscribe((each) => news.push(each))
  await clock.advance(0)
  expect(server.events.kind).toBe('streaming')
  expect(news.length).toBeGreaterThan(heard)
})

test('a key in the URL is sent and never told', async () => {
  const { clock, node, server, news } = listening(
    { '/0123456789abcdef/eth/v1/beacon/genesis': () => new Response('no /0123456789abcdef', { status: 500 }) },
    'https://beacon.example/0123456789abcdef',
  )
  await clock.advance(0)
  expect(node.requests[0]?.[1]).toContain('0123456789abcdef')
  expect(faultsOf(news)).toHaveLength(1)
  expect(`${server.name} ${faultsOf(news).join()}`).not.toContain('0123456789abcdef')
})

describe('over real HTTP', () => {
  async function follow(routes: Readonly<Record<string, Handler>>) {
    const http = await testServer(routing({ [GENESIS]: answering(200, JSON_TYPE, genesisJson(network)), ...routes }))
    const server = beaconServer({ network, url: http.url })
    const news: ServerNews[] = []
    const stop = server.subscribe((each) => news.push(each))
    onTestFinished(stop)
    return { http, server, news, stop }
  }

  test('events arrive, in whatever pieces; the connection ends with the subscription', async () => {
    const { http, server, news, stop } = await follow({
      [EVENTS]: (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        const text = headEvent(SLOT, root) + event('light_client_finality_update', finality)
        for (let at = 0; at < text.length; at += 1_000) response.write(text.slice(at, at + 1_000))
      },
    })
    await vi.waitFor(() => expect(kindsOf(news)).toEqual(expect.arrayContaining(['head', 'finalityUpdate'])), 5_000)
    expect(server.events.kind).toBe('streaming')
    stop()
    await vi.waitFor(() => expect(http.pending()).toBe(0), 5_000)
  })

  test('an endless stream of garbage is cut', async () => {
    const { news, server } = await follow({
      [EVENTS]: (_, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' })
        const more = () => {
          if (response.destroyed) return
          if (response.write('x'.repeat(65_536))) setImmediate(more)
          else response.once('drain', more)
        }
        more()
      },
    })
    await vi.waitFor(() => expect(faultsOf(news).length).toBeGreaterThan(0), 5_000)
    expect(server.events.kind).not.toBe('streaming')
  })
})

describeWithData('a recorded event stream', (data) => {
  test('is heard whole', async () => {
    const mainnet = networkByName('mainnet')
    const text = readFileSync(join(data, 'lightclient/mainnet-electra-sse/beacon_events.sse'), 'utf8')
    const stream = eventStream()
    const clock = new SimulatedClock(timeOfSlot(mainnet, 12_902_352) * 1_000)
    const node = localNode(clock, {
      [GENESIS]: () => jsonResponse(JSON.parse(genesisJson(mainnet))),
      [EVENTS]: () => stream.response,
    })
    const server = beaconServer({ network: mainnet, url: 'https://a.example', transport: node.transport })
    const slots: number[] = []
    onTestFinished(server.subscribe((news) => void (news.kind === 'head' && slots.push(news.slot))))
    await clock.advance(0)
    stream.write(text)
    await clock.advance(0)
    const expected = [...text.matchAll(/"slot":"(\d+)"/g)].map(([, slot]) => Number(slot))
    expect(slots).toEqual(expected)
    expect(slots).toHaveLength(18)
  })
})

test('a server’s URL is checked before anything else', () => {
  expect(() => beaconServer({ network, url: 'ftp://beacon.example' })).toThrow('cannot be asked')
})
