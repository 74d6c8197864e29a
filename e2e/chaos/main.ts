/**
 * `npx tsx e2e/chaos/main.ts [--kills 20] [--seed N]`: a page that executes every block of a devnet is killed with its
 * browser at random moments, on one profile. After each kill it has to go on where it was, verify nothing that is not the
 * chain's, and fetch nothing again that it had kept a second before. A JSON line for each life of it, and one at the end.
 */
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startGatewayProcess } from '../../bench/gateway-process.ts'
import { serveBuiltPage } from '../built-page.ts'
import { findChromium } from '../find-chromium.ts'
import { thisMachine } from '../machine.ts'
import { ChaosRun } from './chaos-run.ts'
import { startLoggingProxy } from './logging-proxy.ts'
import { PageTold } from './page-told.ts'

const DEFAULT_KILLS = '20'

/** Small blocks every two seconds, so that many kills fall into the middle of one. Of Electra and Fulu. */
const DEVNET = '--devnet --preset minimal --slot 2 --age 1 --accounts 1000 --gas 0.3 --forks deneb:0,electra:9,fulu:10'

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: DEFAULT_KILLS },
    seed: { type: 'string', default: `${randomInt(2 ** 31)}` },
  },
})

process.exitCode = await main(Number(values.kills), Number(values.seed))

async function main(kills: number, seed: number): Promise<number> {
  if (!Number.isSafeInteger(kills) || kills < 0 || !Number.isSafeInteger(seed)) {
    process.stderr.write(`--kills and --seed are whole numbers, not ${values.kills} and ${values.seed}\n`)
    return 2
  }
  const ends: (() => unknown)[] = []
  const endAll = async () => {
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end()
  }
  // The browser is no child that would die with this process.
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void endAll().finally(() => process.exit(1)))
  try {
    const executable = await findChromium(thisMachine)
    const profile = await mkdtemp(join(tmpdir(), 'beamtab-chaos-'))
    ends.push(() => rm(profile, { recursive: true, force: true, maxRetries: 5 }))
    const gateway = await startGatewayProcess(DEVNET.split(' '))
    ends.push(() => gateway.stop())
    const proxy = await startLoggingProxy(gateway.url)
    ends.push(() => proxy.close())
    const told = new PageTold(await networkBehind(gateway.url, proxy.url))
    const site = await serveBuiltPage('e2e/chaos/page', told.answers)
    ends.push(() => site.close())
    print({ chaos: 'start', kills, seed })
    const run = new ChaosRun({ executable, profile, url: site.url, gateway: gateway.url, proxy, told, seed })
    ends.push(() => run.end())
    const violations: string[] = []
    for (let life = 0; life <= kills; life++) {
      const line = await run.live(life < kills ? 'killed' : 'last')
      violations.push(...line.problems.map((problem) => `life ${life}: ${problem}`))
      print({ chaos: 'life', life, ...line })
    }
    print({ chaos: 'summary', kills, seed, verified: run.verified, violations })
    return violations.length === 0 ? 0 : 1
  } catch (error) {
    process.stderr.write(`failed with --seed ${seed}: ${error instanceof Error ? error.stack : String(error)}\n`)
    return 1
  } finally {
    await endAll()
  }
}

/** The network file of the gateway, with the proxy where the gateway was. */
async function networkBehind(gateway: string, proxy: string): Promise<object> {
  const text = await (await fetch(`${gateway}/beamtab/network.json`)).text()
  if (!text.includes(gateway)) throw new Error(`the network file does not name ${gateway}: ${text.slice(0, 500)}`)
  return JSON.parse(text.replaceAll(gateway, proxy)) as object
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
