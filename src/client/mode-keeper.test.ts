/** A simulated page, its connection and its servers, and what is made of them. */
import { expect, test } from 'vitest'
import type { BeamStatus } from '../sync/beam/beam-status.ts'
import { SimulatedClock } from '../testing/simulated-clock.ts'
import { HIDDEN_GRACE_MS, type ModeStatus } from './mode.ts'
import { ModeKeeper, type ModeKeeperOptions } from './mode-keeper.ts'
import { watchedPage } from './page-watch.ts'
import { LIMITED_PATIENCE_MS, REST_MIN_MS } from './rate-limits.ts'

function simulated(options: Partial<Pick<ModeKeeperOptions, 'wanted' | 'despite'>> = {}) {
  const clock = new SimulatedClock()
  const shown: { visibilityState: 'visible' | 'hidden' } = { visibilityState: 'visible' }
  const page = Object.assign(new EventTarget(), shown)
  const connection = Object.assign(new EventTarget(), { saveData: false, type: 'wifi' })
  const told: ModeStatus[] = []
  const keeper = new ModeKeeper({
    ...{ wanted: 'beam', despite: [], clock, page: watchedPage(page, connection) },
    ...options,
    onChange: (status) => told.push(status),
  })
  return {
    ...{ clock, keeper, told },
    show: (visibilityState: 'visible' | 'hidden') => {
      page.visibilityState = visibilityState
      page.dispatchEvent(new Event('visibilitychange'))
    },
    connect: (change: { readonly saveData?: boolean; readonly type?: string }) => {
      Object.assign(connection, change)
      connection.dispatchEvent(new Event('change'))
    },
    news: () => told.splice(0).map(({ now, cause }) => (cause === undefined ? now : `${now}: ${cause}`)),
  }
}

/** Of beam sync with servers that have been refusing since those times. */
function refused(verified: number, ...busySince: readonly (number | undefined)[]): BeamStatus {
  const servers = busySince.map((since, index) => ({
    ...{ url: `https://${index}.example`, state: 'ready', kind: 'gateway', offers: [], lastError: undefined },
    busySince: since,
  }))
  return { servers, blocks: { totals: { verified } } } as unknown as BeamStatus
}

test('a tab executes once it leads, and no more when it does not', () => {
  const { keeper, news } = simulated()
  expect(keeper.status).toMatchObject({ wanted: 'beam', now: 'light', cause: 'not-leading' })
  keeper.lead(true)
  keeper.lead(false)
  expect(news()).toEqual(['beam', 'light: not-leading'])
})

test('full is executed as beam, for the same reasons or not, and says that nothing is filled in', async () => {
  const { keeper, news, show, connect, clock } = simulated({ wanted: 'full' })
  expect(keeper.status).toMatchObject({ wanted: 'full', now: 'light', cause: 'not-leading' })
  keeper.lead(true)
  expect(keeper.status).toEqual({
    ...{ wanted: 'full', now: 'beam', cause: 'no-backfill', retryAt: undefined },
    reason: 'blocks are executed; state that no block reads is not filled in by this version',
  })
  show('hidden')
  await clock.advance(HIDDEN_GRACE_MS)
  show('visible')
  connect({ saveData: true })
  connect({ saveData: false })
  expect(news()).toEqual([
    ...['beam: no-backfill', 'light: hidden', 'beam: no-backfill'],
    ...['light: data-saver', 'beam: no-backfill'],
  ])
})

test('light is never anything else, and needs no reason', async () => {
  const { keeper, news, show, clock } = simulated({ wanted: 'light' })
  keeper.lead(true)
  show('hidden')
  await clock.advance(HIDDEN_GRACE_MS)
  expect(keeper.status).toMatchObject({ wanted: 'light', now: 'light', cause: undefined, reason: undefined })
  expect(news()).toEqual([])
})

test('in the background it stops after a while, and goes on when it is looked at', async () => {
  const { keeper, news, show, clock } = simulated()
  keeper.lead(true)
  show('hidden')
  await clock.advance(HIDDEN_GRACE_MS - 1)
  expect(news()).toEqual(['beam'])
  await clock.advance(1)
  expect(news()).toEqual(['light: hidden'])
  expect(keeper.status.reason).toBe('the tab is in the background')
  show('visible')
  expect(news()).toEqual(['beam'])
})

test('a look elsewhere stops nothing, however often', async () => {
  const { keeper, news, show, clock } = simulated()
  keeper.lead(true)
  news()
  for (let look = 0; look < 5; look++) {
    show('hidden')
    await clock.advance(HIDDEN_GRACE_MS / 2)
    show('visible')
    await clock.advance(HIDDEN_GRACE_MS / 2)
  }
  expect(news()).toEqual([])
})

test('saving data and a metered connection stop it at once, each said as what it is', () => {
  const { keeper, news, connect } = simulated()
  keeper.lead(true)
  connect({ saveData: true })
  connect({ type: 'cellular' })
  connect({ saveData: false })
  connect({ type: 'wifi' })
  expect(news()).toEqual(['beam', 'light: data-saver', 'light: metered', 'beam'])
})

test('what the user rules out stops nothing', async () => {
  const { keeper, news, connect, show, clock } = simulated({ despite: ['metered', 'hidden'] })
  keeper.lead(true)
  connect({ type: 'cellular' })
  show('hidden')
  await clock.advance(HIDDEN_GRACE_MS)
  expect(news()).toEqual(['beam'])
  connect({ saveData: true })
  expect(news()).toEqual(['light: data-saver'])
})

test('servers that all refuse for long are left alone for a while, longer each time until a block is verified', async () => {
  const { keeper, news, clock } = simulated()
  keeper.lead(true)
  news()
  const start = clock.now()
  // One that still answers is enough.
  await clock.advance(LIMITED_PATIENCE_MS)
  keeper.see(refused(1, start, undefined))
  expect(news()).toEqual([])
  keeper.see(refused(1, start, start))
  expect(news()).toEqual(['light: rate-limited'])
  expect(keeper.status.retryAt).toBe(clock.now() + REST_MIN_MS)
  await clock.advance(REST_MIN_MS)
  expect(news()).toEqual(['beam'])

  keeper.see(refused(0, clock.now() - LIMITED_PATIENCE_MS))
  await clock.advance(REST_MIN_MS)
  expect(news()).toEqual(['light: rate-limited'])
  await clock.advance(REST_MIN_MS)
  expect(news()).toEqual(['beam'])

  keeper.see(refused(3, undefined))
  keeper.see(refused(3, clock.now() - LIMITED_PATIENCE_MS))
  await clock.advance(REST_MIN_MS)
  expect(news()).toEqual(['light: rate-limited', 'beam'])
})

test('refusals of a moment are waited out, and servers not found yet are none that refuse', async () => {
  const { keeper, news, clock } = simulated()
  keeper.lead(true)
  keeper.see(refused(1, clock.now()))
  await clock.advance(LIMITED_PATIENCE_MS - 1)
  keeper.see(refused(1, undefined))
  await clock.advance(LIMITED_PATIENCE_MS)
  keeper.see(refused(1))
  await clock.advance(LIMITED_PATIENCE_MS)
  expect(news()).toEqual(['beam'])
})

test('servers that refuse give no news, and are noticed all the same', async () => {
  const { keeper, news, clock } = simulated()
  keeper.lead(true)
  keeper.see(refused(1, clock.now()))
  await clock.advance(LIMITED_PATIENCE_MS)
  expect(news()).toEqual(['beam', 'light: rate-limited'])
})

test('nothing is told after the end', async () => {
  const { keeper, news, show, clock } = simulated()
  keeper.lead(true)
  show('hidden')
  keeper.close()
  await clock.advance(HIDDEN_GRACE_MS)
  show('visible')
  expect(news()).toEqual(['beam'])
})
