import { afterEach, describe, expect, test, vi } from 'vitest'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { RequestError } from '../request-server.ts'
import { ERROR_BODY_MAX, REACHABILITY_MEMORY_MS, REQUEST_TIMEOUT_MS } from './constants.ts'
import { answering, endpointOf, never, testServer } from './http-server.fixtures.ts'
import { refusalOf } from './refusal.ts'
import type { HttpTransport } from './transport.ts'

const JSON_TYPE = 'application/json'
const request = { path: '/eth/v1/beacon/genesis', accept: JSON_TYPE }

async function errorOf(promise: Promise<unknown>): Promise<RequestError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(RequestError)
  return error as RequestError
}

/** What is left open is closed within moments; not a wait for time, but for the operating system. */
const eventually = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 5 })

describe('answers', () => {
  test('of any status come whole, with their headers', async () => {
    const server = await testServer(answering(404, JSON_TYPE, '{"code":404,"message":"no such block"}', { 'x-a': 'b' }))
    const answer = await endpointOf(server.url).ask(request, 1_000, never)
    expect(answer.status).toBe(404)
    expect(answer.headers.get('x-a')).toBe('b')
    expect(new TextDecoder().decode(answer.bytes)).toContain('no such block')
  })

  test('are asked below the server’s own path, with its query and ours', async () => {
    const server = await testServer(answering(200, JSON_TYPE, '{}'))
    await endpointOf(`${server.url}/base/?key=k`).ask({ ...request, query: { count: '8' } }, 10, never)
    expect(server.requests).toEqual(['GET /base/eth/v1/beacon/genesis?key=k&count=8'])
  })

  test('may be of exactly the size that is allowed', async () => {
    const server = await testServer(answering(200, JSON_TYPE, 'x'.repeat(100_000)))
    const { bytes } = await endpointOf(server.url).ask(request, 100_000, never)
    expect(bytes.length).toBe(100_000)
  })

  test('are read whatever their transfer encoding', async () => {
    const { gzipSync } = await import('node:zlib')
    const body = gzipSync(JSON.stringify({ a: 'b'.repeat(1_000) }))
    const server = await testServer(answering(200, JSON_TYPE, body, { 'content-encoding': 'gzip' }))
    const { bytes } = await endpointOf(server.url).ask(request, 2_000, never)
    expect(bytes.length).toBe(1_008)
  })
})

describe('what is too much', () => {
  test('is cut and its connection closed, also when it never ends', async () => {
    const server = await testServer((_, response) => {
      response.writeHead(200, { 'content-type': JSON_TYPE })
      const more = () => {
        if (response.write(new Uint8Array(65_536))) setImmediate(more)
        else response.once('drain', more)
      }
      more()
    })
    const error = await errorOf(endpointOf(server.url).ask(request, 100_000, never))
    expect(error.fault).toEqual({ code: 'malformed' })
    expect(error.message).toBe(
      `${server.url}: GET /eth/v1/beacon/genesis: the body goes on after 100000 bytes, the most there may be`,
    )
    await eventually(() => expect(server.pending()).toBe(0))
  })

  test('is cut from a compressed body by what it expands to', async () => {
    const { gzipSync } = await import('node:zlib')
    const body = gzipSync(new Uint8Array(10_000_000))
    const server = await testServer(answering(200, JSON_TYPE, body, { 'content-encoding': 'gzip' }))
    expect((await errorOf(endpointOf(server.url).ask(request, 100_000, never))).fault.code).toBe('malformed')
  })

  test('of an error is left unread, and the error told', async () => {
    const server = await testServer(answering(500, 'text/plain', 'trouble '.repeat(10_000)))
    const answer = await endpointOf(server.url).ask(request, 10, never)
    expect(answer.bytes.length).toBe(ERROR_BODY_MAX)
    expect(refusalOf(answer, 0).message.length).toBeLessThan(400)
  })
})

describe('connections', () => {
  test('that nobody accepts are named with the reason', async () => {
    const error = await errorOf(endpointOf('http://127.0.0.1:1').ask(request, 10, never))
    expect(error.fault).toEqual({ code: 'unreachable' })
    expect(error.message).toMatch(
      /^http:\/\/127\.0\.0\.1:1: GET \/eth\/v1\/beacon\/genesis: no connection: .*(ECONNREFUSED|bad port)/,
    )
  })

  test('that end in the middle of a body are a cut body', async () => {
    const server = await testServer((_, response) => {
      response.writeHead(200, { 'content-type': JSON_TYPE, 'content-length': '1000' })
      response.write('{"data":')
      setImmediate(() => response.destroy())
    })
    const error = await errorOf(endpointOf(server.url).ask(request, 10_000, never))
    expect(error.fault).toEqual({ code: 'unreachable' })
    expect(error.message).toContain('the body was cut')
  })

  test('are closed when the caller gives up, before and in the middle of the answer', async () => {
    for (const begin of ['never', 'halfway'] as const) {
      let arrived: () => void = () => undefined
      const started = new Promise<void>((resolve) => (arrived = resolve))
      const server = await testServer((_, response) => {
        if (begin === 'halfway') response.writeHead(200, { 'content-type': JSON_TYPE }).write('{')
        arrived()
      })
      const abort = new AbortController()
      const asked = errorOf(endpointOf(server.url).ask(request, 10, abort.signal))
      await started
      abort.abort()
      expect((await asked).message).toContain('given up')
      await eventually(() => expect(server.pending()).toBe(0))
    }
  })

  test('that are given up before they begin are not opened', async () => {
    const server = await testServer(answering(200, JSON_TYPE, '{}'))
    expect((await errorOf(endpointOf(server.url).ask(request, 10, AbortSignal.abort()))).message).toContain('given up')
    expect(server.requests).toEqual([])
  })

  test('end when time is up, and leave no timer', async () => {
    const clock = new SimulatedClock()
    // A stand-in that does not look at its signal, as some do.
    const fetch = () => new Promise<Response>(() => undefined)
    const asked = errorOf(endpointOf('https://a.example', { fetch, clock, origin: undefined }).ask(request, 10, never))
    await clock.advance(REQUEST_TIMEOUT_MS)
    expect((await asked).message).toBe('https://a.example: GET /eth/v1/beacon/genesis: no answer within 15 s')
    expect(clock.waiting).toBe(0)
  })

  test('that drip are cut when time is up', async () => {
    const clock = new SimulatedClock()
    let cancelled = 0
    const body = () =>
      new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(Uint8Array.of(123)),
        cancel: () => void (cancelled += 1),
      })
    const fetch = () => Promise.resolve(new Response(body()))
    const asked = errorOf(endpointOf('https://a.example', { fetch, clock, origin: undefined }).ask(request, 10, never))
    await clock.advance(REQUEST_TIMEOUT_MS)
    expect((await asked).message).toContain('the body was cut: no answer within 15 s')
    expect(cancelled).toBe(1)
    expect(clock.waiting).toBe(0)
  })
})

describe('secrets', () => {
  test('of the URL are in no message', async () => {
    const server = await testServer((incoming, response) => void response.writeHead(404).end(`no ${incoming.url}`))
    const endpoint = endpointOf(`${server.url}/0123456789abcdef?key=fedcba9876543210`)
    const answer = await endpoint.ask(request, 10, never)
    for (const message of [
      refusalOf(answer, 0).message,
      (await errorOf(endpoint.ask(request, 0, AbortSignal.abort()))).message,
    ]) {
      expect(message).not.toMatch(/0123456789abcdef|fedcba9876543210/)
    }
  })
})

describe('redirects', () => {
  test('of a GET are followed, and said', async () => {
    const portal = await testServer(answering(200, 'text/html', '<html>'))
    const server = await testServer((_, response) => void response.writeHead(302, { location: portal.url }).end())
    const answer = await endpointOf(server.url).ask(request, 10, never)
    expect(answer.failure({ code: 'malformed' }, 'wrong').message).toBe(
      `${server.url}: GET /eth/v1/beacon/genesis: wrong (after a redirect to ${portal.url})`,
    )
  })

  test('of a POST are not: its body would be lost', async () => {
    const server = await testServer((_, response) => void response.writeHead(301, { location: '/x' }).end())
    const post = { contentType: 'text/plain', body: '{}' }
    const answer = await endpointOf(server.url).ask({ path: '/', accept: JSON_TYPE, post }, 10, never)
    expect(refusalOf(answer, 0).message).toContain('a redirect; give the URL that it leads to')
    expect(server.requests).toEqual(['POST /'])
  })
})

describe('in a browser', () => {
  afterEach(() => vi.restoreAllMocks())

  /** As a browser's `fetch`: no reason for the page, and leave for what it cannot read. */
  function browser(reachable: () => boolean, clock = new SimulatedClock()) {
    const modes: (RequestMode | undefined)[] = []
    const fetch = async (_: string, { mode }: RequestInit) => {
      modes.push(mode)
      if (mode === 'no-cors' && reachable()) return new Response()
      throw new TypeError('Failed to fetch')
    }
    const transport: HttpTransport = { fetch, clock, origin: 'https://page.example' }
    return { transport, modes, clock }
  }

  test('a refusal by CORS is told from a server that is gone, and not asked about each time', async () => {
    const { transport, modes, clock } = browser(() => true)
    const endpoint = endpointOf('https://beacon.example', transport)
    for (let i = 0; i < 3; i++) {
      const error = await errorOf(endpoint.ask(request, 10, never))
      expect(error.fault).toEqual({ code: 'unreachable' })
      expect(error.message).toContain(
        'CORS refusal: the server answers, but does not allow pages of https://page.example',
      )
    }
    expect(modes.filter((mode) => mode === 'no-cors')).toHaveLength(1)
    await clock.advance(REACHABILITY_MEMORY_MS)
    await errorOf(endpoint.ask(request, 10, never))
    expect(modes.filter((mode) => mode === 'no-cors')).toHaveLength(2)
  })

  test('a server that is gone is no refusal', async () => {
    const { transport } = browser(() => false)
    const error = await errorOf(endpointOf('https://beacon.example', transport).ask(request, 10, never))
    expect(error.message).toBe('https://beacon.example: GET /eth/v1/beacon/genesis: no connection: Failed to fetch')
  })

  test('a server without https is named as what it is, unless it is on this machine', async () => {
    const { transport, modes } = browser(() => false)
    const error = await errorOf(endpointOf('http://beacon.example', transport).ask(request, 10, never))
    expect(error.message).toContain('browsers block servers without https')
    expect(modes).not.toContain('no-cors')
    const local = await errorOf(endpointOf('http://127.0.0.1:5052', transport).ask(request, 10, never))
    expect(local.message).toContain('no connection: Failed to fetch')
  })

  test('the page’s own server needs no leave', async () => {
    const { transport, modes } = browser(() => true)
    await errorOf(endpointOf('https://page.example/x', transport).ask(request, 10, never))
    expect(modes).toEqual([undefined])
  })
})
