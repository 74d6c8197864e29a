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
  const numberCells = heads(page).locator('.execution-number')
  await expect.poll(() => numberCells.count(), { timeout: 60_000 }).toBeGreaterThanOrEqual(4)
  const numbers = (await numberCells.allTextContents()).map(Number)
  // A header names its own payload, from Gloas on the one before: the last block of Fulu is named twice.
  const [newest = 0, oldest = 0] = [Math.max(...numbers), Math.min(...numbers)]
  const each = Array.from({ length: newest - oldest + 1 }, (_, i) => newest - i)
  expect([...new Set(numbers)]).toEqual(each)
  expect(numbers.length - each.length).toBeLessThanOrEqual(1)
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
