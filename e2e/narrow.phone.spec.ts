/** The page at 360 px, the narrowest phones in use. */
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import { listedData } from './listed-data.ts'
import { blockRow, figure, idle, MAINNET_PAGE, started, verifyListed } from './page-parts.ts'

test.use({ viewport: { width: 360, height: 740 } })

/** By how much the content is wider than the screen, in CSS pixels. */
function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
}

test('rows become labelled cards, and nothing scrolls sideways', async ({ page, request }) => {
  await listedData(request)
  await page.goto(MAINNET_PAGE)
  await started(page)
  expect(await overflow(page)).toBeLessThanOrEqual(0)

  await verifyListed(page, 'mainnet-fulu-1711-nimbus')
  await verifyListed(page, 'mainnet-2463000.json.gz')
  await page.getByLabel('Choose files').setInputFiles({
    name: `${'a-long-name-without-any-white-space'.repeat(6)}.json`,
    mimeType: 'application/json',
    buffer: Buffer.from(`{"format":"stateless-block/1","number":"${'x'.repeat(500)}"}`),
  })
  await idle(page)
  const row = blockRow(page, '2463000')
  await expect(row.getByText('Verified', { exact: true })).toBeVisible()
  const label = await figure(row, 'Gas').evaluate((cell) => getComputedStyle(cell, '::before').content)
  expect(label).toBe('"Gas"')
  await row.getByRole('button', { name: 'More' }).click()
  expect(await overflow(page)).toBeLessThanOrEqual(0)
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
})
