/** What clients do who are broken or mean: they get an answer that says so, and others are served as ever. */
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestGateway } from '../gateway.fixtures.ts'
import { ask, call, testGateway } from '../gateway.fixtures.ts'

const HASH = `0x${'ab'.repeat(32)}`
const LIMITS = {
  requestBytes: 1 << 20,
  headersTimeout: 1_000,
  requestTimeout: 1_500,
  idleTimeout: 3_000,
  requestsPerSecond: 200,
  concurrentRequests: 20,
  connections: 200,
  connectionsPerClient: 60,
}

/** More than enough on a busy machine, and far from any timeout. */
const PROMPT_MS = 2_000

const MEAN = '127.0.0.2'

let gateway: TestGateway
let url: string
beforeAll(async () => {
  gateway = await testGateway({ limits: LIMITS })
  url = gateway.url
})
afterAll(() => gateway.close())

async function othersAreServed(at = url): Promise<void> {
  for (let i = 0; i < 5; i++) {
    const answer = await ask(at, '/eth/v1/node/version')
    expect([answer.status, answer.ms < PROMPT_MS]).toEqual([200, true])
  }
}

describe('a request that is too large', () => {
  const headers = { 'content-type': 'application/json' }

  test('by its body', async () => {
    const body = Buffer.alloc(LIMITS.requestBytes + 1, ' ')
    const answer = await ask(url, '/rpc', { method: 'POST', headers, body })
    expect(answer.status).toBe(413)
    expect(JSON.parse(answer.body.toString())).toHaveProperty('error')
  })

  test('by a body without a length', async () => {
    const chunked = { ...headers, 'transfer-encoding': 'chunked' }
    const body = Buffer.alloc(LIMITS.requestBytes * 2, ' ')
    const outcome = await ask(url, '/rpc', { method: 'POST', headers: chunked, body }).then(
      ({ status }) => status,
      () => 'cut',
    )
    expect([413, 'cut']).toContain(outcome)
  })

  test('by its address', async () => {
    expect((await ask(url, `/eth/v1/beacon/headers/${'9'.repeat(9_000)}`)).status).toBe(414)
    expect((await ask(url, `/${'9'.repeat(20_000)}`)).status).toBe(431)
  })

  test('by its headers', async () => {
    expect((await ask(url, '/healthz', { headers: { filler: 'x'.repeat(20_000) } })).status).toBe(431)
  })

  test('by a million hashes', async () => {
    const before = process.memoryUsage.rss()
    const params = [HASH, Array.from({ length: 1_000_000 }, () => HASH), 'latest']
    const big = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getProof', params })
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () =>
        ask(url, '/rpc', { method: 'POST', headers, body: big, from: MEAN }).then(
          ({ status }) => status,
          () => 'cut',
        ),
      ),
    )
    // A body that is refused at once may take longer to send than a request may.
    for (const outcome of outcomes) expect([408, 413, 'cut']).toContain(outcome)
    const hashes = Buffer.alloc(32 * 1_000_000, 1)
    const binary = { 'content-type': 'application/vnd.beamtab.state+rlp' }
    const nodes = await ask(url, '/beamtab/state/v1/nodes', { method: 'POST', headers: binary, body: hashes }).then(
      ({ status }) => status,
      () => 'cut',
    )
    expect([408, 413, 'cut']).toContain(nodes)
    await othersAreServed()
    // The test itself holds 32 MB of hashes and 70 MB of text, several times over while they are sent.
    expect(process.memoryUsage.rss() - before).toBeLessThan(1_500_000_000)
  })
})

describe('a client that asks too much', () => {
  test('too often: is told when to come back, while others are served', async () => {
    const strict = await testGateway({ limits: { requestsPerSecond: 5 } })
    let left = 400
    const outcomes = new Map<string, number>()
    const flood = async (): Promise<void> => {
      while (left-- > 0) {
        const { status, headers } = await ask(strict.url, '/eth/v1/node/version', { from: MEAN })
        const outcome = `${status}, Retry-After ${headers['retry-after'] ?? 'none'}`
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      }
    }
    const flooding = Promise.all(Array.from({ length: 16 }, flood))
    await othersAreServed(strict.url)
    await flooding
    // Two seconds' worth at once, then five a second for as long as it takes.
    expect([...outcomes.keys()].sort()).toEqual(['200, Retry-After none', '429, Retry-After 1'])
    expect(outcomes.get('200, Retry-After none')).toBeGreaterThanOrEqual(10)
    expect(outcomes.get('429, Retry-After 1')).toBeGreaterThan(150)
    await strict.close()
  })

  test('too much at a time', async () => {
    gateway.injection.conditions.set([{ route: 'genesis', latency: 500 }])
    const from = '127.0.0.3'
    const statuses = await Promise.all(
      Array.from({ length: 40 }, async () => (await ask(url, '/eth/v1/beacon/genesis', { from })).status),
    )
    gateway.injection.conditions.set([])
    expect([
      statuses.filter((status) => status === 200).length,
      statuses.filter((status) => status === 429).length,
    ]).toEqual([20, 20])
  })

  test('over too many connections', async () => {
    const sockets = Array.from({ length: 100 }, () =>
      connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress: '127.0.0.4' }),
    )
    let closed = 0
    for (const socket of sockets) socket.on('error', () => undefined).on('close', () => (closed += 1))
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(closed).toBe(40)
    await othersAreServed()
    for (const socket of sockets) socket.destroy()
  })
})

describe('a slow client', () => {
  const opened = (text: string) => {
    const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', localAddress: MEAN })
    socket.on('error', () => undefined)
    let said = ''
    socket.on('data', (data) => (said += data.toString()))
    socket.write(text)
    const ended = new Promise<string>((resolve) => socket.once('close', () => resolve(said)))
    return { socket, ended }
  }

  test('that never finishes its headers is cut off', async () => {
    const slow = Array.from({ length: 30 }, () => opened('GET /healthz HTTP/1.1\r\nHost: x\r\n'))
    const drip = setInterval(() => {
      for (const { socket } of slow) socket.write('X-More: x\r\n')
    }, 100)
    await othersAreServed()
    const said = await Promise.all(slow.map(({ ended }) => ended))
    clearInterval(drip)
    for (const text of said) expect(text).toMatch(/^HTTP\/1.1 408 |^$/)
  })

  test('that never finishes its body is cut off', async () => {
    const head = 'POST /rpc HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n'
    const { socket, ended } = opened(head)
    const drip = setInterval(() => socket.write(' '), 100)
    expect(await ended).toMatch(/^HTTP\/1.1 4|^$/)
    clearInterval(drip)
  })

  test('that does not read is cut off', async () => {
    gateway.injection.order([{ kind: 'oversize', rate: 1, route: 'genesis' }])
    const { socket, ended } = opened('GET /eth/v1/beacon/genesis HTTP/1.1\r\nHost: x\r\n\r\n')
    socket.pause()
    await othersAreServed()
    await new Promise((resolve) => setTimeout(resolve, LIMITS.idleTimeout * 2.5))
    gateway.injection.order([])
    socket.resume()
    expect((await ended).length).toBeLessThan(64 << 20)
  })
})

test('an answer that is too large is an error, not a large answer', async () => {
  const small = await testGateway({ limits: { responseBytes: 100 } })
  const answer = await ask(small.url, '/beamtab/network.json')
  expect([answer.status, JSON.parse(answer.body.toString())]).toEqual([
    500,
    { code: 500, message: expect.stringMatching(/^the answer has \d+ bytes, at most 100 are sent$/) as string },
  ])
  await small.close()
})

test('after all of it, it serves', async () => {
  await othersAreServed()
  expect((await call(url, 'eth_blockNumber'))['result']).toBe('0x0')
})
