/** The page as `npm start` gives it: it follows the devnet of its own server, from its checkpoint, without a question. */
import { expect, type Page, test } from '@playwright/test'

const live = (page: Page) => page.getByRole('region', { name: 'Live head' })
const heads = (page: Page) => live(page).getByRole('list', { name: 'Heads since this page began to follow' })

test('the devnet is followed at once, and each new block is listed with its number', async ({ page, baseURL }) => {
  const problems: string[] = []
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
  await page.goto('/')
  await expect(live(page).getByText('Following the head')).toBeVisible({ timeout: 60_000 })
  await expect(live(page)).toContainText('run by the server of this page')
  await expect(live(page)).toContainText('given by the network file')
  await expect(live(page)).toContainText(String(baseURL).replace(/\/$/, ''))
  await expect.poll(() => heads(page).getByRole('listitem').count(), { timeout: 60_000 }).toBeGreaterThanOrEqual(4)
  const numbers = await heads(page).locator('.execution-number').allTextContents()
  const [newest = 0, ...older] = numbers.map(Number)
  expect(older.length).toBeGreaterThanOrEqual(3)
  expect(older).toEqual(older.map((_, i) => newest - 1 - i))
  expect(problems).toEqual([])
  expect(page.url()).toBe(baseURL)
})

test('another network can be chosen, and the devnet again', async ({ page, baseURL }) => {
  await page.goto('/')
  await expect(live(page).getByText('Following the head')).toBeVisible({ timeout: 60_000 })
  const picker = page.getByRole('combobox', { name: 'Network' })
  await picker.selectOption('mainnet')
  await expect(live(page)).toContainText('Not following')
  expect(page.url()).toBe(`${baseURL}?network=mainnet`)
  await expect(picker).toBeEnabled()
  await picker.selectOption('of this page’s server')
  await expect(live(page).getByText('Following the head')).toBeVisible({ timeout: 60_000 })
  expect(page.url()).toBe(baseURL)
})
