import { bytesToHex } from '@ethereumjs/util'
import { describe, expect, test } from 'vitest'
import { asHash } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { answering, endpointOf, never, testServer } from '../http/http-server.fixtures.ts'
import type { RequestError } from '../request-server.ts'
import { encodeAnswer, encodeFailure, MAX_ANSWER_BYTES } from './answer-codec.ts'
import { capabilitiesOf } from './capabilities.ts'
import { checkHeld } from './check-held.ts'
import { MAX_GET_HASHES, STATE_MEDIA_TYPE } from './constants.ts'
import type { StateKind, StateRequestOf } from './messages.ts'
import { StateServiceClient } from './state-service-client.ts'

const keccak = await loadKeccak()
const hash = (value: number) => asHash(new Uint8Array(32).fill(value))
const items = (count: number) => ({ items: Array.from({ length: count }, () => Uint8Array.of(1)) })

async function asking<K extends StateKind>(
  status: number,
  type: string,
  body: Uint8Array | string,
  kind: K,
  request: StateRequestOf<K>,
) {
  const { url, requests } = await testServer(answering(status, type, body))
  const client = new StateServiceClient(endpointOf(url))
  return { url, requests, answer: client.ask(kind, request, never) }
}

const faultOf = (answer: Promise<unknown>) =>
  answer.then(
    () => 'answered',
    (error: RequestError) => `${error.fault.code}: ${error.message}`,
  )

test('few hashes go into the address, many into a body', async () => {
  const few = Array.from({ length: MAX_GET_HASHES }, () => hash(1))
  const message = encodeAnswer('nodes', items(2))
  const get = await asking(200, STATE_MEDIA_TYPE, message, 'nodes', { hashes: few })
  expect((await get.answer).items).toEqual([Uint8Array.of(1), Uint8Array.of(1)])
  const hex = bytesToHex(hash(1))
  expect(get.requests).toEqual([`GET /beamtab/state/v1/nodes?${few.map(() => `hash=${hex}`).join('&')}`])
  const post = await asking(200, STATE_MEDIA_TYPE, message, 'nodes', { hashes: [...few, hash(2)] })
  await post.answer
  expect(post.requests).toEqual(['POST /beamtab/state/v1/nodes'])
})

describe('what is not an answer is named', () => {
  const nodes = { hashes: [hash(1)] }
  const json = (code: string, message: string) => JSON.stringify({ code, message })
  test.each<[what: string, status: number, type: string, body: Uint8Array | string, expected: RegExp]>([
    ['unknown', 404, 'application/json', json('unknown', 'no block'), /^absent: .*it knows of no such thing: no block/],
    ['pruned', 503, 'application/json', json('unavailable', 'pruned'), /^absent: .*it cannot give this: pruned/],
    ['too much', 413, 'application/json', json('limit', 'half'), /^absent: .*more than it gives or takes: half/],
    ['a failure of its own', 500, 'application/json', json('internal', 'oh'), /^unreachable: .*HTTP 500/],
    ['limits', 429, 'application/json', json('busy', 'slow down'), /^busy: /],
    ['no gateway', 404, 'text/html', '<html>', /^absent: .*HTTP 404/],
    ['a page', 200, 'text/html', '<html>', /^unreachable: .*not of a state service/],
    [
      'a failure in a message',
      200,
      STATE_MEDIA_TYPE,
      encodeFailure({ code: 'unavailable', message: 'x' }),
      /^absent: /,
    ],
    ['noise', 200, STATE_MEDIA_TYPE, Uint8Array.of(1, 8, 7), /^malformed: .*nodes answer/],
    ['more than was asked for', 200, STATE_MEDIA_TYPE, encodeAnswer('nodes', items(2)), /^malformed: .*2 nodes came/],
    ['another answer', 200, STATE_MEDIA_TYPE, encodeAnswer('codes', items(1)), /^malformed: .*kind codes/],
    [
      'too many bytes',
      200,
      STATE_MEDIA_TYPE,
      new Uint8Array(MAX_ANSWER_BYTES.nodes + 1),
      /^malformed: .*goes on after/,
    ],
  ])('%s', async (_, status, type, body, expected) => {
    expect(await faultOf((await asking(status, type, body, 'nodes', nodes)).answer)).toMatch(expected)
  })

  test('more headers, or more paths, than were asked for', async () => {
    const headers = encodeAnswer('headers', { headers: [Uint8Array.of(1), Uint8Array.of(2)] })
    const one = await asking(200, STATE_MEDIA_TYPE, headers, 'headers', { start: { number: 1 }, count: 1 })
    expect(await faultOf(one.answer)).toMatch(/^malformed: .*2 headers came, asked were 1/)
    const paths = encodeAnswer('paths', { nodes: [], complete: 4 })
    const keys = [{ account: hash(1), slots: [hash(2), hash(3)] }]
    const two = await asking(200, STATE_MEDIA_TYPE, paths, 'paths', { stateRoot: hash(9), keys })
    expect(await faultOf(two.answer)).toMatch(/^malformed: .*4 paths came, asked were 3/)
  })
})

test('what came for hashes is sorted by what it is', () => {
  const contents = [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)]
  const asked = [...contents.map((bytes) => asHash(keccak(bytes))), hash(7)]
  const came = { items: [contents[0], undefined, Uint8Array.of(9)] }
  const { held, absent, wrong, unanswered } = checkHeld(asked, came, keccak)
  expect(held).toEqual([{ hash: asked[0], bytes: contents[0] }])
  expect([absent, wrong, unanswered]).toEqual([[asked[1]], [asked[2]], [asked[3]]])
  expect(held[0]!.bytes).not.toBe(contents[0])
})

test('windows of a status become capabilities: states slide with the head, the rest begins somewhere', () => {
  const serves = { headers: { from: 0 }, receipts: { from: 40 }, paths: { from: 73 }, ranges: { from: 73, to: 90 } }
  expect(capabilitiesOf({ head: { number: 200, hash: hash(1) }, serves })).toEqual({
    'execution-headers': { kind: 'all' },
    receipts: { kind: 'since', first: 40 },
    paths: { kind: 'latest', count: 128 },
    ranges: { kind: 'since', first: 73 },
  })
})
