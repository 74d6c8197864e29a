/** Keyboard, assistive technology, colour schemes. */
import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from '@playwright/test'
import { listedData } from './listed-data.ts'
import { blockRow, chainCard, idle, MAINNET_PAGE, started, verifyListed } from './page-parts.ts'

const NO_BLOCK = {
  name: 'broken.json',
  mimeType: 'application/json',
  buffer: Buffer.from('{"format":"stateless-block/1"'),
}

async function violations(page: Page): Promise<readonly string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze()
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 120)).join(' | ')}`)
}

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme} colours`, () => {
    test.use({ colorScheme })

    test('the empty page, a failure and a wrong root break no accessibility rule', async ({ page }) => {
      await page.goto(MAINNET_PAGE)
      await started(page)
      expect(await violations(page)).toEqual([])

      await page.getByLabel('Choose files').setInputFiles(NO_BLOCK)
      await idle(page)
      await page.getByLabel(/Trusted root/).fill('0x12')
      await page.getByText('What a result says').click()
      expect(await violations(page)).toEqual([])
    })

    test('results break no accessibility rule', async ({ page, request }) => {
      await listedData(request)
      await page.goto(MAINNET_PAGE)
      await verifyListed(page, 'mainnet-97.json.gz')
      await verifyListed(page, 'mainnet-fulu-1711-nimbus')
      await page.getByRole('button', { name: /Cancel|Clear results/ }).waitFor()
      expect(await violations(page)).toEqual([])
      await idle(page)
      await page.getByRole('button', { name: 'More about 97' }).click()
      await chainCard(page, 'mainnet-fulu-1711-nimbus').waitFor()
      expect(await violations(page)).toEqual([])
    })
  })
}

test('files are picked, their results read and cleared with the keyboard alone', async ({ page }) => {
  await page.goto(MAINNET_PAGE)
  await started(page)
  await page.keyboard.press('Tab')
  await expect(page.getByRole('link', { name: 'Skip to results' })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('region', { name: 'Results' })).toBeFocused()

  await tabTo(page, 'files')
  // The focus shows on the label, which stands for the file input.
  await expect(page.getByText('Choose files')).toHaveCSS('outline-style', 'solid')
  const chooser = page.waitForEvent('filechooser')
  await page.keyboard.press('Space')
  await (await chooser).setFiles(NO_BLOCK)

  await expect(blockRow(page, 'broken')).toContainText('Error')
  await expect(page.getByRole('status')).toContainText('failed')
  await tabTo(page, 'clear-results')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Nothing checked yet.')).toBeVisible()
})

test('a listed block is verified and its details opened with the keyboard alone', async ({ page, request }) => {
  await listedData(request)
  await page.goto(MAINNET_PAGE)
  await started(page)
  await page.getByRole('button', { name: 'Verify mainnet-97.json.gz' }).focus()
  await page.keyboard.press('Enter')
  await expect(blockRow(page, '97')).toContainText('Verified')
  await expect(page.getByRole('status')).toHaveText('Block 97 verified.')
  const more = page.getByRole('button', { name: 'More about 97' })
  await more.focus()
  await page.keyboard.press('Enter')
  const less = page.getByRole('button', { name: 'Less about 97' })
  await expect(less).toHaveAttribute('aria-expanded', 'true')
  await expect(less).toBeFocused()
  await expect(page.getByText('0xe9fb121a7ee5cb03b33adbf59e95321a2453f09db98068e1f31f0da79860c50c')).toBeVisible()
})

test('nothing moves for who asked for less motion', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto(MAINNET_PAGE)
  await started(page)
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
})

/** Presses Tab, from wherever the focus is, until the element with that id has it. */
async function tabTo(page: Page, id: string): Promise<void> {
  const stops = await page.locator('a, button, input, select, summary, [tabindex="0"]').count()
  for (let pressed = 0; pressed <= 2 * stops; pressed++) {
    if ((await page.evaluate(() => document.activeElement?.id)) === id) return
    await page.keyboard.press('Tab')
  }
  throw new Error(`#${id} cannot be reached with Tab`)
}
