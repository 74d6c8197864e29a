/** JSON-RPC over HTTP and WebSocket, with callers who behave and others. */
import type { FastifyInstance } from 'fastify'
import { fastify } from 'fastify'
import { connect as connectTcp } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { HttpError } from '../../http/http-error.ts'
import { SimulatedClock } from '../../../src/testing/simulated-clock.ts'
import type { JsonRpcRoutesOptions } from './routes.ts'
import { jsonRpcRoutes, registerWebSockets } from './routes.ts'
import { log, SmallChain } from './small-chain.fixtures.ts'

const CHAIN_ID = '{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}'
const JSON_TYPE = { 'content-type': 'application/json' }
const SUBSCRIBE = '{"jsonrpc":"2.0","id":1,"method":"eth_subscribe","params":["logs"]}'

const apps: FastifyInstance[] = []
afterEach(() => Promise.all(apps.splice(0).map((app) => app.close())))

/** @param place where WebSockets are registered: at the application's root, or with the routes */
async function serving(options: Partial<JsonRpcRoutesOptions> = {}, place: 'root' | 'routes' = 'routes') {
  const app = fastify()
  apps.push(app)
  if (place === 'root') await registerWebSockets(app)
  const source = options.source ?? (await SmallChain.of())
  await app.register(jsonRpcRoutes, { paths: ['/', '/rpc'], ...options, source })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  return { app, port, url: `http://127.0.0.1:${port}`, socketUrl: `ws://127.0.0.1:${port}/rpc` }
}

const post = (url: string, body: BodyInit, type = 'application/json') =>
  fetch(url, { method: 'POST', body, headers: { 'Content-Type': type } })

async function opened(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url)
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return socket
}

const nextText = (socket: WebSocket): Promise<string> =>
  new Promise((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())))

const closing = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => socket.once('close', resolve).on('error', () => undefined))

describe('HTTP', () => {
  test.each(['/', '/rpc'])('a call is answered on %s', async (path) => {
    const { url } = await serving()
    const response = await post(`${url}${path}`, CHAIN_ID)
    expect(response.headers.get('content-type')).toMatch('application/json')
    expect(await response.json()).toEqual({ jsonrpc: '2.0', id: 1, result: '0x1' })
  })

  test('what is no JSON is a parse error, and notifications are nothing', async () => {
    const { url } = await serving()
    expect(await (await post(url, '{')).json()).toMatchObject({ id: null, error: { code: -32700 } })
    expect(await (await post(url, Uint8Array.of(0xff))).json()).toMatchObject({ error: { code: -32700 } })
    expect((await post(url, '{"jsonrpc":"2.0","method":"eth_chainId"}')).status).toBe(204)
  })

  test.each([
    ['text/plain', CHAIN_ID, 415],
    ['application/json', 'x'.repeat(2_000), 413],
  ])('%s of %s: %i, said in JSON-RPC', async (type, body, status) => {
    const { url } = await serving({ bodyBytes: 1_000 })
    const response = await post(url, body, type)
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject({ jsonrpc: '2.0', id: null, error: { code: -32600 } })
  })

  test('what the application around it refuses is said in JSON-RPC too', async () => {
    const app = fastify()
    apps.push(app)
    app.addHook('onRequest', async () => {
      throw new HttpError(429, 'too many requests')
    })
    await app.register(jsonRpcRoutes, { source: await SmallChain.of() })
    const response = await app.inject({ method: 'POST', url: '/', headers: JSON_TYPE, payload: CHAIN_ID })
    expect([response.statusCode, response.json()]).toMatchObject([429, { error: { code: -32005 } }])
  })

  test('a GET is refused, unless there is something to get', async () => {
    const { url } = await serving()
    const refused = await fetch(url)
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST'])
    const page = await serving({ get: (_, reply) => reply.type('text/html').send('page') })
    expect(await (await fetch(page.url)).text()).toBe('page')
  })
})

describe('WebSocket', () => {
  test('calls and subscriptions', async () => {
    const source = await SmallChain.of()
    const socket = await opened((await serving({ source })).socketUrl)
    socket.send(CHAIN_ID)
    expect(JSON.parse(await nextText(socket))).toMatchObject({ result: '0x1' })
    socket.send(Buffer.from(SUBSCRIBE))
    const { result } = JSON.parse(await nextText(socket)) as { result: string }
    source.extend({ logs: [[log(1)]] })
    expect(JSON.parse(await nextText(socket))).toMatchObject({ params: { subscription: result } })
    socket.close()
    await closing(socket)
    await expect.poll(() => source.listeners.size).toBe(0)
  })

  test('a message that is too long ends the connection', async () => {
    const { socketUrl } = await serving({ webSockets: { messageBytes: 1_000 } })
    const socket = await opened(socketUrl)
    socket.send('x'.repeat(2_000))
    expect(await closing(socket)).toBe(1009)
  })

  test('a flood of messages ends the connection, and nobody else’s', async () => {
    const { socketUrl } = await serving({ webSockets: { messagesPerSecond: 50 }, clock: new SimulatedClock() })
    const [calm, wild] = [await opened(socketUrl), await opened(socketUrl)]
    for (let message = 0; message < 5_000; message++) wild.send('[]')
    expect(await closing(wild)).toBe(1008)
    calm.send(CHAIN_ID)
    expect(JSON.parse(await nextText(calm))).toMatchObject({ result: '0x1' })
    calm.terminate()
  })

  test('only so many messages are worked on at a time, and all are answered', async () => {
    let most = 0
    let running = 0
    const source = await SmallChain.of()
    const slow = Object.assign(source, {
      submit: async () => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setTimeout(resolve, 1))
        running -= 1
        throw new Error('no')
      },
    })
    const { socketUrl } = await serving({ source: slow, webSockets: { messagesUnderWay: 3 } })
    const socket = await opened(socketUrl)
    let answers = 0
    socket.on('message', () => answers++)
    for (let id = 0; id < 100; id++) {
      socket.send(`{"jsonrpc":"2.0","id":${id},"method":"eth_sendRawTransaction","params":["0x00"]}`)
    }
    await expect.poll(() => answers).toBe(100)
    expect(most).toBe(3)
    socket.terminate()
  })

  test('who does not read is cut off when too much waits for it', async () => {
    const source = await SmallChain.of()
    const { socketUrl, app } = await serving({ source, webSockets: { queuedBytes: 100_000 } }, 'root')
    const socket = await opened(socketUrl)
    socket.send(SUBSCRIBE)
    await nextText(socket)
    socket.pause()
    const logs = [Array.from({ length: 2_000 }, () => log(1))]
    for (let block = 0; block < 40 && source.listeners.size > 0; block++) {
      source.extend({ logs })
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await expect.poll(() => [app.websocketServer.clients.size, source.listeners.size]).toEqual([0, 0])
    socket.terminate()
  })

  test('who answers no ping is gone', async () => {
    const clock = new SimulatedClock()
    const { socketUrl, app } = await serving({ clock, webSockets: { pingInterval: 1_000 } }, 'root')
    const [alive, dead] = [await opened(socketUrl), new WebSocket(socketUrl, { autoPong: false })]
    await new Promise((resolve) => dead.once('open', resolve))
    const pinged = new Promise((resolve) => alive.once('ping', resolve))
    await clock.advance(1_000)
    await pinged
    alive.send(CHAIN_ID)
    await nextText(alive)
    await clock.advance(1_000)
    await expect.poll(() => app.websocketServer.clients.size).toBe(1)
    expect(alive.readyState).toBe(WebSocket.OPEN)
    alive.terminate()
  })

  test('there are only so many', async () => {
    const { socketUrl } = await serving({ webSockets: { connections: 1 } })
    const first = await opened(socketUrl)
    expect(await closing(await opened(socketUrl))).toBe(1013)
    first.terminate()
  })

  test('an upgrade that nobody awaits is ended, where the whole application knows WebSockets', async () => {
    const { url } = await serving({}, 'root')
    const socket = new WebSocket(`${url.replace('http', 'ws')}/elsewhere`)
    const failed = new Promise((resolve) => socket.once('error', resolve))
    expect(String(await failed)).toMatch('404')
  })

  test('bytes that are no WebSocket end that connection only', async () => {
    const { port, socketUrl } = await serving()
    const raw = connectTcp(port, '127.0.0.1')
    raw.write(
      'GET /rpc HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
    )
    raw.once('data', () => raw.write(new Uint8Array(1_000).fill(0xff)))
    await new Promise((resolve) => raw.once('close', resolve).on('error', () => undefined))
    const socket = await opened(socketUrl)
    socket.send(CHAIN_ID)
    expect(JSON.parse(await nextText(socket))).toMatchObject({ result: '0x1' })
    socket.terminate()
  })

  test('the end of the server is said, and waits for nobody long', async () => {
    const { app, socketUrl } = await serving()
    const socket = await opened(socketUrl)
    const closed = closing(socket)
    await app.close()
    expect(await closed).toBe(1001)
  })
})
