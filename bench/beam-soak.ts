/**
 * `beam-soak`: the client at the head of a devnet for long, over a network that is slow and loses answers. Memory is looked
 * at after a garbage collection: what is left is what is held.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { UsageError } from '../src/cli/args.ts'
import { startGatewayProcess } from './gateway-process.ts'
import { heapGrowthPerBlock, soakProblems, type SoakSample } from './soak-verdict.ts'
import type { Threads } from './threads.ts'

const DEFAULT_MINUTES = 30

/** Slots of 4 s, full blocks of 5 Mgas, 100 ms to each answer, of which one in a hundred is lost. */
const DEVNET = ['--devnet', '--slot', '4', '--gas', '5', '--latency', '100', '--loss', '0.01']

/** ms between two lines. Seven blocks. */
const SAMPLE_MS = 30_000

/** @throws {Error} after the summary, where lag or a pivot was more than there may be, or anything else went wrong */
export async function benchBeamSoak(
  threads: Threads,
  [minutes = `${DEFAULT_MINUTES}`]: readonly string[],
  print: (line: object) => void,
): Promise<void> {
  if (!(Number(minutes) > 0)) throw new UsageError(`${minutes} is no number of minutes`)
  const say = (line: object) => print({ bench: 'beam-soak', where: threads.where, ...line })
  const gateway = await startGatewayProcess(DEVNET)
  try {
    const network = (await (await fetch(`${gateway.url}/beamtab/network.json`)).json()) as object
    const follower = await threads.startFollower(network)
    const samples: SoakSample[] = []
    const start = performance.now()
    let stalls = 0
    let before = 0
    try {
      const count = Math.max(1, Math.round((Number(minutes) * 60_000) / SAMPLE_MS))
      for (let at = 1; at <= count; at++) {
        await sleep(SAMPLE_MS)
        const { heapBytes, residentBytes } = await threads.memory()
        const facts = await follower.facts()
        const { verified, number, lag, lagMax, pivots, unavailable, bytes } = facts
        if (verified === before) stalls++
        before = verified
        if (heapBytes !== null) samples.push({ verified, heapBytes })
        say({
          ...{
            seconds: Math.round((performance.now() - start) / 1000),
            verified,
            number: number ?? null,
            lag,
            lagMax,
            pivots: pivots.length,
          },
          ...{ unavailable, heapMiB: mebibytes(heapBytes), residentMiB: mebibytes(residentBytes) },
          bytesPerBlock: perBlock(bytes, verified),
        })
      }
      const facts = await follower.facts()
      const { verified, lagMax, pivots, unavailable, bytes } = facts
      const problems = soakProblems(facts, stalls)
      const growth = heapGrowthPerBlock(samples)
      say({
        ...{ summary: true, minutes: Number(minutes), verified, lagMax, pivots: pivots.length, unavailable },
        heapGrowthPerBlock: growth === undefined ? null : Math.round(growth),
        ...{ bytesPerBlock: perBlock(bytes, verified), problems },
      })
      if (problems.length > 0) throw new Error(`the long run went wrong: ${problems.join('; ')}`)
    } finally {
      await follower.end()
    }
  } finally {
    await gateway.stop()
  }
}

const mebibytes = (bytes: number | null): number | null =>
  bytes === null ? null : Number((bytes / 2 ** 20).toFixed(1))

const perBlock = (bytes: number, blocks: number): number | null => (blocks === 0 ? null : Math.round(bytes / blocks))
