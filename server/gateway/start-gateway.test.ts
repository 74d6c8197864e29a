/** The gateway as a whole: what it serves on its one port, and to whom. */
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { bytesToHex } from '@ethereumjs/util'
import { parseNetworkFile } from '../../src/chain/network.ts'
import { decodeAnswer } from '../../src/network/state-service/answer-codec.ts'
import { addressOf } from '../execution/state/state.fixtures.ts'
import type { TestGateway } from './gateway.fixtures.ts'
import { ask, askJson, call, control, testGateway } from './gateway.fixtures.ts'

const PAGE = new Map([['/index.html', { file: new URL('../../index.html', import.meta.url).pathname, bytes: 1 }]])

let gateway: TestGateway
let url: string
beforeAll(async () => {
  gateway = await testGateway({ page: { page: PAGE, data: { entries: [], files: new Map() } } })
  url = gateway.url
})
afterAll(() => gateway.close())

describe('one port', () => {
  test('has the network file, with itself as a server', async () => {
    const network = parseNetworkFile(await askJson(url, '/beamtab/network.json'))
    expect(network.servers).toEqual([{ kind: 'gateway', url }])
    expect(network.checkpoint?.root).toEqual(gateway.devnet.network.checkpoint?.root)
  })

  test('has the beacon API', async () => {
    const head = await askJson(url, '/eth/v1/beacon/headers/head')
    expect(head).toHaveProperty(['data', 'root'], bytesToHex(gateway.devnet.chain.head.root))
  })

  test('has JSON-RPC by POST and WebSocket beside the page', async () => {
    expect((await call(url, 'eth_blockNumber'))['result']).toBe('0x0')
    const proof = (await call(url, 'eth_getProof', [bytesToHex(addressOf(3)), [], 'latest']))['result']
    expect(proof).toHaveProperty('balance', '0x4')
    const page = await ask(url, '/')
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    for (const path of ['/', '/rpc']) {
      const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`)
      const answer = new Promise((resolve) =>
        socket.once('message', (data: Buffer) => resolve(JSON.parse(data.toString()))),
      )
      socket.once('open', () => socket.send(JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'eth_chainId' })))
      expect(await answer).toEqual({ jsonrpc: '2.0', id: 7, result: '0x1' })
      socket.close()
    }
  })

  test('has the state service', async () => {
    const answer = await ask(url, '/beamtab/state/v1/status')
    const status = decodeAnswer('status', answer.body)
    if (status.kind !== 'answer') throw new Error(status.failure.message)
    const { head } = status.answer
    expect([head.number, bytesToHex(head.hash)]).toEqual([0, bytesToHex(gateway.execution.head.hash)])
  })

  test('answers unknown paths of the state service as the service does, and not as the page', async () => {
    for (const path of ['/beamtab/state/v1/spoons', '/beamtab/state/v1/', '/beamtab/state/v1/blocks/1/2/3']) {
      for (const method of ['GET', 'PUT']) {
        const { status, headers, body } = await ask(url, path, { method })
        const said = JSON.parse(body.toString()) as unknown
        expect([path, status, said]).toEqual([path, 404, { code: 'unknown', message: 'no such route' }])
        expect(headers['access-control-allow-origin']).toBe('*')
      }
    }
    expect((await ask(url, '/spoons')).headers['content-type']).toBe('text/plain; charset=utf-8')
  })

  test('says how it is', async () => {
    const { slot } = gateway.devnet.chain.head
    expect(await askJson(url, '/healthz')).toMatchObject({ status: 'ok', headSlot: slot, headNumber: 0 })
    await ask(url, '/nowhere')
    const text = (await ask(url, '/metrics')).body.toString()
    expect(text).toContain(`beamtab_head_slot ${slot}\n`)
    expect(text).toContain('beamtab_head_number 0\n')
    expect(text).toMatch(/beamtab_http_requests_total\{route="state\/status",status="200"\} \d+/)
    expect(text).toMatch(/beamtab_http_requests_total\{route="other",status="404"\} \d+/)
    expect(text).toMatch(/beamtab_http_request_seconds_bucket\{le="0.01",route="rpc"\} \d+/)
    expect(text).toMatch(/beamtab_http_sent_bytes_total\{route="headers"\} [1-9]\d+/)
    expect(text).toMatch(/beamtab_rpc_calls_total\{method="eth_blockNumber",code="0"\} \d+/)
    expect(text).toMatch(/beamtab_open_connections \d+/)
    expect(text).toMatch(/process_resident_memory_bytes \d{7,}/)
  })

  test('is told apart by routes that are few, whatever is asked', async () => {
    for (let i = 0; i < 50; i++) {
      await ask(url, `/eth/v1/beacon/headers/${i}`)
      await ask(url, `/made/up/${i}`)
      await call(url, `eth_madeUp${i}`)
    }
    const text = (await ask(url, '/metrics')).body.toString()
    expect(text).not.toMatch(/made/i)
    expect(text.split('\n').filter((line) => line.startsWith('beamtab_http_requests_total')).length).toBeLessThan(40)
  })
})

describe('other origins', () => {
  test.each(['/eth/v1/node/version', '/rpc', '/beamtab/state/v1/status', '/beamtab/network.json', '/healthz'])(
    'may read %s, and are told so in advance',
    async (path) => {
      expect((await ask(url, path)).headers['access-control-allow-origin']).toBe('*')
      const preflight = await ask(url, path, { method: 'OPTIONS' })
      expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([204, '*'])
    },
  )

  test.each(['/metrics', '/beamtab/control', '/'])('may not read %s', async (path) => {
    expect((await ask(url, path)).headers['access-control-allow-origin']).toBeUndefined()
    const preflight = await ask(url, path, { method: 'OPTIONS' })
    expect(preflight.status === 204 && path !== '/').toBe(false)
  })

  test('cannot set faults: neither by a form nor by a name that points here', async () => {
    const body = JSON.stringify({ faults: ['hang'] })
    const form = await ask(url, '/beamtab/control', { method: 'POST', headers: { 'content-type': 'text/plain' }, body })
    expect(form.status).toBe(415)
    const rebound = await ask(url, '/beamtab/control', { headers: { host: 'attacker.example' } })
    expect(rebound.status).toBe(403)
    expect((await askJson(url, '/beamtab/control'))['faults']).toEqual([])
  })
})

describe('the control endpoint', () => {
  test('sets what it is told, tells what is set, and leaves the rest', async () => {
    const conditions = [{ route: 'rpc', latency: 5, jitter: 1, loss: 0, bandwidth: 1e6 }]
    await control(url, { conditions })
    const said = await control(url, { faults: ['hang:0.5@state', { kind: 'truncated', route: 'bootstrap' }] })
    expect(said).toMatchObject({
      conditions,
      faults: [
        { kind: 'hang', rate: 0.5, route: 'state' },
        { kind: 'truncated', rate: 1, route: 'bootstrap' },
      ],
    })
    await control(url, { conditions: [], faults: [] })
    expect(await askJson(url, '/beamtab/control')).toMatchObject({ conditions: [], faults: [] })
  })

  test.each([
    ['[]', 'the body is no object'],
    ['{"fault":[]}', 'the body has a field "fault", expected faults, conditions'],
    ['{"faults":{}}', 'faults is no list'],
    ['{"faults":[1]}', 'faults[0] is no object'],
    ['{"faults":[{"kind":"hang","rate":"1"}]}', 'faults[0].rate is no number'],
    ['{"faults":["hang:2"]}', 'faults: rate is 2, expected a share above 0, at most 1'],
    ['{"conditions":[{"latency":-1}]}', 'conditions[0].latency is no number from 0 to 600000'],
    ['{"conditions":[{"loss":2}]}', 'conditions[0].loss is no number from 0 to 1'],
    [`{"faults":[${'"hang",'.repeat(64)}"hang"]}`, 'faults has 65 entries, at most 64 are taken'],
    ['{"faults":', 'Body is not valid JSON'],
  ])('refuses %.40s', async (body, message) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await ask(url, '/beamtab/control', { method: 'POST', headers, body })
    expect(answer.status).toBe(400)
    expect(JSON.parse(answer.body.toString())).toEqual({
      code: 400,
      message: expect.stringContaining(message) as string,
    })
  })

  test('refuses a view that the chain does not have', async () => {
    const { beacon, networkFile } = { beacon: gateway.devnet.source, networkFile: () => ({}) }
    const other = await testGateway({ chain: { beacon, execution: undefined, networkFile, falseViews: {} } })
    const why = '400: faults: kind is "forged-update", which this chain has no view for'
    await expect(control(other.url, { faults: ['forged-update'] })).rejects.toThrow(why)
    await other.close()
  })

  test('is not there for chains that are not of our own making', async () => {
    const other = await testGateway({
      chain: { beacon: gateway.devnet.source, execution: undefined, networkFile: () => ({}), falseViews: undefined },
    })
    expect((await ask(other.url, '/beamtab/control')).status).toBe(404)
    // Nor are services that nothing stands behind.
    expect((await ask(other.url, '/beamtab/state/v1/status')).status).toBe(404)
    expect((await ask(other.url, '/rpc', { method: 'POST', body: '{}' })).status).toBe(404)
    await other.close()
  })
})

describe('what is no path', () => {
  test.each([
    '/../etc/passwd',
    '/%2e%2e/%2e%2e/etc/passwd',
    '/..%2f..%2fetc/passwd',
    '/beamtab/../../etc/passwd',
    '/eth/v1/../../../etc/passwd',
    '/beamtab/state/v1/../../../../etc/passwd',
    '/beamtab/state/v1/blocks/..%2f..%2f..%2fetc%2fpasswd',
    '//etc/passwd',
    '/index.html%00',
    '/.git/config',
    '/package.json',
    '/%zz',
    '/%c0%ae%c0%ae/',
  ])('%s', async (path) => {
    const { status, body } = await ask(url, path)
    expect([400, 404]).toContain(status)
    expect(body.toString()).not.toMatch(/root:|"dependencies"/)
  })

  test('nor a request', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.write('HELLO\r\n\r\n')
    const said = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(data.toString())))
    expect(said).toMatch(/^HTTP\/1.1 400 /)
    socket.destroy()
  })
})

test('ends: idle connections, event streams and WebSockets at once, requests under way when they are done', async () => {
  const one = await testGateway()
  await control(one.url, { conditions: [{ route: 'genesis', latency: 300 }] })
  const events = fetch(`${one.url}/eth/v1/events?topics=head`).then((response) => response.text())
  const cut = events.catch(() => 'cut')
  const socket = new WebSocket(`${one.url.replace('http', 'ws')}/`)
  const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await new Promise<void>((resolve) => socket.once('open', () => resolve()))
  const slow = ask(one.url, '/eth/v1/beacon/genesis')
  await new Promise((resolve) => setTimeout(resolve, 100))
  const closed = one.close()
  expect((await slow).status).toBe(200)
  await Promise.all([closed, gone, cut])
  await expect(ask(one.url, '/healthz')).rejects.toThrow(/ECONNREFUSED/)
})

test('does not wait for a request that hangs', async () => {
  const one = await testGateway({ limits: { drainTime: 200 } })
  await control(one.url, { faults: ['hang@genesis'] })
  const hung = ask(one.url, '/eth/v1/beacon/genesis').catch((error: Error) => error.message)
  await new Promise((resolve) => setTimeout(resolve, 50))
  const begun = performance.now()
  await one.close()
  expect(performance.now() - begun).toBeLessThan(2_000)
  expect(await hung).toMatch(/hang up|ECONNRESET/)
})
