/** Real blocks and light-client chains in a real tab. */
import { gunzipSync } from 'node:zlib'
import { expect, test } from '@playwright/test'
import { dataFile, listedData } from './listed-data.ts'
import { blockRow, chainCard, figure, idle, MAINNET_PAGE, started, verifyListed } from './page-parts.ts'
import { problemsOf } from './page-problems.ts'

test.beforeEach(async ({ page, request }) => {
  await listedData(request)
  await page.goto(MAINNET_PAGE)
})

test('blocks of early, middle and late forks are verified with their gas', async ({ page }) => {
  const problems = problemsOf(page)
  const gasUsed = { '97': '0', '2675002': '99,987', '24628608': '12,907,474' }
  for (const number of Object.keys(gasUsed)) await verifyListed(page, `mainnet-${number}.json.gz`)
  await idle(page)
  for (const [number, gas] of Object.entries(gasUsed)) {
    const row = blockRow(page, number)
    await expect(row.getByText('Verified', { exact: true })).toBeVisible()
    await expect(figure(row, 'Gas')).toHaveText(gas)
    await expect(figure(row, 'Total')).toHaveText(/^[\d.,]+ ms$/)
  }
  // Recorded without what proves the work: said, not hidden.
  await expect(blockRow(page, '97')).toContainText('not checked: ')
  expect(problems).toEqual([])
})

test('every listed block is verified, each on its own network', async ({ page, request }) => {
  test.setTimeout(300_000)
  const blocks = (await listedData(request)).filter(({ kind }) => kind === 'block')
  await page.getByRole('button', { name: `Verify all ${blocks.length} blocks` }).click()
  await page.getByRole('button', { name: 'Clear results' }).waitFor({ timeout: 280_000 })
  const rows = page.getByRole('table', { name: 'Blocks' }).locator('tbody').getByRole('row')
  await expect(rows).toHaveCount(blocks.length)
  await expect(rows.getByText('Verified', { exact: true })).toHaveCount(blocks.length)
})

test('a tampered block shows what failed, and the page goes on', async ({ page, request }) => {
  const file = await dataFile(request, 'witness-blocks/mainnet-2675002.json.gz')
  const json = JSON.parse(gunzipSync(file).toString()) as { block: string }
  const middle = 2 * Math.floor(json.block.length / 4)
  const flipped = (parseInt(json.block.slice(middle, middle + 2), 16) ^ 0x01).toString(16).padStart(2, '0')
  const block = json.block.slice(0, middle) + flipped + json.block.slice(middle + 2)
  const buffer = Buffer.from(JSON.stringify({ ...json, block }))
  await page.getByLabel('Choose files').setInputFiles({ name: 'tampered.json', mimeType: 'application/json', buffer })
  await idle(page)
  const results = page.getByRole('region', { name: 'Results' })
  await expect(results.getByText(/^(Mismatch|Error|Data missing)/)).toBeVisible()
  await expect(page.locator('body')).not.toContainText(/verified/i)

  await verifyListed(page, 'mainnet-2675002.json.gz')
  await expect(results.getByText('Verified', { exact: true })).toBeVisible()
})

test('cancelling ends the batch and leaves the page usable', async ({ page, request }) => {
  const blocks = (await listedData(request)).filter(({ kind }) => kind === 'block')
  await page.getByRole('button', { name: `Verify all ${blocks.length} blocks` }).click()
  await page.getByRole('button', { name: 'Cancel' }).click()
  await idle(page)
  const results = page.getByRole('region', { name: 'Results' })
  await expect(results.getByText('Cancelled').first()).toBeVisible()
  await page.getByRole('button', { name: 'Clear results' }).click()
  await verifyListed(page, 'mainnet-1.json.gz')
  await expect(results.getByText('Verified', { exact: true })).toBeVisible()
})

test('a light-client folder shows its six periods, and that its bootstrap vouches for itself', async ({ page }) => {
  await verifyListed(page, 'mainnet-capella-862-867-helios')
  const chain = chainCard(page, 'mainnet-capella-862-867-helios')
  await expect(chain).toContainText('6 periods verified', { timeout: 60_000 })
  await expect(chain).toContainText('trusted by its own root')
  const rows = chain.getByRole('row')
  await expect(rows.getByText('Verified', { exact: true })).toHaveCount(6)
  for (const period of [862, 863, 864, 865, 866, 867]) await expect(rows.getByText(`${period}`)).toBeVisible()
  await expect(chain).toContainText('Finality update')
  await expect(chain).toContainText('Optimistic update')
})

test('a root that the visitor gave is what the bootstrap must have', async ({ page }) => {
  const chain = chainCard(page, 'mainnet-capella-862-867-helios')
  const trustedRoot = page.getByLabel(/Trusted root/)
  await trustedRoot.fill(`0x${'11'.repeat(32)}`)
  await verifyListed(page, 'mainnet-capella-862-867-helios')
  await idle(page)
  await expect(chain).toContainText('Bootstrap rejected')
  await expect(page.locator('body')).not.toContainText(/verified/i)

  await page.getByRole('button', { name: 'Clear results' }).click()
  await trustedRoot.fill('0x5afc212a7924789b2bc86acad3ab3a6ffb1f6e97253ea50bee7f4f51422c9275')
  await verifyListed(page, 'mainnet-capella-862-867-helios')
  await idle(page)
  await expect(chain).toContainText('verified against the root you gave')
})

test('after a reload kept blocks and updates are verified again without a node from outside', async ({ page }) => {
  await verifyListed(page, 'mainnet-2675002.json.gz')
  await verifyListed(page, 'mainnet-capella-862-867-helios')
  await idle(page)
  await page.reload()
  await page.getByRole('button', { name: 'Verify again block 2675002' }).click()
  await page.getByRole('button', { name: 'Verify again light-client chain' }).click()
  await idle(page)
  const row = blockRow(page, '2675002')
  await expect(row.getByText('Verified', { exact: true })).toBeVisible()
  await expect(figure(row, 'Nodes read')).toHaveText('47')
  await expect(figure(row, 'From store')).toHaveText('47')
  await row.getByRole('button', { name: 'More about 2675002' }).click()
  await expect(page.getByText('Nodes from the input').locator('..')).toHaveText('Nodes from the input0')
  await expect(chainCard(page, 'Kept chain')).toContainText('6 periods verified')
})

test('a second tab says that it waits, checks all the same, and leads when the first closes', async ({
  page,
  context,
}) => {
  await started(page)
  const second = await context.newPage()
  await second.goto(MAINNET_PAGE)
  await expect(second.getByText('Another tab writes the store, and this tab waits')).toBeVisible()
  await verifyListed(second, 'mainnet-97.json.gz')
  const row = blockRow(second, '97')
  await expect(row.getByText('Verified', { exact: true })).toBeVisible()
  await expect(row).toContainText('not kept')
  await page.close()
  await expect(second.getByText('This tab keeps what it proves.')).toBeVisible()
})

test('a tab whose store is taken by force says so, and keeps nothing more', async ({ page }) => {
  await started(page)
  await expect(page.getByText('This tab keeps what it proves.')).toBeVisible()
  await page.evaluate(() => navigator.locks.request('beamtab-mainnet', { steal: true }, async () => undefined))
  await expect(page.getByText('took the store from this tab by force')).toBeVisible()
  await verifyListed(page, 'mainnet-97.json.gz')
  const row = blockRow(page, '97')
  await expect(row.getByText('Verified', { exact: true })).toBeVisible()
  await expect(row).toContainText('not kept')
})
