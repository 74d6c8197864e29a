/** What a browser complains about: a page that works must leave it silent. */
import type { Page } from '@playwright/test'

/** Collects errors and warnings of the console, uncaught exceptions and failed requests from now on. */
export function problemsOf(page: Page): readonly string[] {
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text())
  })
  page.on('pageerror', (error) => problems.push(String(error)))
  page.on('requestfailed', (request) => problems.push(`${request.url()}: ${request.failure()?.errorText}`))
  return problems
}
