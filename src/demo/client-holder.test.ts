import { expect, test } from 'vitest'
import type { Beamtab } from '../client/public-types.ts'
import { createClientHolder } from './client-holder.ts'
import { clientFactory, STATUS } from './fixtures.ts'
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
