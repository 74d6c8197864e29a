/** Several tabs of one origin on a small chain, for tests: a gateway, a page of ours, and what is asked of its tabs. */
import { setTimeout as delay } from 'node:timers/promises'
import { expect, type BrowserContext, type Page } from '@playwright/test'
import { pino } from 'pino'
import { startDevnet } from '../server/devnet/start-devnet.ts'
import { startGateway } from '../server/gateway/start-gateway.ts'
import { serveBuiltPage } from './built-page.ts'
import type { AskedRequest, TabsPage } from './tabs-page/page.ts'

declare const tabsPage: TabsPage

export interface TabsWorld {
  /** Of the page. */
  readonly url: string
  readonly networkUrl: string
  openTab(context: BrowserContext, mode?: 'light' | 'beam'): Promise<Tab>
  close(): Promise<void>
}

export async function startTabsWorld(): Promise<TabsWorld> {
  const devnet = await startDevnet({
    ...{ seed: 'tabs', preset: 'minimal', accounts: 50, gas: 300_000 },
    ...{ agePeriods: 1, slotSeconds: 2 },
  })
  const gateway = await startGateway({ chain: devnet, log: pino({ level: 'silent' }) })
  const site = await serveBuiltPage('e2e/tabs-page', () => false)
  return {
    url: site.url,
    networkUrl: networkUrlOf(gateway.url),
    openTab: (context, mode = 'light') => openTab(context, { mode, gateway: gateway.url, page: site.url }),
    async close() {
      await site.close()
      await gateway.close()
      await devnet.close()
    },
  }
}

const networkUrlOf = (gateway: string): string => `${gateway}/beamtab/network.json`

export interface Tab {
  readonly page: Page
  /** What it and its workers have asked the gateway. */
  readonly requests: string[]
  /** ms until there was a head. */
  readonly ms: number
}

interface TabPlace {
  readonly mode: 'light' | 'beam'
  readonly gateway: string
  readonly page: string
}

async function openTab(context: BrowserContext, { mode, gateway, page: url }: TabPlace): Promise<Tab> {
  const page = await context.newPage()
  const requests: string[] = []
  page.on('request', (request) => void (request.url().startsWith(gateway) && requests.push(request.url())))
  await page.goto(url)
  const networkUrl = networkUrlOf(gateway)
  const ms = await page.evaluate(([file, wanted]) => tabsPage.openClient(file, wanted), [networkUrl, mode] as const)
  // The network's file is asked for by the page, not by the client.
  requests.splice(0, requests.length, ...requests.filter((url) => url !== networkUrl))
  return { page, requests, ms }
}

export const ask = (page: Page, method: string, params: readonly unknown[] = []): Promise<AskedRequest> =>
  page.evaluate(([name, given]) => tabsPage.ask(name, given), [method, params] as const)

export const leadership = (page: Page): Promise<string> => page.evaluate(() => tabsPage.clientStatus().leadership)
export const heard = (page: Page): Promise<readonly string[]> => page.evaluate(() => tabsPage.heard)
export const turns = (page: Page) => page.evaluate(() => tabsPage.turns)

/** Measured: beside the reporter's lines. */
export const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Nobody has looked at these before: what is asked of them has to be fetched. */
let lastAddress = 0
export const newAddress = (): string => `0x${(++lastAddress).toString(16).padStart(4, '0').padEnd(40, 'a')}`

export const balances = (page: Page, count: number): Promise<readonly AskedRequest[]> =>
  Promise.all(Array.from({ length: count }, () => ask(page, 'eth_getBalance', [newAddress(), 'latest'])))

/** Ends a leading tab while the others ask: everything is answered, what they ask before another leads as well. */
export async function takeOver(others: readonly Tab[], end: () => Promise<unknown>): Promise<void> {
  const asked = Promise.all(others.map(({ page }) => balances(page, 20)))
  const begin = Date.now()
  const ended = end()
  const meanwhile = await askUntil(asked, others)
  const answers = (await asked).flat()
  await ended
  expect([...answers, ...meanwhile].filter(({ outcome }) => outcome === 'error')).toEqual([])
  const last = Math.max(...answers.map(({ settledAt }) => settledAt))
  const inFlight = answers.filter(({ settledAt }) => settledAt > begin).length
  say(`${inFlight} of ${answers.length} requests were under way; the last was answered after ${last - begin} ms`)
  say(`${meanwhile.length} requests were made meanwhile`)
}

/** Another request of each tab every few ms, until that is over. */
async function askUntil(over: Promise<unknown>, tabs: readonly Tab[]): Promise<readonly AskedRequest[]> {
  let isOver = false
  const ended = over.finally(() => (isOver = true))
  const asked: Promise<AskedRequest>[] = []
  while (!isOver && asked.length < MAX_MEANWHILE) {
    for (const { page } of tabs) asked.push(ask(page, 'eth_blockNumber'))
    await Promise.race([ended, delay(MEANWHILE_MS)])
  }
  return Promise.all(asked)
}

/** ms between requests: dozens while another tab takes over, and no load to speak of. */
const MEANWHILE_MS = 20
const MAX_MEANWHILE = 500
