import { describe, expect, test } from 'vitest'
import type { Beamtab } from '../client/public-types.ts'
import { createClientHolder, type ClientTarget } from './client-holder.ts'
import { clientFactory, STATUS } from './fixtures.ts'
import { RESUMED } from './follow/fixtures.ts'
import type { PageEvent } from './page-state.ts'

function holding(...[changes]: Parameters<typeof clientFactory>) {
  const { createBeamtab, log } = clientFactory(changes)
  const events: PageEvent[] = []
  const led: Beamtab[] = []
  const holder = createClientHolder(
    createBeamtab,
    (event) => events.push(event),
    (client) => led.push(client),
  )
  return { holder, log, events, led }
}

test('one client is open at a time, and the same network keeps it', async () => {
  const { holder, log } = holding()
  const [first, second] = await Promise.all([holder.open('mainnet'), holder.open('mainnet')])
  expect(first).toBe(second)
  await Promise.all([holder.open('sepolia'), holder.open('hoodi')])
  expect(log.calls).toEqual(['open mainnet', 'close mainnet', 'open sepolia', 'close sepolia', 'open hoodi'])
  expect(log.open()).toBe(1)
})

test('a client that was discarded or closed itself is replaced', async () => {
  const { holder, log } = holding()
  await holder.open('mainnet')
  await holder.discard()
  await (await holder.open('mainnet')).close()
  await holder.open('mainnet')
  expect(log.calls.filter((call) => call === 'open mainnet')).toHaveLength(3)
  expect(log.open()).toBe(1)
})

test('a start that fails is shown, and the next call tries again', async () => {
  const events: PageEvent[] = []
  let starts = 0
  const { createBeamtab } = clientFactory()
  const holder = createClientHolder(
    (options) => (++starts === 1 ? Promise.reject(new Error('no workers')) : createBeamtab(options)),
    (event) => events.push(event),
    () => undefined,
  )
  await expect(holder.open('mainnet')).rejects.toThrow('no workers')
  expect(events.at(-1)).toEqual({ type: 'client-changed', client: { kind: 'failed', reason: 'no workers' } })
  await holder.open('mainnet')
  expect(events.at(-1)).toMatchObject({ client: { kind: 'ready' } })
})

test('a client that cannot be closed cleanly does not stop the next', async () => {
  const { holder, log } = holding(() => ({ close: () => Promise.reject(new Error('a worker died')) }))
  await holder.open('mainnet')
  await holder.open('sepolia')
  expect(log.calls).toEqual(['open mainnet', 'open sepolia'])
})

test('the kept data is read again when the tab comes to lead; a closed client’s status is not shown', async () => {
  const { holder, log, events, led } = holding()
  await holder.open('mainnet')
  expect(led).toHaveLength(1)
  log.say({ ...STATUS, leadership: 'waiting' })
  log.say(STATUS)
  expect(led).toHaveLength(2)
  await holder.discard()
  const before = events.length
  log.say({ ...STATUS, leadership: 'waiting' })
  expect(events).toHaveLength(before)
})

describe('a chain that is followed', () => {
  const FOLLOWED: ClientTarget = {
    network: 'mainnet',
    file: undefined,
    follow: { servers: ['https://a.example'] },
  }

  test('has a client for its network and settings; others are another client', async () => {
    const { holder, log } = holding()
    const first = await holder.choose(FOLLOWED)
    expect(await holder.choose({ ...FOLLOWED, follow: { servers: ['https://a.example'] } })).toBe(first)
    expect(await holder.open('mainnet')).toBe(first)
    await holder.choose({ ...FOLLOWED, follow: { servers: ['https://b.example'] } })
    await holder.choose({ ...FOLLOWED, follow: undefined })
    expect(log.calls).toEqual([
      'open mainnet following',
      'close mainnet',
      'open mainnet following',
      'close mainnet',
      'open mainnet',
    ])
    expect(log.options.map(({ follow }) => follow)).toEqual([
      FOLLOWED.follow,
      { servers: ['https://b.example'] },
      'off',
    ])
  })

  test('goes on beside a block of another network, whose client ends with the jobs', async () => {
    const { holder, log, events } = holding()
    await holder.choose(FOLLOWED)
    const guest = await holder.open('sepolia')
    expect(guest.network).toBe('sepolia')
    expect(await holder.open('sepolia')).toBe(guest)
    await holder.open('hoodi')
    await holder.open('mainnet')
    expect(log.open()).toBe(2)
    await holder.release()
    expect(log.calls).toEqual(['open mainnet following', 'open sepolia', 'close sepolia', 'open hoodi', 'close hoodi'])
    expect(events.some(({ type }) => type === 'network-changed')).toBe(false)
  })

  test('is not talked over by the client beside it', async () => {
    const { holder, log, events } = holding()
    await holder.choose(FOLLOWED)
    await holder.open('sepolia')
    const before = events.length
    log.say({ ...STATUS, leadership: 'waiting' })
    expect(events).toHaveLength(before)
  })

  test('shows its heads of the last visit while its client starts', async () => {
    const { createBeamtab } = clientFactory()
    const events: PageEvent[] = []
    const holder = createClientHolder(
      (options) => {
        options.onStatus?.({ ...STATUS, state: 'starting' })
        options.onStatus?.({ ...STATUS, state: 'starting', light: RESUMED })
        return createBeamtab(options)
      },
      (event) => events.push(event),
      () => undefined,
    )
    await holder.choose(FOLLOWED)
    expect(events.slice(0, 2)).toEqual([
      { type: 'client-changed', client: { kind: 'starting' } },
      { type: 'client-changed', client: { kind: 'starting', light: RESUMED } },
    ])
  })

  test('is followed again after its client broke', async () => {
    const { holder, log } = holding()
    await holder.choose(FOLLOWED)
    await holder.discard()
    expect(log.calls).toEqual(['open mainnet following', 'close mainnet', 'open mainnet following'])
  })

  test('a network of a file stays open too, and is given as its content', async () => {
    const { holder, log } = holding()
    const file = { name: 'devnet-7' }
    await holder.choose({ network: 'devnet-7', file, follow: undefined })
    await holder.open('mainnet')
    expect(log.calls).toEqual(['open devnet-7', 'open mainnet'])
    expect(log.options[0]?.network).toBe(file)
    await holder.choose({ network: 'mainnet', file: undefined, follow: undefined })
    // Two clients of one network would wait for each other's store.
    expect(log.calls.slice(2)).toEqual(['close mainnet', 'close devnet-7', 'open mainnet'])
  })
})
