/** Following a chain that grows while the test runs: by a network file, by an address, over servers that fail or lie. */
import AxeBuilder from '@axe-core/playwright'
import { expect, type Locator, type Page, test } from '@playwright/test'
import { type DevnetBeacon, startDevnetBeacon } from '../server/devnet/start-devnet-beacon.ts'
import { MAINNET_PAGE, started } from './page-parts.ts'

/** Short enough to see heads advance and finality move, long enough for two cores to keep up. */
const SLOT_SECONDS = 2

/** Where tests pretend that the network file is; the page asks for it over TLS, as it would a stranger's. */
const NETWORK_URL = 'https://network.example/network.json'

let devnet: DevnetBeacon

test.beforeEach(async () => {
  devnet = await startDevnetBeacon({ slotSeconds: SLOT_SECONDS, seed: 'page' })
})

test.afterEach(() => devnet.close())

/** Serves the devnet's network file, without its servers: those are named in the address. */
async function serveNetworkFile(page: Page): Promise<void> {
  const body = JSON.stringify({ ...devnet.networkFile, servers: [] })
  await page.route(NETWORK_URL, (route) =>
    route.fulfill({ body, contentType: 'application/json', headers: { 'Access-Control-Allow-Origin': '*' } }),
  )
}

function addressWith(...servers: readonly string[]): string {
  return `/?network=${NETWORK_URL}${servers.map((url) => `&beacon=${url}`).join('')}`
}

const live = (page: Page) => page.getByRole('region', { name: 'Live head' })
const head = (page: Page, label: string) =>
  live(page)
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name: label }) })
const server = (page: Page, url: string) =>
  live(page)
    .getByRole('row')
    .filter({ has: page.getByRole('rowheader', { name: url }) })

async function slotOf(row: Locator): Promise<number> {
  const text = await row.locator('[data-label="Slot"]').textContent()
  return Number(text?.replaceAll(',', '') || Number.NaN)
}

/** Collects, from the next load on, each text that the row of the head has once it names a slot: some last for moments. */
async function seenHeads(page: Page): Promise<() => Promise<readonly string[]>> {
  await page.addInitScript(() => {
    const seen: string[] = []
    Object.assign(window, { seenHeads: seen })
    const look = () => {
      const text = document.querySelector('tr.head')?.textContent ?? ''
      if (/\d/.test(text) && text !== seen.at(-1)) seen.push(text)
    }
    new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true })
  })
  return () => page.evaluate(() => (window as unknown as { readonly seenHeads: readonly string[] }).seenHeads)
}

async function pickNetworkFile(page: Page): Promise<void> {
  await page.getByText('A network that is not built in').click()
  await page.getByLabel('Pick a network file').setInputFiles({
    name: 'network.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(devnet.networkFile)),
  })
}

async function following(page: Page): Promise<void> {
  await expect(live(page).getByText('Following the head')).toBeVisible({ timeout: 60_000 })
}

test('a picked network file is followed: heads and finality advance, and the title with them', async ({ page }) => {
  await page.goto(MAINNET_PAGE)
  await started(page)
  await expect(live(page)).toContainText('Not following')
  await pickNetworkFile(page)
  await following(page)
  await expect(live(page)).toContainText(`Custom network ${devnet.network.name}`)
  await expect(live(page)).toContainText('given by the network file')
  const [first, firstFinal] = [await slotOf(head(page, 'Head')), await slotOf(head(page, 'Finalized'))]
  await expect.poll(() => slotOf(head(page, 'Head')), { timeout: 30_000 }).toBeGreaterThan(first + 2)
  await expect.poll(() => slotOf(head(page, 'Finalized')), { timeout: 60_000 }).toBeGreaterThan(firstFinal)
  await expect(head(page, 'Head')).toContainText(devnet.url)
  await expect(page).toHaveTitle(/^#\d+ · Beamtab$/)

  await page.getByRole('button', { name: 'Stop' }).click()
  await expect(live(page)).toContainText('Not following')
  await expect(page).toHaveTitle(/^Beamtab/)
})

test('a server that dies is named with its error, and a reload shows the last visit’s head unproven', async ({
  page,
}) => {
  await page.goto(MAINNET_PAGE)
  await started(page)
  await pickNetworkFile(page)
  await following(page)
  const last = await slotOf(head(page, 'Head'))
  await devnet.server.close()
  await expect(live(page).getByText('Last error')).toBeVisible({ timeout: 60_000 })
  await expect(server(page, devnet.url)).toBeVisible()

  const seen = await seenHeads(page)
  await page.reload()
  await expect.poll(async () => (await seen()).length, { timeout: 30_000 }).toBeGreaterThan(0)
  const [first] = await seen()
  expect(first).toContain('from your last visit, being checked again')
  expect(first).not.toMatch(/✓|verified/i)
  expect(Number(/Head(\d+)/.exec(first ?? '')?.[1])).toBeGreaterThanOrEqual(last)
  // Then what was kept is proven again, without anybody to ask.
  await expect(head(page, 'Head')).toContainText('✓', { timeout: 30_000 })
  await expect(live(page).getByText('Last error')).toBeVisible({ timeout: 30_000 })
})

test('what was followed by a link is not kept for the next visit', async ({ page }) => {
  await serveNetworkFile(page)
  await page.goto(addressWith(devnet.url))
  await following(page)
  await devnet.server.close()
  const seen = await seenHeads(page)
  await page.reload()
  await expect(live(page).getByText('Last error')).toBeVisible({ timeout: 30_000 })
  expect(await seen()).toEqual([])
})

test('a server that lags is followed, and its head called stale', async ({ page }) => {
  const lagging = await devnet.addServer(devnet.staleSource(Math.ceil(100 / SLOT_SECONDS)))
  await serveNetworkFile(page)
  await page.goto(addressWith(lagging.url))
  await expect(live(page).getByText('Stale', { exact: true })).toBeVisible({ timeout: 60_000 })
  await expect(page).toHaveTitle(/stale/)
})

test('of two servers the one that lies is named, and the head follows the other', async ({ page }) => {
  const liar = await devnet.addServer()
  liar.faults.set([
    { route: 'optimisticUpdate', fault: { kind: 'flipped' } },
    { route: 'finalityUpdate', fault: { kind: 'flipped' } },
    { route: 'events', fault: { kind: 'stall' } },
  ])
  await serveNetworkFile(page)
  await page.goto(addressWith(devnet.url, liar.url))
  await following(page)
  await expect(server(page, liar.url)).toContainText('sent false data', { timeout: 60_000 })
  await expect(server(page, devnet.url)).toContainText('held so far')
  await following(page)
  await expect(head(page, 'Head')).toContainText(devnet.url)
  for (const width of [1_280, 360]) {
    await page.setViewportSize({ width, height: 740 })
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  }
})
