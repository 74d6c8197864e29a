/** Event streams of the beacon API: what they tell, and how many and how much of them there can be. */
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { TestDevnet } from './beacon-api.fixtures.ts'
import { eventually, SLOT, testDevnet } from './beacon-api.fixtures.ts'
import { TOPICS as ALL_TOPICS } from './event-stream.ts'

const TOPICS = ALL_TOPICS.join(',')

describe('events', () => {
  let devnet: TestDevnet
  beforeEach(async () => {
    devnet = await testDevnet()
  })
  afterEach(() => devnet.close())

  test('tell of each head, of what signs it, and of finality', async () => {
    const listener = await devnet.client.listen(TOPICS)
    await listener.until(1)
    await devnet.clock.advance(9 * SLOT)
    const seen = await listener.until(1 + 2 * 9 + 2)
    // The chain stands at slot 127, the last of its epoch.
    expect(seen.slice(0, 7)).toEqual([
      'comment',
      'head 128',
      'light_client_optimistic_update 127',
      expect.stringContaining('finalized_checkpoint') as string,
      'head 129',
      'light_client_optimistic_update 128',
      expect.stringContaining('light_client_finality_update 128') as string,
    ])
  })

  test('tell of a reorganisation', async () => {
    await devnet.close()
    devnet = await testDevnet({ chain: { orphans: [{ fromSlot: 129, length: 2, signers: 'all' }] } })
    const listener = await devnet.client.listen('head,chain_reorg')
    await listener.until(1)
    await devnet.clock.advance(5 * SLOT)
    await listener.until(8)
    expect(listener.seen.filter((event) => event !== 'comment').slice(0, 5)).toEqual([
      'head 128',
      'head 129',
      'head 130',
      'head 131',
      'chain_reorg 131',
    ])
  })

  test('a stream that ends amid the events of one moment takes nothing else with it', async () => {
    devnet.server.faults.set([{ route: 'events', fault: { kind: 'closeEvents', after: 2 } }])
    const listener = await devnet.client.listen(TOPICS)
    // A slot brings a head and an update, the first of an epoch a finalized checkpoint between them.
    await devnet.clock.advance(9 * SLOT)
    await listener.ended
    expect(listener.seen).toHaveLength(3)
    await eventually(() => devnet.server.eventClients === 0)
    expect(await devnet.client.status('/eth/v1/beacon/genesis')).toBe(200)
  })

  test('comments keep a quiet stream open', async () => {
    const listener = await devnet.client.listen('chain_reorg')
    await devnet.clock.advance(31_000)
    expect(await listener.until(3)).toEqual(['comment', 'comment', 'comment'])
  })

  test('streams are bounded in number, and end with the client and with the server', async () => {
    const aborts = Array.from({ length: 64 }, () => new AbortController())
    const streams = await Promise.all(
      aborts.map(({ signal }) => devnet.client.get('/eth/v1/events?topics=head', undefined, { signal })),
    )
    expect(streams.every(({ status }) => status === 200)).toBe(true)
    expect((await devnet.client.get('/eth/v1/events?topics=head')).status).toBe(503)
    aborts[0]?.abort()
    await eventually(() => devnet.server.eventClients < 64)
    const listener = await devnet.client.listen('head')
    await devnet.close()
    await listener.ended
    expect([devnet.server.eventClients, devnet.clock.waiting]).toEqual([0, 0])
  })

  test('a client that does not read is disconnected before much waits for it', async () => {
    // Large events, since the machine itself takes some megabytes before a write waits.
    devnet.server.faults.set([{ route: 'events', fault: { kind: 'garbage', text: 'x'.repeat(200_000) } }])
    const { port, hostname } = new URL(devnet.url)
    const socket = connect(Number(port), hostname)
    socket.write(`GET /eth/v1/events?topics=${TOPICS} HTTP/1.1\r\nHost: x\r\n\r\n`)
    await eventually(() => devnet.server.eventClients > 0)
    socket.pause()
    for (let slot = 0; slot < 300 && devnet.server.eventClients > 0; slot++) await devnet.clock.advance(SLOT)
    expect(devnet.server.eventClients).toBe(0)
    socket.destroy()
  })
})
