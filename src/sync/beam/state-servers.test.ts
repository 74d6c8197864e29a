/** Servers that answer in part, or not at all, when they are tried: the rest is found out later. */
import { hexToBytes } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import { asHash } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { networkByName } from '../../chain/network.ts'
import { encodeAnswer } from '../../network/state-service/answer-codec.ts'
import { STATE_MEDIA_TYPE } from '../../network/state-service/constants.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { ServerSelector } from '../state-fetch/server-selector.ts'
import { StateServers } from './state-servers.ts'

const keccak = await loadKeccak()
const URL = 'http://gateway.example'

const STATUS = encodeAnswer('status', {
  ...{ chainId: 1, genesisHash: undefined, safe: undefined, finalized: undefined, oldestState: 1 },
  head: { number: 100, hash: asHash(hexToBytes(`0x${'11'.repeat(32)}`)) },
  serves: { paths: { from: 1 }, proofs: { from: 1 } },
})

type Reply = () => Response

const dropped: Reply = () => {
  throw new TypeError('fetch failed')
}
const refused =
  (status: number): Reply =>
  () =>
    new Response('no', { status })
const service: Reply = () => new Response(STATUS, { headers: { 'Content-Type': STATE_MEDIA_TYPE } })

/** Has proofs of its head, and `debug_executionWitness`. */
function rpcReply(body: string): Response {
  const calls = JSON.parse(body) as { id: number; method: string }[]
  const answers = calls.map(({ id, method }) => {
    const result = { eth_blockNumber: '0x64', eth_chainId: '0x1', eth_getProof: {}, debug_executionWitness: null }[
      method
    ]
    return result === undefined ? { id, error: { code: -32601, message: 'no such method' } } : { id, result }
  })
  return new Response(JSON.stringify(answers), { headers: { 'Content-Type': 'application/json' } })
}

/** One gateway, whose halves answer as `world.service` and `world.rpc` say. */
function world(first: { service: Reply; rpc: Reply | 'well' }) {
  const clock = new SimulatedClock(1_000_000)
  const answers = { ...first }
  const asked: { readonly what: 'service' | 'rpc'; readonly at: number }[] = []
  const selector = new ServerSelector({ clock, random: () => 0.5 })
  const fetch = async (url: string, init: RequestInit) => {
    const isService = url.includes('/status')
    asked.push({ what: isService ? 'service' : 'rpc', at: clock.now() })
    if (isService) return answers.service()
    return answers.rpc === 'well' ? rpcReply(init.body as string) : answers.rpc()
  }
  const probe = { transport: { fetch, clock, origin: undefined }, network: networkByName('mainnet'), keccak }
  const servers = new StateServers({ urls: [URL], probe, selector, clock, onChange: () => undefined })
  const offers = () => {
    const [status] = servers.statuses()
    return status?.state === 'ready' ? [status.kind, ...status.offers].sort() : status?.state
  }
  return { clock, answers, asked, selector, servers, offers }
}

test('a gateway whose JSON-RPC failed while it was tried is used for the rest, and asked again until all is known', async () => {
  const { clock, answers, asked, selector, servers, offers } = world({ service, rpc: dropped })
  await clock.advance(0)
  expect(offers()).toEqual(expect.arrayContaining(['gateway', 'paths', 'nodes']))
  expect(selector.offers('proofs', undefined)).toBe(false)
  await clock.advance(6_000)
  const tries = asked.filter(({ what }) => what === 'service').map(({ at }) => at - 1_000_000)
  expect(tries).toEqual([0, 1_000, 3_000])
  answers.rpc = 'well'
  await clock.advance(1_000)
  expect(offers()).toEqual(expect.arrayContaining(['gateway', 'paths', 'nodes', 'proofs', 'witness']))
  expect(selector.offers('proofs', undefined)).toBe(true)
  expect(selector.views()).toHaveLength(1)
  const { length } = asked
  await clock.advance(600_000)
  expect(asked).toHaveLength(length)
  servers.close()
  expect(clock.waiting).toBe(0)
})

test('it is asked at most once a minute, and keeps what was known of it while it answers nothing', async () => {
  const { clock, answers, asked, servers, offers } = world({ service, rpc: refused(503) })
  await clock.advance(120_000)
  answers.service = dropped
  const before = asked.length
  await clock.advance(600_000)
  const tries = asked.slice(before).filter(({ what }) => what === 'service')
  expect(tries.length).toBeGreaterThanOrEqual(9)
  expect(tries.length).toBeLessThanOrEqual(10)
  expect(offers()).toEqual(expect.arrayContaining(['gateway', 'paths']))
  servers.close()
  expect(clock.waiting).toBe(0)
})

test.each([404, 405])(
  'a gateway that says %i where JSON-RPC would be has none: it is not asked for it again',
  async (status) => {
    const { clock, asked, servers, offers } = world({ service, rpc: refused(status) })
    await clock.advance(600_000)
    expect(offers()).toContain('gateway')
    expect(asked.filter(({ what }) => what === 'rpc')).toHaveLength(1)
    servers.close()
  },
)

test('a gateway whose state service failed while it was tried is an execution client until it answers', async () => {
  const { clock, answers, servers, offers } = world({ service: refused(503), rpc: 'well' })
  await clock.advance(0)
  expect(offers()).toEqual(expect.arrayContaining(['execution', 'proofs']))
  expect(offers()).not.toContain('paths')
  answers.service = service
  await clock.advance(1_000)
  expect(offers()).toEqual(expect.arrayContaining(['gateway', 'paths', 'proofs']))
  servers.close()
})

test('an execution client that drops what it does not know is left in peace after a minute', async () => {
  const { clock, asked, servers, offers } = world({ service: dropped, rpc: 'well' })
  await clock.advance(600_000)
  expect(offers()).toContain('execution')
  expect(asked.filter(({ what }) => what === 'service')).toHaveLength(6)
  // All else was told the first time.
  expect(asked.filter(({ what, at }) => what === 'rpc' && at > 1_000_000)).toEqual([])
  expect(asked.at(-1)!.at).toBeLessThan(1_060_000)
  expect(clock.waiting).toBe(0)
  servers.close()
})
