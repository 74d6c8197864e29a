import { expect, test } from 'vitest'
import { presetByName } from '../../chain/beacon-preset.ts'
import { ServerUrlError } from '../../network/http/server-url.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { finality, header, hexRoot, outcomeOf, root, webOf, type Routes } from './checkpoint.fixtures.ts'
import { httpSource } from './http-source.ts'

const URL = 'https://sync.example.org'
const STATUS = '/checkpointz/v1/status'
const HEAD = '/eth/v1/beacon/states/head/finality_checkpoints'
const FINALIZED = '/eth/v1/beacon/states/finalized/finality_checkpoints'
const never = new AbortController().signal

function sourceWith(routes: Routes) {
  const clock = new SimulatedClock()
  const { transport, asked } = webOf({ [URL]: routes }, clock)
  return { clock, asked, source: httpSource(URL, presetByName('mainnet'), transport) }
}

test.each<[string, Routes]>([
  ['the status of checkpointz', { [STATUS]: { data: { finality: finality(7, 1), upstreams: {} } } }],
  ['the finality of the head state', { [HEAD]: { data: finality(7, 1) } }],
  ['the finality of the finalized state', { [FINALIZED]: { data: finality(7, 1) } }],
  ['the finalized header', { '/eth/v1/beacon/headers/finalized': header(7 * 32, 1) }],
  ['a finalized header before an empty boundary', { '/eth/v1/beacon/headers/finalized': header(7 * 32 - 3, 1) }],
  [
    'a node whose web server answers any other path with a page',
    { [STATUS]: '<!doctype html>', [HEAD]: { data: finality(7, 1) } },
  ],
  [
    'a gateway that fails for paths it does not know',
    { [STATUS]: () => new Response('no', { status: 500 }), [HEAD]: { data: finality(7, 1) } },
  ],
])('reads %s', async (_, routes) => {
  await expect(sourceWith(routes).source.latest(never)).resolves.toEqual({ epoch: 7, root: root(1) })
})

test('what led to an answer is asked first the next time', async () => {
  const { source, asked } = sourceWith({ [FINALIZED]: { data: finality(7, 1) } })
  await source.latest(never)
  asked.length = 0
  await source.latest(never)
  expect(asked).toEqual([`${URL}${FINALIZED}`])
})

test('nothing finalized yet is no checkpoint: epoch 0 with a zero root stands for none', async () => {
  const { source } = sourceWith({ [HEAD]: { data: finality(0, 0) } })
  await expect(source.latest(never)).rejects.toMatchObject({ fault: { code: 'notFinal' } })
})

test.each<[string, Routes, string, RegExp]>([
  [
    'pages only',
    Object.fromEntries([STATUS, HEAD, FINALIZED, '/eth/v1/beacon/headers/finalized'].map((path) => [path, '<html>'])),
    'malformed',
    /sync\.example\.org.*HTML page/,
  ],
  [
    'JSON of another shape',
    { [STATUS]: { data: { finality: { finalized: { epoch: 7, root: '0x12' } } } } },
    'notFinal',
    /neither as checkpointz nor as a beacon node/,
  ],
  ['an endless body', { [STATUS]: () => new Response('x'.repeat(70_000)) }, 'malformed', /65536 bytes/],
  [
    'too many requests',
    { [STATUS]: () => new Response('', { status: 429 }), [HEAD]: { data: finality(7, 1) } },
    'unreachable',
    /429/,
  ],
])('refuses %s', async (_, routes, code, message) => {
  await expect(sourceWith(routes).source.latest(never)).rejects.toMatchObject({
    name: 'SourceError',
    fault: { code },
    message: expect.stringMatching(message) as string,
  })
})

test('one that hangs is given up after ten seconds, however many ways there are', async () => {
  const { source, clock } = sourceWith({ [STATUS]: 'hang' })
  const outcome = outcomeOf(source.latest(never))
  await clock.advance(9_999)
  expect(outcome).toEqual({})
  await clock.advance(1)
  expect(outcome.error).toMatchObject({
    fault: { code: 'unreachable' },
    message: expect.stringMatching(/within 10 s/) as string,
  })
  expect(clock.waiting).toBe(0)
})

test('an aborted question ends at once and leaves nothing', async () => {
  const { source, clock } = sourceWith({ [STATUS]: 'hang' })
  const abort = new AbortController()
  const outcome = outcomeOf(source.latest(abort.signal))
  abort.abort(new Error('closed'))
  await clock.advance(0)
  expect(outcome.error).toBeDefined()
  expect(clock.waiting).toBe(0)
})

test('an answer that came from another owner does not count', async () => {
  const redirected = (url: string) => () =>
    Object.defineProperty(Response.json({ data: { finality: finality(7, 1) } }), 'url', { value: url })
  const own = sourceWith({ [STATUS]: redirected('https://www.example.org/status') })
  await expect(own.source.latest(never)).resolves.toMatchObject({ epoch: 7 })
  const other = sourceWith({ [STATUS]: redirected('https://other.example.net/status') })
  await expect(other.source.latest(never)).rejects.toMatchObject({
    fault: { code: 'otherOwner', owner: 'example.net' },
  })
})

test('an older epoch is found among the slots that checkpointz lists', async () => {
  const slots = [
    { slot: String(8 * 32), block_root: hexRoot(2) },
    { slot: String(7 * 32 - 1), block_root: hexRoot(1) },
  ]
  const { source } = sourceWith({
    [STATUS]: { data: { finality: finality(8, 2) } },
    '/checkpointz/v1/beacon/slots': { data: { slots } },
  })
  await source.latest(never)
  await expect(source.ofEpoch(7, never)).resolves.toEqual({ epoch: 7, root: root(1) })
  await expect(source.ofEpoch(6, never)).rejects.toMatchObject({ fault: { code: 'notFinal' } })
})

test('an older epoch is found by the header of its boundary, or of the last block before', async () => {
  const path = (slot: number) => `/eth/v1/beacon/headers/${slot}`
  const { source } = sourceWith({
    [path(7 * 32)]: header(7 * 32, 7),
    [path(6 * 32 - 2)]: header(6 * 32 - 2, 6),
    [path(5 * 32)]: header(5 * 32, 5, { finalized: false }),
    [path(4 * 32)]: header(4 * 32, 4, { canonical: false }),
    [path(3 * 32)]: header(3 * 32 + 1, 3),
  })
  await expect(source.ofEpoch(7, never)).resolves.toEqual({ epoch: 7, root: root(7) })
  await expect(source.ofEpoch(6, never)).resolves.toEqual({ epoch: 6, root: root(6) })
  for (const epoch of [5, 4, 2]) {
    await expect(source.ofEpoch(epoch, never)).rejects.toMatchObject({ fault: { code: 'notFinal' } })
  }
  await expect(source.ofEpoch(3, never)).rejects.toMatchObject({ fault: { code: 'malformed' } })
})

test('a source that cannot be asked is refused when it is named', () => {
  const { transport } = webOf({}, new SimulatedClock())
  expect(() => httpSource('ftp://example.org', presetByName('mainnet'), transport)).toThrow(ServerUrlError)
})

test('its name and errors hide what may be a key', async () => {
  const { transport } = webOf({}, new SimulatedClock())
  const source = httpSource('https://sync.example.org/0123456789abcdef', presetByName('mainnet'), transport)
  const error: unknown = await source.latest(never).catch((reason: unknown) => reason)
  const { message } = error as Error
  expect(message).toContain('sync.example.org')
  expect(source.name + message).not.toContain('0123456789abcdef')
})
