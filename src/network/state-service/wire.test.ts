import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { asAddress, asHash } from '../../chain/bytes.ts'
import { decodeAnswer, encodeAnswer, encodeFailure } from './answer-codec.ts'
import {
  MAX_CODES,
  MAX_HEADERS,
  MAX_NODES,
  MAX_PATH_KEYS,
  MAX_RANGE_BYTES,
  STATE_SERVICE_VERSION,
} from './constants.ts'
import { messageLength } from './message-head.ts'
import { SERVED_NAMES, STATE_ERROR_CODES, type StateAnswerOf, type StateKind, type StateRequestOf } from './messages.ts'
import { decodeRequest, encodeRequest } from './request-codec.ts'
import { WireError } from './wire-error.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const hash = bytes(32).map(asHash)
const address = bytes(20).map(asAddress)
const blob = fc.uint8Array({ minLength: 1, maxLength: 80 })
const number = fc.nat({ max: Number.MAX_SAFE_INTEGER })
const list = <T>(item: fc.Arbitrary<T>, maxLength = 6) => fc.array(item, { maxLength })
const maybe = <T>(item: fc.Arbitrary<T>) => fc.option(item, { nil: undefined })

const block = fc.record({ blockHash: hash })
const requests: { readonly [K in StateKind]: fc.Arbitrary<StateRequestOf<K>> } = {
  status: fc.constant({}),
  headers: fc.record({
    start: fc.oneof(fc.record({ number }), fc.record({ hash })),
    count: fc.nat({ max: MAX_HEADERS }),
  }),
  block,
  receipts: block,
  accessList: block,
  witness: block,
  witnessMetadata: block,
  nodes: fc.record({ hashes: list(hash, 20) }),
  codes: fc.record({ hashes: list(hash, 20) }),
  paths: fc.record({ stateRoot: hash, keys: list(fc.record({ account: hash, slots: list(hash) })) }),
  range: fc.record({
    stateRoot: hash,
    account: maybe(hash),
    origin: hash,
    limit: hash,
    maxBytes: fc.nat({ max: MAX_RANGE_BYTES }),
  }),
  transaction: fc.record({ hash }),
}

const window = fc.oneof(fc.record({ from: number }), fc.record({ from: number, to: number }))
const blockName = fc.record({ number, hash })
const keys = maybe(list(fc.record({ address, slots: list(hash) })))
const blockHashes = list(fc.tuple(number, hash)).map((pairs) => new Map(pairs))
const held = fc.record({ items: list(maybe(blob)) })
const answers: { readonly [K in StateKind]: fc.Arbitrary<StateAnswerOf<K>> } = {
  status: fc.record({
    chainId: number,
    genesisHash: maybe(hash),
    head: blockName,
    safe: maybe(blockName),
    finalized: maybe(blockName),
    oldestState: maybe(number),
    serves: fc.dictionary(fc.constantFrom(...SERVED_NAMES), window, { noNullPrototype: true }),
  }),
  headers: fc.record({ headers: list(blob) }),
  block: fc.record({ block: fc.uint8Array() }),
  receipts: fc.record({ receipts: list(blob) }),
  accessList: fc.record({ accessList: fc.uint8Array() }),
  witness: fc.record({ headers: list(blob), nodes: list(blob), codes: list(blob), blockHashes, keys }),
  witnessMetadata: fc.record({
    headers: fc.record({ first: number, count: fc.nat({ max: 256 }) }),
    nodes: list(hash),
    codes: list(hash),
    blockHashes,
    keys,
  }),
  nodes: held,
  codes: held,
  paths: fc.record({ nodes: list(blob), complete: fc.nat({ max: MAX_PATH_KEYS }) }),
  range: fc.record({ leaves: list(fc.record({ key: hash, value: fc.uint8Array() })), proof: list(blob) }),
  transaction: fc.record({ blockHash: hash, index: number }),
}
const kinds = Object.keys(requests) as StateKind[]

/** Views are of another prototype than what was made (a Buffer here and there), which says nothing. */
const same = (actual: unknown, expected: unknown) => expect(actual).toEqual(expected)

function fault(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof WireError) return error.fault
    throw error
  }
  return 'none'
}

/** Both sides of a kind, without its type: what a property over all kinds needs. */
const encodeAny = (kind: StateKind, direction: 'request' | 'answer', value: unknown): Uint8Array =>
  direction === 'request' ? encodeRequest(kind, value as never) : encodeAnswer(kind, value as never)
const decodeAny = (kind: StateKind, direction: 'request' | 'answer', message: Uint8Array): unknown =>
  direction === 'request' ? decodeRequest(message) : decodeAnswer(kind, message)

describe.each(kinds)('%s', (kind) => {
  test('requests come back as they were', () => {
    fc.assert(
      fc.property(requests[kind] as fc.Arbitrary<StateRequestOf<StateKind>>, (request) => {
        same(decodeRequest(encodeRequest(kind, request)), { kind, request })
      }),
    )
  })

  test('answers come back as they were', () => {
    fc.assert(
      fc.property(answers[kind] as fc.Arbitrary<StateAnswerOf<StateKind>>, (answer) => {
        same(decodeAnswer(kind, encodeAnswer(kind, answer)), { kind: 'answer', answer })
      }),
    )
  })

  test.each(['request', 'answer'] as const)('a spoilt %s is another one, or a named error', (direction) => {
    const value: fc.Arbitrary<unknown> = direction === 'request' ? requests[kind] : answers[kind]
    const spoiling = fc.record({ at: fc.nat(), byte: fc.nat({ max: 255 }), cut: fc.nat({ max: 3 }) })
    fc.assert(
      fc.property(value, spoiling, (whole, { at, byte, cut }) => {
        const message = encodeAny(kind, direction, whole)
        message[at % message.length] = byte
        const spoilt = message.subarray(0, message.length - cut)
        let decoded: unknown
        try {
          decoded = decodeAny(kind, direction, spoilt)
        } catch (error) {
          expect(error).toBeInstanceOf(WireError)
          return
        }
        // Canonical: what decodes at all has no other encoding. (A status of a newer server loses names.)
        if (direction === 'request') {
          const request = decoded as { kind: StateKind; request: never }
          expect(encodeRequest(request.kind, request.request)).toEqual(Uint8Array.from(spoilt))
        }
      }),
      { numRuns: 400 },
    )
  })

  test('a stream knows where the message ends', () => {
    fc.assert(
      fc.property(answers[kind] as fc.Arbitrary<StateAnswerOf<StateKind>>, (answer) => {
        const message = encodeAnswer(kind, answer)
        const known = Array.from({ length: Math.min(9, message.length + 1) }, (_, n) =>
          n < 2 ? undefined : messageLength(message.subarray(0, n)),
        )
        expect([undefined, message.length]).toEqual(expect.arrayContaining([...new Set(known)]))
        expect(messageLength(message)).toBe(message.length)
      }),
    )
  })
})

test('any bytes are a message or a named error', () => {
  const head = fc.tuple(fc.constantFrom(STATE_SERVICE_VERSION, 0, 2), fc.nat({ max: 14 }))
  const rlpish = fc.array(fc.constantFrom(0xc0, 0xc1, 0xc2, 0xf8, 0xff, 0xa0, 0x80, 0x81, 0xb8, 0xbf, 0, 1, 32), {
    maxLength: 60,
  })
  const any = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.tuple(head, rlpish).map(([start, rest]) => Uint8Array.from([...start, ...rest])),
  )
  fc.assert(
    fc.property(any, fc.constantFrom(...kinds), (message, kind) => {
      for (const run of [
        () => decodeRequest(message),
        () => decodeAnswer(kind, message),
        () => messageLength(message),
      ]) {
        expect(['none', 'version', 'kind', 'malformed', 'limit']).toContain(fault(run))
      }
    }),
    { numRuns: 3_000 },
  )
})

test('a length that is claimed and not there costs nothing', () => {
  // A list that says it has 4 GiB.
  const claim = Uint8Array.of(STATE_SERVICE_VERSION, 8, 0xfb, 0xff, 0xff, 0xff, 0xff)
  expect(fault(() => decodeRequest(claim))).toBe('malformed')
  expect(messageLength(claim)).toBe(7 + 0xffffffff)
})

describe('bounds hold', () => {
  const zeros = (count: number) => Array.from({ length: count }, () => asHash(new Uint8Array(32)))
  test.each<[string, number, (count: number) => Uint8Array]>([
    ['nodes', MAX_NODES, (count) => encodeRequest('nodes', { hashes: zeros(count) })],
    ['codes', MAX_CODES, (count) => encodeRequest('codes', { hashes: zeros(count) })],
    ['headers', MAX_HEADERS, (count) => encodeRequest('headers', { start: { number: 0 }, count })],
    [
      'slots of one account, and the account',
      MAX_PATH_KEYS,
      (count) =>
        encodeRequest('paths', { stateRoot: zeros(1)[0]!, keys: [{ account: zeros(1)[0]!, slots: zeros(count - 1) }] }),
    ],
    [
      'accounts',
      MAX_PATH_KEYS,
      (count) =>
        encodeRequest('paths', {
          stateRoot: zeros(1)[0]!,
          keys: zeros(count).map((account) => ({ account, slots: [] })),
        }),
    ],
  ])('%s: as many as are allowed, and not one more', (_, most, request) => {
    expect(fault(() => decodeRequest(request(most)))).toBe('none')
    expect(fault(() => decodeRequest(request(most + 1)))).toBe('limit')
  })
})

describe('what is not an answer to the request', () => {
  test('a failure says why', () => {
    for (const code of STATE_ERROR_CODES) {
      const failure = { code, message: 'pruned at block 5' }
      expect(decodeAnswer('nodes', encodeFailure(failure))).toEqual({ kind: 'failure', failure })
    }
  })

  test('a failure’s message is printable, and short', () => {
    const { failure } = decodeAnswer(
      'block',
      encodeFailure({ code: 'internal', message: `\u001b[2J${'ä'.repeat(9_999)}` }),
    ) as {
      readonly failure: { readonly message: string }
    }
    expect(failure.message).toMatch(/^\?\[2J\?{1020}$/)
  })

  test('an answer of another kind, another version, a request', () => {
    const answer = encodeAnswer('codes', { items: [] })
    expect(fault(() => decodeAnswer('nodes', answer))).toBe('kind')
    expect(fault(() => decodeAnswer('codes', Uint8Array.of(2, ...answer.subarray(1))))).toBe('version')
    expect(fault(() => decodeRequest(encodeFailure({ code: 'limit', message: '' })))).toBe('kind')
  })

  test('a newer server may serve what is not known here', () => {
    const status = encodeAnswer('status', {
      chainId: 1,
      genesisHash: undefined,
      head: { number: 1, hash: asHash(new Uint8Array(32)) },
      safe: undefined,
      finalized: undefined,
      oldestState: undefined,
      serves: { nodes: { from: 0 }, paths: { from: 7 } },
    })
    const at = status.findIndex((_, i) => String.fromCharCode(...status.subarray(i, i + 5)) === 'nodes')
    status.set(new TextEncoder().encode('spoons').subarray(0, 5), at)
    const decoded = decodeAnswer('status', status)
    expect(decoded).toMatchObject({ answer: { serves: { paths: { from: 7 } } } })
  })
})
