import { mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { request, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { systemClock } from '../../src/chain/clock.ts'
import { createHttpApp } from '../http/http-app.ts'
import { DEFAULT_HTTP_LIMITS } from '../http/http-limits.ts'
import { indexData } from './data-index.ts'
import { listFiles } from './files.ts'
import { pageRoutes, pageUrl } from './page-routes.ts'

const SECRET = 'outside of every served folder'
let base: string
let app: FastifyInstance

beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'beamtab-page-'))
  const files: Record<string, string> = {
    'secret.txt': SECRET,
    'dist/index.html': '<!doctype html>',
    'dist/.env': SECRET,
    'dist/assets/index-4f3a.js': 'export {}',
    'dist/empty.txt': '',
    'data/README.md': SECRET,
    'data/witness-blocks/mainnet-1.json.gz': 'gzip',
    'data/witness-blocks/SOURCES.md': SECRET,
    'data/lightclient/SOURCES.md': SECRET,
    'data/lightclient/two periods/updates.ssz': 'ssz',
    'data/lightclient/two periods/bootstrap.json': '{}',
    'data/lightclient/two periods/blocks/1.json': SECRET,
    'data/lightclient/events/beacon.sse': SECRET,
  }
  for (const [path, text] of Object.entries(files)) {
    await mkdir(join(base, path, '..'), { recursive: true })
    await writeFile(join(base, path), text)
  }
  await symlink(join(base, 'secret.txt'), join(base, 'dist/link.txt'))
  const content = { page: await listFiles(join(base, 'dist')), data: await indexData(join(base, 'data')) }
  app = createHttpApp({
    limits: DEFAULT_HTTP_LIMITS,
    clock: systemClock,
    routeNames: () => undefined,
    rewriteUrl: pageUrl,
  })
  await app.register(pageRoutes, content)
  await app.listen({ port: 0, host: '127.0.0.1' })
})

afterAll(async () => {
  await app.close()
  await rm(base, { recursive: true })
})

interface Answer {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Sends `path` as it is: `fetch` would tidy it up first. */
function ask(path: string, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { port } = app.server.address() as AddressInfo
    const sent = request({ host: '127.0.0.1', port, path, method }, (response) => {
      let body = ''
      response.setEncoding('latin1').on('data', (chunk: string) => (body += chunk))
      response.once('end', () => resolve({ status: response.statusCode, headers: response.headers, body }))
      response.once('error', reject)
    })
    sent.once('error', reject)
    sent.end()
  })
}

describe('the page', () => {
  test('is served at / and never cached without asking', async () => {
    const { status, headers, body } = await ask('/')
    expect([status, body]).toEqual([200, '<!doctype html>'])
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers['cache-control']).toBe('no-cache')
    expect(headers['content-length']).toBe('15')
  })

  test('has assets that are cached for good, with a type that module workers accept', async () => {
    const { headers, body } = await ask('/assets/index-4f3a.js?import')
    expect(body).toBe('export {}')
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8')
    expect(headers['cache-control']).toContain('immutable')
  })

  test('runs no inline script, loads no code from elsewhere, and asks servers over TLS or on this machine', async () => {
    const { headers } = await ask('/')
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain("script-src 'self' 'wasm-unsafe-eval'")
    expect(policy).toContain("connect-src 'self' https: http://127.0.0.1:* http://localhost:*;")
    expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|[^:]\*/)
    expect(headers['x-content-type-options']).toBe('nosniff')
  })

  test('answers HEAD without a body, an empty file, and no other method', async () => {
    const head = await ask('/', 'HEAD')
    expect([head.status, head.body, head.headers['content-length']]).toEqual([200, '', '15'])
    expect((await ask('/empty.txt')).status).toBe(200)
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await ask('/', method)
      expect([status, headers.allow]).toEqual([405, 'GET, HEAD'])
    }
  })
})

describe('the data', () => {
  test('is listed: blocks one by one, light-client files by chain', async () => {
    const { status, headers, body } = await ask('/data/index.json')
    expect([status, headers['content-type']]).toEqual([200, 'application/json'])
    expect(JSON.parse(body)).toEqual([
      { kind: 'block', name: 'mainnet-1.json.gz', path: '/data/witness-blocks/mainnet-1.json.gz', bytes: 4 },
      {
        kind: 'light-client',
        name: 'two periods',
        path: '/data/lightclient/two%20periods/',
        bytes: 5,
        files: [
          { name: 'bootstrap.json', path: '/data/lightclient/two%20periods/bootstrap.json', bytes: 2 },
          { name: 'updates.ssz', path: '/data/lightclient/two%20periods/updates.ssz', bytes: 3 },
        ],
      },
    ])
  })

  test('is served where it is listed, a .gz as a file and not as an encoding', async () => {
    const gzip = await ask('/data/witness-blocks/mainnet-1.json.gz')
    expect([gzip.body, gzip.headers['content-type']]).toEqual(['gzip', 'application/gzip'])
    expect(gzip.headers['content-encoding']).toBeUndefined()
    expect((await ask('/data/lightclient/two%20periods/updates.ssz')).body).toBe('ssz')
  })

  test('that is missing lists nothing', async () => {
    expect(await indexData(join(base, 'nowhere'))).toEqual({ entries: [], files: new Map() })
  })
})

describe('what is not listed', () => {
  test.each([
    '/secret.txt',
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/..\\secret.txt',
    '/assets/../../secret.txt',
    '//secret.txt',
    '/link.txt',
    '/.env',
    '/data/README.md',
    '/data/witness-blocks/SOURCES.md',
    '/data/lightclient/events/beacon.sse',
    '/data/lightclient/two%20periods/blocks/1.json',
    '/data/../secret.txt',
    '/data/witness-blocks/../../../secret.txt',
    '/index.html%00.txt',
    '/assets',
    '/data/',
  ])('answers 404: %s', async (path) => {
    const { status, body, headers } = await ask(path)
    expect(status).toBe(404)
    expect(body).not.toContain(SECRET)
    expect(headers['content-security-policy']).toBeDefined()
  })

  test('a path that does not decode answers 400', async () => {
    expect((await ask('/%zz')).status).toBe(400)
  })

  test('no made-up path leaves the folders', async () => {
    const piece = fc.constantFrom(
      '..',
      '.',
      '%2e%2e',
      '%2F',
      '\\',
      'data',
      'dist',
      'secret.txt',
      'assets',
      'index.html',
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        expect((await ask(`/${pieces.join('/')}`)).body).not.toContain(SECRET)
      }),
      { numRuns: 200 },
    )
  })
})

test('a file that shrank or went after the listing is no crash', async () => {
  await truncate(join(base, 'dist/assets/index-4f3a.js'), 3)
  const shrunk = await ask('/assets/index-4f3a.js')
  expect([shrunk.body, shrunk.headers['content-length']]).toEqual(['exp', '3'])
  await rm(join(base, 'dist/assets/index-4f3a.js'))
  expect((await ask('/assets/index-4f3a.js')).status).toBe(404)
})

test('a network that the server has stands in the head of the page, and nowhere else', async () => {
  const html = join(base, 'dist/index.html')
  await writeFile(html, '<!doctype html><html><head><title>x</title></head></html>')
  const other = createHttpApp({
    limits: DEFAULT_HTTP_LIMITS,
    clock: systemClock,
    routeNames: () => undefined,
    rewriteUrl: pageUrl,
  })
  const content = { page: await listFiles(join(base, 'dist')), data: await indexData(join(base, 'data')) }
  await other.register(pageRoutes, { ...content, networkPath: '/network.json' })
  const meta = '<meta name="beamtab-network" content="/network.json" />'
  for (const path of ['/', '/?network=hoodi', '/index.html']) {
    const { body, headers } = await other.inject(path)
    expect(body).toContain(`<head>${meta}`)
    expect(headers['content-length']).toBe(String(Buffer.byteLength(body)))
  }
  expect((await ask('/')).body).not.toContain(meta)
})
