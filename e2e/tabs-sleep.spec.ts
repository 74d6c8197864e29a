/** Tabs that the browser freezes: others lead meanwhile, and nothing is lost. */
import { expect, test, type Browser } from '@playwright/test'
import { openRawTab, type RawTab } from './raw-tab.ts'
import type { AskedRequest } from './tabs-page/page.ts'
import { newAddress, say, startTabsWorld, type TabsWorld } from './tabs-world.ts'

let world: TabsWorld
test.beforeAll(async () => {
  world = await startTabsWorld()
})
test.afterAll(() => world.close())

const opened: RawTab[] = []
test.afterEach(async () => {
  for (const tab of opened.splice(0)) await tab.close()
})

async function openTab(browser: Browser, mode: 'light' | 'beam'): Promise<RawTab> {
  const tab = await openRawTab(browser, world.url)
  opened.push(tab)
  await expect.poll(() => tab.evaluate('typeof tabsPage')).toBe('object')
  await tab.evaluate(`tabsPage.openClient(${JSON.stringify(world.networkUrl)}, '${mode}')`)
  return tab
}

const ask = async (tab: RawTab, count: number): Promise<readonly AskedRequest[]> => {
  const addresses = JSON.stringify(Array.from({ length: count }, newAddress))
  const asked = `Promise.all(${addresses}.map((address) => tabsPage.ask('eth_getBalance', [address, 'latest'])))`
  return (await tab.evaluate(asked)) as readonly AskedRequest[]
}
const role = (tab: RawTab) => tab.evaluate('tabsPage.clientStatus().leadership')
const outcomes = (answers: readonly AskedRequest[]) => [...new Set(answers.map(({ outcome }) => outcome))]

for (const mode of ['light', 'beam'] as const)
  test(`${mode}: a leading tab that is frozen lets the other lead, and asks it when it wakes`, async ({ browser }) => {
    const [first, second] = [await openTab(browser, mode), await openTab(browser, mode)]
    expect([await role(first), await role(second)]).toEqual(['leading', 'waiting'])
    const [own, others] = [ask(first, 10), ask(second, 20)]
    const begin = Date.now()
    await first.become('frozen')
    expect(outcomes(await others)).toEqual(['result'])
    await expect.poll(() => role(second)).toBe('leading')
    expect(outcomes(await ask(second, 5))).toEqual(['result'])
    say(`${mode}: the other tab led and answered ${Date.now() - begin} ms after the first was frozen`)
    await first.become('active')
    await expect.poll(() => role(first)).toBe('waiting')
    // What was asked in the frozen tab is answered by the other.
    expect(outcomes(await own)).toEqual(['result'])
    expect(outcomes(await ask(first, 5))).toEqual(['result'])
    expect(await role(second)).toBe('leading')
  })

test('a waiting tab that is frozen is passed over, and asks whoever leads when it wakes', async ({ browser }) => {
  const [first, second] = [await openTab(browser, 'light'), await openTab(browser, 'light')]
  const third = await openTab(browser, 'light')
  await second.become('frozen')
  const asked = ask(third, 20)
  const closed = Date.now()
  await first.evaluate('tabsPage.closeClient()')
  expect(outcomes(await asked)).toEqual(['result'])
  say(`the third tab led and answered ${Date.now() - closed} ms after the first was closed`)
  await expect.poll(() => role(third)).toBe('leading')
  const woken = Date.now()
  await second.become('active')
  // Asked before it knows who leads by now.
  expect(outcomes(await ask(second, 5))).toEqual(['result'])
  say(`the second was answered ${Date.now() - woken} ms after it was woken`)
  expect([await role(second), await role(third)]).toEqual(['waiting', 'leading'])
})
