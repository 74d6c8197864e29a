import { bytesToHex } from '@ethereumjs/util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { asHash, asRoot } from '../../chain/bytes.ts'
import { systemClock } from '../../chain/clock.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { FakeEngine } from '../../testing/fake-engine.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { madeUpPayload } from '../../testing/made-up-payload.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { platformTransport, type HttpTransport } from '../http/transport.ts'
import { EngineApi } from './engine-api.ts'
import { EXECUTION_TIMEOUT_MS } from './constants.ts'
import { EngineError, type EngineFault } from './engine-error.ts'

const keccak = await loadKeccak()
const secret = new Uint8Array(32).fill(0x5e)
const genesis = asHash(new Uint8Array(32).fill(9))
const zero = asHash(new Uint8Array(32))
const carried = madeUpPayload(
  { network: fixtureNetwork(), seed: 'engine', slot: 1, parentBeaconBlockRoot: asRoot(zero), parentHash: genesis },
  keccak,
)
const { blockHash } = carried.payload

let engine: FakeEngine
let abort: AbortController

beforeEach(async () => {
  abort = new AbortController()
  engine = new FakeEngine({
    secret,
    genesis: { hash: bytesToHex(genesis), number: 0, parentHash: bytesToHex(zero) },
  })
  await engine.start()
})
afterEach(() => engine.stop())

const api = (options: { readonly secret?: Uint8Array; readonly transport?: HttpTransport } = {}) =>
  new EngineApi({
    url: engine.url,
    secret,
    transport: platformTransport(systemClock),
    signal: abort.signal,
    ...options,
  })

async function faultOf(call: Promise<unknown>): Promise<{ readonly fault: EngineFault; readonly message: string }> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(EngineError)
  return error as EngineError
}

test('has a payload executed, makes it the head, and looks blocks up', async () => {
  expect(await api().newPayload(carried, 'electra')).toEqual({ kind: 'valid' })
  const state = { head: blockHash, safe: genesis, finalized: genesis }
  expect(await api().forkchoiceUpdated(state, 'electra')).toEqual({ kind: 'valid' })
  expect(engine.calls.map(({ method }) => method)).toEqual(['engine_newPayloadV4', 'engine_forkchoiceUpdatedV3'])
  expect(engine.calls[1]?.params).toEqual([
    {
      headBlockHash: bytesToHex(blockHash),
      safeBlockHash: bytesToHex(genesis),
      finalizedBlockHash: bytesToHex(genesis),
    },
    null,
  ])
  expect(await api().blockNumber()).toBe(1)
  expect(await api().block(blockHash)).toEqual({ number: 1, parentHash: genesis })
  expect(await api().block(asHash(new Uint8Array(32).fill(1)))).toBeUndefined()
  expect(await api().exchangeCapabilities()).toEqual(['engine_newPayloadV2'])
})

test('says what the execution client says of a payload that it cannot or will not take', async () => {
  const orphan = { ...carried, payload: { ...carried.payload, parentHash: zero } }
  expect(await api().newPayload(orphan, 'electra')).toEqual({ kind: 'syncing' })
  engine.invalid.add(bytesToHex(blockHash))
  expect(await api().newPayload(carried, 'electra')).toEqual({
    kind: 'invalid',
    latestValidHash: genesis,
    reason: 'made up',
  })
})

test('a wrong secret and a clock that is off are named as such', async () => {
  const wrong = await faultOf(api({ secret: new Uint8Array(32) }).blockNumber())
  expect(wrong.fault).toEqual({ code: 'unauthorized' })
  expect(wrong.message).toContain(engine.url)
  const clock = { ...systemClock, now: () => Date.now() - 120_000 }
  expect((await faultOf(api({ transport: platformTransport(clock) }).blockNumber())).fault).toEqual({
    code: 'unauthorized',
  })
  expect(engine.refusedTokens).toBe(2)
})

test('an error of the execution client keeps its code', async () => {
  await api().newPayload(carried, 'electra')
  const other = asHash(new Uint8Array(32).fill(7))
  const call = api().forkchoiceUpdated({ head: blockHash, safe: zero, finalized: other }, 'electra')
  expect((await faultOf(call)).fault).toEqual({ code: 'refused', rpcCode: -38002 })
})

test('a client that is older than the fork is told to be updated', async () => {
  engine.mishap = ({ method }) =>
    method === 'engine_newPayloadV4' ? { error: { code: -32601, message: 'Method not found' } } : undefined
  const { fault, message } = await faultOf(api().newPayload(carried, 'electra'))
  expect(fault).toEqual({ code: 'outdated' })
  expect(message).toContain('it has engine_newPayloadV2')
})

test.each([
  ['HTML', { status: 502, body: '<html>bad gateway' }, 'unreachable'],
  ['no JSON', { status: 200, body: 'hello' }, 'malformed'],
  ['another id', { status: 200, body: '{"jsonrpc":"2.0","id":77,"result":"0x1"}' }, 'malformed'],
  ['another form', { status: 200, body: '{"jsonrpc":"2.0","id":1,"result":"1"}' }, 'malformed'],
  ['too many bytes', { status: 200, body: 'x'.repeat(5_000_000) }, 'malformed'],
  ['a dropped connection', 'drop', 'unreachable'],
] as const)('%s is a named fault', async (_, mishap, code) => {
  engine.mishap = () => mishap
  expect((await faultOf(api().blockNumber())).fault).toEqual({ code })
})

test('nobody there is a named fault', async () => {
  await engine.stop()
  const error = await faultOf(api().blockNumber())
  expect(error.fault).toEqual({ code: 'unreachable' })
  expect(error.message).toContain('ECONNREFUSED')
})

test('a stalled call ends when its time is up, and when the caller is closed', async () => {
  const clock = new SimulatedClock(Date.now())
  const never: HttpTransport = { fetch: () => new Promise(() => undefined), clock, origin: undefined }
  const call = faultOf(api({ transport: never }).newPayload(carried, 'electra'))
  await clock.advance(EXECUTION_TIMEOUT_MS)
  expect(await call).toMatchObject({
    fault: { code: 'unreachable' },
    message: expect.stringContaining('12 s') as string,
  })

  const closed = faultOf(api({ transport: never }).blockNumber())
  abort.abort()
  expect((await closed).message).toContain('given up')
  expect(clock.waiting).toBe(0)
})
