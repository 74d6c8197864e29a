/**
 * `peers`: this client and Helios side by side, each in a page of its own in the same Chromium, from the same gateway over
 * the same network: one that has mainnet's genesis and forks. What they prove differs: README and docs/provider.md.
 */
import { gzipSync } from 'node:zlib'
import { chromium, type Browser, type Page } from '@playwright/test'
import { bytesToHex } from '@ethereumjs/util'
import { serveBuiltPage } from '../e2e/built-page.ts'
import { findChromium } from '../e2e/find-chromium.ts'
import { launchArguments } from '../e2e/launch-arguments.ts'
import { thisMachine } from '../e2e/machine.ts'
import { TOKENS } from '../server/devnet/execution/contracts/contracts.ts'
import { asked } from './ask-gateway.ts'
import { startGatewayProcess } from './gateway-process.ts'
import { median } from './median.ts'
import { startMeteredProxy, type MeteredProxy } from './metered-proxy.ts'
import type { PeerServers } from './peer-pages/peer.ts'
import { balanceOf } from './rpc-cases.ts'
import type { Threads } from './threads.ts'

const CLIENTS = ['beamtab', 'helios'] as const
const LATENCY_MS = 100
const RUNS = 3
/** Times that a question is asked again. */
const WARM_RUNS = 5
/** For a page that does not get anywhere. */
const SYNC_LIMIT_MS = 60_000

/** A sync-committee period before the head, so that there is an update to verify; no limits, as two clients ask at once. */
const GATEWAY = ['--devnet', '--as', 'mainnet', '--age', '1', '--gas', '1', '--max-requests-per-second', '1000000']

interface Step {
  readonly name: string
  readonly method: string
  readonly params: readonly unknown[]
}

type Figures = Readonly<Record<'ms' | 'bytes' | 'requests', number>> & { readonly error?: string }

export async function benchPeers(
  _threads: Threads,
  _files: readonly string[],
  print: (line: object) => void,
): Promise<void> {
  const gateway = await startGatewayProcess(GATEWAY)
  const proxy = await startMeteredProxy(gateway.url, LATENCY_MS)
  const browser = await chromium.launch({ executablePath: await findChromium(thisMachine), args: launchArguments })
  try {
    const steps = await stepsFor(gateway.url)
    const servers = await serversOf(gateway.url, proxy.url)
    for (const client of CLIENTS) {
      const tell = (step: string, { error, ...figures }: Figures): void =>
        print({
          ...{ bench: 'peers', where: 'chromium', client, step, latencyMs: LATENCY_MS, ...figures },
          ...{ supported: error === undefined, ...(error !== undefined && { error }) },
        })
      const runs: ReadonlyMap<string, Figures>[] = []
      for (let run = 0; run < RUNS; run++) runs.push(await runOnce(client, { browser, proxy, servers, steps }))
      for (const step of runs[0]!.keys()) tell(step, middle(runs.flatMap((run) => run.get(step) ?? [])))
    }
  } finally {
    await browser.close()
    await proxy.close()
    await gateway.stop()
  }
}

interface Setting {
  readonly browser: Browser
  readonly proxy: MeteredProxy
  readonly servers: PeerServers
  readonly steps: readonly Step[]
}

async function runOnce(client: string, { browser, proxy, servers, steps }: Setting): Promise<Map<string, Figures>> {
  const figures = new Map<string, Figures>()
  const site = await serveBuiltPage(`bench/peer-pages/${client}`, () => false)
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    const loaded = scriptsOf(page)
    await page.goto(site.url)
    proxy.take()
    const sync = page.evaluate((given) => window.syncPeer(given), servers)
    const ms = await Promise.race([sync, after(SYNC_LIMIT_MS)])
    if (ms === undefined) throw new Error(`${client} has no head after ${SYNC_LIMIT_MS} ms`)
    const { bytes, requests } = proxy.take()
    const { raw, zipped, count } = await loaded()
    figures.set('scripts and wasm', { ms: 0, bytes: raw, requests: count })
    figures.set('scripts and wasm, gzip', { ms: 0, bytes: zipped, requests: count })
    figures.set('sync', { ms: rounded(ms), bytes, requests })
    for (const { name, method, params } of steps) {
      const ask = () => page.evaluate(([of, given]) => window.askPeer(of, given), [method, params] as const)
      await proxy.quiet()
      proxy.take()
      const cold = await ask()
      const told = proxy.take()
      const failed = cold.error === undefined ? {} : { error: cold.error }
      figures.set(`${name}, cold`, { ms: rounded(cold.ms), bytes: told.bytes, requests: told.requests, ...failed })
      const times: number[] = []
      for (let run = 0; run < WARM_RUNS && cold.error === undefined; run++) times.push((await ask()).ms)
      if (times.length === 0) continue
      const again = proxy.take()
      const each = { bytes: Math.round(again.bytes / WARM_RUNS), requests: again.requests / WARM_RUNS }
      figures.set(`${name}, again`, { ms: rounded(median(times)), ...each })
    }
  } finally {
    await context.close()
    await site.close()
  }
  return figures
}

/** Everything that the page and its workers load from its own address. */
function scriptsOf(
  page: Page,
): () => Promise<{ readonly raw: number; readonly zipped: number; readonly count: number }> {
  const bodies: Promise<Buffer>[] = []
  page.on('response', (response) => {
    if (/\.(js|wasm)(\?|$)/.test(response.url())) bodies.push(response.body())
  })
  return async () => {
    const files = await Promise.all(bodies)
    const sum = (sizes: readonly number[]) => sizes.reduce((all, size) => all + size, 0)
    return {
      raw: sum(files.map(({ length }) => length)),
      zipped: sum(files.map((file) => gzipSync(file).length)),
      count: files.length,
    }
  }
}

async function stepsFor(url: string): Promise<readonly Step[]> {
  const token = bytesToHex(TOKENS[0])
  const { number, transactions } = await asked<{
    readonly number: string
    readonly transactions: readonly { readonly from: string }[]
  }>(url, 'eth_getBlockByNumber', ['latest', true])
  const account = transactions[0]?.from
  if (account === undefined) throw new Error(`block ${number} of ${url} is empty`)
  const fromBlock = `0x${(Number(number) - 4).toString(16)}`
  return [
    { name: 'eth_getBalance', method: 'eth_getBalance', params: [account, 'latest'] },
    { name: 'eth_call balanceOf', method: 'eth_call', params: [balanceOf(token, account), 'latest'] },
    { name: 'eth_getLogs 5 blocks', method: 'eth_getLogs', params: [{ fromBlock, toBlock: number, address: token }] },
  ]
}

async function serversOf(gatewayUrl: string, proxyUrl: string): Promise<PeerServers> {
  const text = await (await fetch(`${gatewayUrl}/beamtab/network.json`)).text()
  const network = JSON.parse(text.replaceAll(gatewayUrl, proxyUrl)) as {
    readonly checkpoint: { readonly root: string }
  }
  return { consensusUrl: proxyUrl, executionUrl: `${proxyUrl}/rpc`, checkpoint: network.checkpoint.root, network }
}

/** The run of the median time. */
function middle(runs: readonly Figures[]): Figures {
  const sorted = [...runs].sort((a, b) => a.ms - b.ms)
  return sorted[sorted.length >> 1]!
}

const rounded = (ms: number): number => Number(ms.toFixed(1))
const after = (ms: number) => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms))
