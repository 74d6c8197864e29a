import { expect, test } from '@playwright/test'
import { MAINNET_PAGE } from './page-parts.ts'

test('the built page loads without an error, and nothing violates its own security policy', async ({ page }) => {
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('requestfailed', (request) => problems.push(`${request.url()}: ${request.failure()?.errorText}`))

  const response = await page.goto(MAINNET_PAGE, { waitUntil: 'networkidle' })
  expect(response?.status()).toBe(200)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  expect(problems).toEqual([])
})

test('the page fits the width of the screen', async ({ page }) => {
  await page.goto(MAINNET_PAGE)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  const { content, screen } = await page.evaluate(() => ({
    content: document.documentElement.scrollWidth,
    screen: document.documentElement.clientWidth,
  }))
  expect(content).toBeLessThanOrEqual(screen)
})
