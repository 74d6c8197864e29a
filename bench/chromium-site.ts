/** A Chromium with the benchmark's page open, built and served for the occasion. */
import { chromium, type Page } from '@playwright/test'
import { serveBuiltPage } from '../e2e/built-page.ts'
import { findChromium } from '../e2e/find-chromium.ts'
import { launchArguments } from '../e2e/launch-arguments.ts'
import { thisMachine } from '../e2e/machine.ts'
import { pageMemory, type MemoryUse } from './memory-use.ts'

export interface BenchmarkSite {
  readonly page: Page
  readonly version: string
  /** Makes bytes available to the page; returns their path. */
  serve(bytes: Uint8Array): string
  /** Processor time of pages and their workers so far, in ms. */
  cpuMs(): Promise<number>
  /** What is left after a garbage collection. */
  memory(): Promise<MemoryUse>
  close(): Promise<void>
}

export async function startBenchmarkSite(): Promise<BenchmarkSite> {
  const files = new Map<string, Uint8Array>()
  const site = await serveBuiltPage('bench/page', (path, _, response) => {
    const bytes = files.get(path)
    if (bytes !== undefined) response.setHeader('content-type', 'application/octet-stream').end(bytes)
    return bytes !== undefined
  })
  const browser = await chromium.launch({ executablePath: await findChromium(thisMachine), args: launchArguments })
  const page = await browser.newPage()
  const processes = await browser.newBrowserCDPSession()
  await page.goto(site.url)
  const memory = await pageMemory(page, processes)
  return {
    page,
    version: browser.version(),
    serve(bytes) {
      const path = `/file/${files.size}`
      files.set(path, bytes)
      return path
    },
    async cpuMs() {
      const { processInfo } = await processes.send('SystemInfo.getProcessInfo')
      const seconds = processInfo
        .filter(({ type }) => type === 'renderer')
        .reduce((sum, { cpuTime }) => sum + cpuTime, 0)
      return seconds * 1_000
    },
    memory,
    async close() {
      await browser.close()
      await site.close()
    },
  }
}
