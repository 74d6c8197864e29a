/** What a beacon API server does wrong on purpose. */
import { bytesToHex } from '@ethereumjs/util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { startDevnetBeacon } from '../devnet/start-devnet-beacon.ts'
import type { TestDevnet } from '../beacon-api/beacon-api.fixtures.ts'
import { eventually, SLOT, testDevnet } from '../beacon-api/beacon-api.fixtures.ts'
import type { Fault, FaultRule } from './faults.ts'

let devnet: TestDevnet

beforeAll(async () => {
  devnet = await testDevnet()
})
afterEach(() => devnet.server.faults.set([]))
afterAll(() => devnet.close())

describe('faults', () => {
  const PATH = '/eth/v1/beacon/light_client/finality_update'
  const set = (fault: Fault, rule: Partial<FaultRule> = {}) =>
    devnet.server.faults.set([{ route: 'finalityUpdate', fault, ...rule }])

  test('concern their route only, and end when they are taken back', async () => {
    set({ kind: 'status', status: 429, retryAfterSeconds: 7 })
    const refused = await devnet.client.get(PATH)
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7'])
    expect(await devnet.client.status('/eth/v1/beacon/genesis')).toBe(200)
    devnet.server.faults.set([])
    expect(await devnet.client.status(PATH)).toBe(200)
  })

  test('a page, garbage, a flipped bit', async () => {
    const good = await devnet.client.ssz(PATH)
    set({ kind: 'html' })
    expect((await devnet.client.get(PATH)).headers.get('content-type')).toContain('text/html')
    set({ kind: 'garbage', text: '{"data":' })
    expect(await (await devnet.client.get(PATH)).text()).toBe('{"data":')
    set({ kind: 'flipped' })
    const flipped = await devnet.client.ssz(PATH)
    expect(flipped.filter((byte, i) => byte !== good[i])).toHaveLength(1)
  })

  test('a delay by the clock, and a stall that lasts', async () => {
    set({ kind: 'delay', ms: 2_000 })
    const before = devnet.clock.waiting
    const late = devnet.client.get(PATH)
    await eventually(() => devnet.clock.waiting > before)
    await devnet.clock.advance(2_000)
    expect((await late).status).toBe(200)
    set({ kind: 'stall' })
    await expect(devnet.client.get(PATH, undefined, { signal: AbortSignal.timeout(200) })).rejects.toThrow()
  })

  test('a body that is cut, and one that does not end', async () => {
    set({ kind: 'cut', bytes: 100 })
    await expect(devnet.client.get(PATH).then((response) => response.arrayBuffer())).rejects.toThrow()
    set({ kind: 'oversized', bytes: 5_000_000 })
    expect((await devnet.client.ssz(PATH)).length).toBeGreaterThan(5_000_000)
  })

  test('no CORS headers', async () => {
    set({ kind: 'noCors' })
    expect((await devnet.client.get(PATH)).headers.get('access-control-allow-origin')).toBeNull()
  })

  test('by chance: the same in every run', async () => {
    set({ kind: 'status', status: 500 }, { rate: 0.5 })
    const statuses = []
    for (let i = 0; i < 20; i++) statuses.push(await devnet.client.status(PATH))
    expect(new Set(statuses)).toEqual(new Set([200, 500]))
  })

  test('a view of some slots ago, and another chain', async () => {
    const head = async () => (await devnet.client.data('/eth/v1/beacon/headers/head'))['root']
    devnet.server.faults.set([{ route: 'all', fault: { kind: 'otherSource', source: devnet.staleSource(10) } }])
    expect(await head()).toBe(bytesToHex(devnet.chain.headAt(devnet.live.slot - 10).root))
    expect(await devnet.client.data('/eth/v1/node/syncing')).toMatchObject({ is_syncing: true })
    const other = await startDevnetBeacon({ clock: devnet.clock, seed: 'another' })
    devnet.server.faults.set([{ route: 'all', fault: { kind: 'otherSource', source: other.source } }])
    expect(await head()).toBe(bytesToHex(other.chain.head.root))
    await other.close()
  })

  test('event streams that bring garbage, and that end', async () => {
    devnet.server.faults.set([
      { route: 'events', fault: { kind: 'garbage', text: 'not json' } },
      { route: 'events', fault: { kind: 'closeEvents', after: 2 } },
    ])
    const listener = await devnet.client.listen('head')
    await devnet.clock.advance(5 * SLOT)
    await listener.ended
    expect(listener.seen).toEqual(['comment', 'head not json', 'head not json'])
  })
})
