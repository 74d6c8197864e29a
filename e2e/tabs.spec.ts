/** Several tabs of one origin: one works, the others ask it, and the next goes on when it is gone. */
import { expect, test } from '@playwright/test'
import type { TabsPage } from './tabs-page/page.ts'
import {
  ask,
  balances,
  heard,
  leadership,
  newAddress,
  say,
  startTabsWorld,
  takeOver,
  turns,
  type TabsWorld,
} from './tabs-world.ts'

declare const tabsPage: TabsPage

let world: TabsWorld
test.beforeAll(async () => {
  world = await startTabsWorld()
})
test.afterAll(() => world.close())

/** Two blocks take up to 4 s of slots, and those that make and check them share the cores. */
const BLOCKS_LIMIT = { timeout: 20_000 }

/** Numbers of blocks that were told, each the one after the one before. */
function isWithoutGap(events: readonly string[]): boolean {
  const numbers = events.filter((event) => event.startsWith('block')).map((event) => Number(event.slice(6)))
  return numbers.every((number, at) => at === 0 || number === numbers[at - 1]! + 1)
}

test('a second tab asks no server, and answers what the first has proven', async ({ context }) => {
  const first = await world.openTab(context)
  const second = await world.openTab(context)
  say(`first head after ${first.ms.toFixed()} ms, in the second tab after ${second.ms.toFixed()} ms`)
  expect(await leadership(first.page)).toBe('leading')
  expect(await leadership(second.page)).toBe('waiting')
  const address = newAddress()
  const [theirs, ours] = await Promise.all(
    [first, second].map(({ page }) => ask(page, 'eth_getBalance', [address, 'finalized'])),
  )
  expect(ours).toMatchObject({ outcome: 'result', value: theirs!.value })
  for (const { outcome } of await balances(second.page, 10)) expect(outcome).toBe('result')
  await expect.poll(() => second.page.evaluate(() => tabsPage.clientStatus().light?.stage.kind)).toBe('following')
  expect(second.requests).toEqual([])
  expect(first.requests.length).toBeGreaterThan(0)
  // The next to lead has its workers at hand, and asks them for nothing; a third tab needs none.
  const third = await world.openTab(context)
  await expect.poll(() => second.page.workers().length).toBe(3)
  expect(third.page.workers()).toHaveLength(0)
  expect([...second.requests, ...third.requests]).toEqual([])
})

for (const mode of ['light', 'beam'] as const) {
  test(`${mode}: when the first tab closes, the next leads and answers what was under way, and blocks are told on`, async ({
    context,
  }) => {
    const [first, second, third] = [
      await world.openTab(context, mode),
      await world.openTab(context, mode),
      await world.openTab(context, mode),
    ]
    const others = [second, third]
    for (const { page } of others)
      expect(await ask(page, 'eth_subscribe', ['newHeads'])).toMatchObject({ outcome: 'result' })
    for (const { page } of others)
      await expect.poll(async () => (await heard(page)).length, BLOCKS_LIMIT).toBeGreaterThan(1)
    await expect.poll(() => second.page.workers().length).toBe(3)
    await expect.poll(() => leadership(first.page)).toBe('leading')
    const before = Date.now()
    await takeOver(others, () => first.page.close())
    const since = (await turns(second.page)).filter(({ at }) => at >= before)
    say(since.map(({ what, at }) => `${at - before} ms: ${what}`).join('; '))
    await expect.poll(() => leadership(second.page)).toBe('leading')
    expect(await leadership(third.page)).toBe('waiting')
    for (const { page } of others) {
      const count = (await heard(page)).length
      await expect.poll(async () => (await heard(page)).length, BLOCKS_LIMIT).toBeGreaterThan(count + 1)
      const events = await heard(page)
      // No disconnection: another led within the time for which nobody is told of anything.
      expect(events.filter((event) => !event.startsWith('block'))).toEqual([])
      expect(isWithoutGap(events), events.join()).toBe(true)
    }
    expect(third.requests).toEqual([])
  })
}

test('a tab that has just been opened takes over as well', async ({ context }) => {
  const first = await world.openTab(context)
  const others = [await world.openTab(context), await world.openTab(context)]
  const before = Date.now()
  await takeOver(others, () => first.page.close())
  say((await turns(others[0]!.page)).map(({ what, at }) => `${at - before} ms: ${what}`).join('; '))
  await expect.poll(() => leadership(others[0]!.page)).toBe('leading')
})

test('a client that is closed in a page that stays hands over as well', async ({ context }) => {
  const [first, second] = [await world.openTab(context), await world.openTab(context)]
  await takeOver([second], () => first.page.evaluate(() => tabsPage.closeClient()))
  await expect.poll(() => leadership(second.page)).toBe('leading')
})
