/** Several tabs of one origin: one works, the others ask it, and the next goes on when it is gone. */
import { expect, type BrowserContext, type Page, test } from '@playwright/test'
import { pino } from 'pino'
import { startDevnet, type Devnet } from '../server/devnet/start-devnet.ts'
import { startGateway, type Gateway } from '../server/gateway/start-gateway.ts'
import { serveBuiltPage, type BuiltPage } from './built-page.ts'
import type { AskedRequest, TabsPage } from './tabs-page/page.ts'

declare const tabsPage: TabsPage

let devnet: Devnet
let gateway: Gateway
let site: BuiltPage

test.beforeAll(async () => {
  devnet = await startDevnet({
    ...{ seed: 'tabs', preset: 'minimal', accounts: 50, gas: 300_000 },
    ...{ agePeriods: 1, slotSeconds: 2 },
  })
  gateway = await startGateway({ chain: devnet, log: pino({ level: 'silent' }) })
  site = await serveBuiltPage('e2e/tabs-page', () => false)
})
test.afterAll(async () => {
  await site.close()
  await gateway.close()
  await devnet.close()
})

interface Tab {
  readonly page: Page
  /** What it and its workers have asked the gateway. */
  readonly requests: string[]
  /** ms until there was a head. */
  readonly ms: number
}

async function openTab(context: BrowserContext, mode: 'light' | 'beam' = 'light'): Promise<Tab> {
  const page = await context.newPage()
  const requests: string[] = []
  page.on('request', (request) => void (request.url().startsWith(gateway.url) && requests.push(request.url())))
  await page.goto(site.url)
  const networkUrl = `${gateway.url}/beamtab/network.json`
  const ms = await page.evaluate(([url, wanted]) => tabsPage.openClient(url, wanted), [networkUrl, mode] as const)
  // The network's file is asked for by the page, not by the client.
  requests.splice(0, requests.length, ...requests.filter((url) => url !== networkUrl))
  return { page, requests, ms }
}

const ask = (page: Page, method: string, params: readonly unknown[] = []): Promise<AskedRequest> =>
  page.evaluate(([name, given]) => tabsPage.ask(name, given), [method, params] as const)

const leadership = (page: Page): Promise<string> => page.evaluate(() => tabsPage.clientStatus().leadership)
const heard = (page: Page): Promise<readonly string[]> => page.evaluate(() => tabsPage.heard)
const turns = (page: Page) => page.evaluate(() => tabsPage.turns)

/** Measured: beside the reporter's lines. */
const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Nobody has looked at these before: what is asked of them has to be fetched. */
let lastAddress = 0
const newAddress = (): string => `0x${(++lastAddress).toString(16).padStart(4, '0').padEnd(40, 'a')}`

const balances = (page: Page, count: number): Promise<readonly AskedRequest[]> =>
  Promise.all(Array.from({ length: count }, () => ask(page, 'eth_getBalance', [newAddress(), 'latest'])))

/** Numbers of blocks that were told, each the one after the one before. */
function isWithoutGap(events: readonly string[]): boolean {
  const numbers = events.filter((event) => event.startsWith('block')).map((event) => Number(event.slice(6)))
  return numbers.every((number, at) => at === 0 || number === numbers[at - 1]! + 1)
}

/** Ends a leading tab while the others ask: everything is answered, and they are told of nothing. */
async function takeOver(others: readonly Tab[], end: () => Promise<unknown>): Promise<number> {
  const asked = Promise.all(others.map(({ page }) => balances(page, 20)))
  const begin = Date.now()
  const ended = end()
  const answers = (await asked).flat()
  await ended
  expect(answers.filter(({ outcome }) => outcome === 'error')).toEqual([])
  const last = Math.max(...answers.map(({ settledAt }) => settledAt))
  const inFlight = answers.filter(({ settledAt }) => settledAt > begin).length
  say(`${inFlight} of ${answers.length} requests were under way; the last was answered after ${last - begin} ms`)
  return last - begin
}

test('a second tab asks no server, and answers what the first has proven', async ({ context }) => {
  const first = await openTab(context)
  const second = await openTab(context)
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
  const third = await openTab(context)
  await expect.poll(() => second.page.workers().length).toBe(3)
  expect(third.page.workers()).toHaveLength(0)
  expect([...second.requests, ...third.requests]).toEqual([])
})

for (const mode of ['light', 'beam'] as const) {
  test(`${mode}: when the first tab closes, the next leads and answers what was under way, and blocks are told on`, async ({
    context,
  }) => {
    const [first, second, third] = [
      await openTab(context, mode),
      await openTab(context, mode),
      await openTab(context, mode),
    ]
    const others = [second, third]
    for (const { page } of others)
      expect(await ask(page, 'eth_subscribe', ['newHeads'])).toMatchObject({ outcome: 'result' })
    for (const { page } of others) await expect.poll(async () => (await heard(page)).length).toBeGreaterThan(1)
    await expect.poll(() => second.page.workers().length).toBe(3)
    await expect.poll(() => leadership(first.page)).toBe('leading')
    const before = Date.now()
    const ms = await takeOver(others, () => first.page.close())
    const since = (await turns(second.page)).filter(({ at }) => at >= before)
    say(since.map(({ what, at }) => `${at - before} ms: ${what}`).join('; '))
    await expect.poll(() => leadership(second.page)).toBe('leading')
    expect(await leadership(third.page)).toBe('waiting')
    for (const { page } of others) {
      const count = (await heard(page)).length
      await expect.poll(async () => (await heard(page)).length, { timeout: 20_000 }).toBeGreaterThan(count + 1)
      const events = await heard(page)
      expect(events.filter((event) => !event.startsWith('block'))).toEqual([])
      expect(isWithoutGap(events), events.join()).toBe(true)
    }
    expect(third.requests).toEqual([])
    expect(ms).toBeLessThan(10_000)
  })
}

test('a tab that has just been opened takes over as well', async ({ context }) => {
  const first = await openTab(context)
  const others = [await openTab(context), await openTab(context)]
  const before = Date.now()
  await takeOver(others, () => first.page.close())
  say((await turns(others[0]!.page)).map(({ what, at }) => `${at - before} ms: ${what}`).join('; '))
  await expect.poll(() => leadership(others[0]!.page)).toBe('leading')
})

test('a client that is closed in a page that stays hands over as well', async ({ context }) => {
  const [first, second] = [await openTab(context), await openTab(context)]
  await takeOver([second], () => first.page.evaluate(() => tabsPage.closeClient()))
  await expect.poll(() => leadership(second.page)).toBe('leading')
})

test('a leading tab that is frozen lets the other lead, and asks it when it wakes', async ({ context }) => {
  const [first, second] = [await openTab(context), await openTab(context)]
  // A browser without a screen freezes nothing: the page is told that it does.
  await takeOver([second], () => first.page.evaluate(() => document.dispatchEvent(new Event('freeze'))))
  await expect.poll(() => leadership(second.page)).toBe('leading')
  expect(first.page.workers()).toHaveLength(0)
  await first.page.evaluate(() => document.dispatchEvent(new Event('resume')))
  await expect.poll(() => leadership(first.page)).toBe('waiting')
  for (const { outcome } of await balances(first.page, 5)) expect(outcome).toBe('result')
})
