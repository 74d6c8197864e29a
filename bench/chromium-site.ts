/** A Chromium with the benchmark's page open, built and served for the occasion. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { extname, join, resolve } from 'node:path'
import { chromium, type Page } from '@playwright/test'
import { build } from 'vite'
import { findChromium } from '../e2e/find-chromium.ts'
import { launchArguments } from '../e2e/launch-arguments.ts'
import { thisMachine } from '../e2e/machine.ts'

export interface BenchmarkSite {
  readonly page: Page
  readonly version: string
  /** Makes bytes available to the page; returns their path. */
  serve(bytes: Uint8Array): string
  /** Processor time of pages and their workers so far, in ms. */
  cpuMs(): Promise<number>
  close(): Promise<void>
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
}

export async function startBenchmarkSite(): Promise<BenchmarkSite> {
  const folder = await mkdtemp(join(tmpdir(), 'beamtab-bench-'))
  await build({
    configFile: resolve('vite.config.ts'),
    root: resolve('bench/page'),
    build: { outDir: folder, emptyOutDir: true },
    logLevel: 'error',
  })
  const files = new Map<string, Uint8Array>()
  const server = createServer((request, response) => {
    const path = request.url === '/' ? '/index.html' : (request.url ?? '')
    const known = files.get(path)
    const found = known === undefined ? readFile(join(folder, path)) : Promise.resolve(known)
    found.then(
      (bytes) => response.setHeader('content-type', TYPES[extname(path)] ?? 'application/octet-stream').end(bytes),
      () => response.writeHead(404).end(),
    )
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const browser = await chromium.launch({ executablePath: await findChromium(thisMachine), args: launchArguments })
  const page = await browser.newPage()
  const processes = await browser.newBrowserCDPSession()
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
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
    async close() {
      await browser.close()
      server.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
