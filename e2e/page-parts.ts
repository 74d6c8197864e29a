/** The parts of the page that tests use, by what they are called on screen. */
import type { Locator, Page } from '@playwright/test'

/** The page as it is where no server has a network of its own: on mainnet, asking nobody. */
export const MAINNET_PAGE = '/?network=mainnet'

/** The row of a block, by its number, or its file's name without extension as long as the number is not known. */
export function blockRow(page: Page, title: string): Locator {
  return page
    .getByRole('table', { name: 'Blocks' })
    .getByRole('row')
    .filter({
      has: page.getByRole('rowheader').getByText(title, { exact: true }),
    })
}

/** The number in a column of a block's row. */
export function figure(row: Locator, column: string): Locator {
  return row.locator(`[data-label="${column}"]`)
}

/** The card of a light-client run. */
export function chainCard(page: Page, name: string): Locator {
  return page.getByRole('article').filter({ has: page.getByRole('heading', { name }) })
}

/** Resolves when the client has started and its workers answer. */
export async function started(page: Page): Promise<void> {
  await page.getByText(/This tab keeps what it proves|Another tab writes the store/).waitFor()
}

export async function verifyListed(page: Page, name: string): Promise<void> {
  await page.getByRole('button', { name: `Verify ${name}`, exact: true }).click()
}

/** Resolves when nothing waits or works any more. */
export async function idle(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Clear results' }).waitFor({ timeout: 100_000 })
}
