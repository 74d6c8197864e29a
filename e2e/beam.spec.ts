/** Blocks executed in the tab as `npm start` gives it: from an empty browser, over a reload, paused, and with servers that fail. */
import AxeBuilder from '@axe-core/playwright'
import { expect, type Locator, type Page, type APIRequestContext, test } from '@playwright/test'

const beam = (page: Page) => page.getByRole('region', { name: 'Blocks executed here' })
const rows = (page: Page) => beam(page).locator('tr.fed')
const verified = (page: Page) => rows(page).filter({ hasText: 'Verified' })
const executeSwitch = (page: Page) => page.getByRole('checkbox', { name: 'Execute every new block in this tab' })
const openButton = (row: Locator) => row.getByRole('button', { name: /How block \d+ came to be/ })

const numberIn = (text: string | null): number => Number(text?.replaceAll(/\D/g, '') || Number.NaN)
const figure = async (row: Locator, column: string) =>
  numberIn(await row.locator(`[data-label="${column}"]`).textContent())

async function fact(page: Page, label: string): Promise<string> {
  const texts = await beam(page).locator('.live-facts > div').allInnerTexts()
  return (
    texts
      .find((text) => text.startsWith(label))
      ?.slice(label.length)
      .trim() ?? ''
  )
}

/** Resolves when so many of the blocks that are shown are verified. */
async function executed(page: Page, blocks: number): Promise<void> {
  await expect.poll(() => verified(page).count(), { timeout: 60_000 }).toBeGreaterThanOrEqual(blocks)
}

/** Everything that state could come from says that it has no such thing; blocks are served on. */
const NO_STATE = [
  'rpc',
  ...['access-list', 'witness', 'witness-metadata', 'nodes', 'codes', 'paths'].map((name) => `state/${name}`),
]

async function order(request: APIRequestContext, routes: readonly string[]): Promise<void> {
  const faults = routes.map((route) => ({ kind: 'status-404', rate: 1, route }))
  expect((await request.put('/beamtab/control', { data: { faults } })).status()).toBe(200)
}

async function violations(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
}

test.afterEach(({ request }) => order(request, []))

test('from an empty browser blocks are executed as they come, and each says how it came to be', async ({ page }) => {
  const problems: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  page.on('pageerror', (error) => problems.push(String(error)))
  await page.goto('/')
  await executed(page, 4)
  await expect(beam(page).getByText('Executed up to the head')).toBeVisible({ timeout: 30_000 })
  await expect(beam(page)).toContainText('gateway')
  for (let look = 0; look < 5; look++) {
    const lag = await fact(page, 'Lag')
    expect(lag === 'none' ? 0 : Number.parseInt(lag), lag).toBeLessThanOrEqual(2)
    await page.waitForTimeout(500)
  }
  expect(await fact(page, 'Cost')).toMatch(/KiB in \d+ requests? for \d+ blocks?, .*a block/)
  const row = verified(page).last()
  const number = await openButton(row).innerText()
  await openButton(row).focus()
  await page.keyboard.press('Enter')
  const steps = page.getByRole('list', { name: `How block ${numberIn(number)} came to be` }).getByRole('listitem')
  await expect(steps.filter({ hasText: 'Execution' })).toBeVisible()
  await expect(steps.filter({ hasText: /1 request|requests/ }).first()).toBeVisible()
  await expect(steps.filter({ hasText: 'Record' })).toBeVisible()
  expect(problems).toEqual([])
})

test('a reload goes on from the store: nothing is passed, and nodes come from what was left there', async ({
  page,
}) => {
  await page.goto('/')
  await executed(page, 5)
  const last = await figureOfNewest(page)
  await page.reload()
  await executed(page, 3)
  await expect(beam(page)).not.toContainText('not verified here')
  expect(numberIn(await fact(page, 'Executed since'))).toBeLessThanOrEqual(last)
  await expect
    .poll(
      async () =>
        Math.max(...(await Promise.all((await verified(page).all()).map((row) => figure(row, 'From store'))))),
      {
        timeout: 30_000,
      },
    )
    .toBeGreaterThan(0)
})

async function figureOfNewest(page: Page): Promise<number> {
  return numberIn(await openButton(verified(page).first()).innerText())
}

test('light executes nothing, also after a reload, until it is switched on again', async ({ page }) => {
  await page.goto('/')
  await executed(page, 1)
  await executeSwitch(page).uncheck()
  await expect(beam(page).getByText('no block is executed')).toBeVisible({ timeout: 30_000 })
  await expect(page.getByText('Following the head').first()).toBeVisible({ timeout: 60_000 })
  await expect(rows(page)).toHaveCount(0)
  await page.reload()
  await expect(page.getByText('Following the head').first()).toBeVisible({ timeout: 60_000 })
  await expect(executeSwitch(page)).not.toBeChecked()
  await expect(rows(page)).toHaveCount(0)
  await executeSwitch(page).check()
  await executed(page, 1)
})

test('a block whose state nobody serves is unavailable, and verified when somebody does', async ({ page, request }) => {
  await page.goto('/')
  await executed(page, 2)
  await order(request, NO_STATE)
  const unavailable = rows(page).filter({ hasText: 'Unavailable' })
  await expect(unavailable.first()).toBeVisible({ timeout: 60_000 })
  const number = numberIn(await openButton(unavailable.first()).innerText())
  await expect(page.getByRole('status').filter({ hasText: 'cannot be had now' })).toHaveCount(1)
  await order(request, [])
  const row = rows(page).filter({ has: page.getByRole('button', { name: `How block ${number} came to be` }) })
  await expect(row).toContainText('Verified', { timeout: 60_000 })
  await expect(beam(page).getByText('Executed up to the head')).toBeVisible({ timeout: 60_000 })
})

test('saving data pauses it, says so, and it goes on afterwards', async ({ page }) => {
  await page.addInitScript(() => {
    const connection = Object.assign(new EventTarget(), { saveData: false })
    Object.defineProperty(navigator, 'connection', { value: connection })
    Object.assign(window, {
      saveData: (saveData: boolean) => {
        connection.saveData = saveData
        connection.dispatchEvent(new Event('change'))
      },
    })
  })
  const save = (isOn: boolean) =>
    page.evaluate((on) => (window as unknown as { saveData(on: boolean): void }).saveData(on), isOn)
  await page.goto('/')
  await executed(page, 1)
  await save(true)
  await expect(beam(page).getByText('Paused to save data')).toBeVisible()
  await expect(page.getByRole('status').filter({ hasText: 'Blocks are not executed now' })).toHaveCount(1)
  // What was done stays to be seen.
  expect(await verified(page).count()).toBeGreaterThan(0)
  const before = await figureOfNewest(page)
  await save(false)
  await expect.poll(() => figureOfNewest(page), { timeout: 60_000 }).toBeGreaterThan(before)
})

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the feed and an opened block break no accessibility rule in ${colorScheme} colours, wide and narrow`, async ({
    page,
  }) => {
    await page.emulateMedia({ colorScheme })
    await page.goto('/')
    await executed(page, 2)
    await openButton(verified(page).last()).click()
    await expect(page.getByRole('list', { name: /How block \d+ came to be/ })).toBeVisible()
    for (const width of [1_280, 360]) {
      await page.setViewportSize({ width, height: 740 })
      expect(await violations(page)).toEqual([])
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    }
  })
}
