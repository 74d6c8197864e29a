/**
 * `beam`: real blocks executed by the client's workers on an empty store, on state that comes from gateways with latency in
 * every way there is; beside the naive way, one node per request of one server in series, and beside execution in order that
 * stops at each value it lacks. Round trips and network time are of the state; that of body and headers is in `ms`.
 */
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { eligibleTransactions } from '../src/execution/speculation/eligible-transactions.fixtures.ts'
import { recordedBlock } from '../src/execution/speculation/rounds.fixtures.ts'
import { readStatelessBlock } from '../src/execution/stateless-block.ts'
import type { BlockStatus } from '../src/sync/import/import-status.ts'
import {
  ACCESS_LIST_CASES,
  atHandCase,
  consecutiveCase,
  faultsCase,
  sourceCases,
  type BeamCase,
  type BeamTarget,
} from './beam-cases.ts'
import { runPlainly } from './beam-plain.ts'
import { serversKey, startBeamServers, type BeamBlock, type BeamServers } from './beam-servers.ts'
import { tripSpending, type TripSpending } from './beam-trips.ts'
import { median } from './median.ts'
import type { Threads } from './threads.ts'

/** The block whose figures are known from elsewhere, and the one before it. */
const BLOCK = 'mainnet-24628608'
const BLOCK_BEFORE = 'mainnet-24628607'

/** Of Osaka, with long chains of dependent transactions, and the first one of Paris, full of transactions that depend on one another. */
const ADOPTION_BLOCKS = [BLOCK, BLOCK_BEFORE, 'mainnet-15537394']

/** FILEs are blocks for the cases of one block; without any: all cases, with the targets that there are. */
export async function benchBeam(
  threads: Threads,
  files: readonly string[],
  print: (line: object) => void,
): Promise<void> {
  const bench = new BeamBench(threads, (line) => print({ bench: 'beam', where: threads.where, ...line }))
  try {
    if (files.length > 0) {
      for (const file of files) for (const one of sourceCases(file, 'without')) await bench.measure(one)
      for (const file of files) await bench.adoption(file)
      return
    }
    for (const one of sourceCases(dataFile(BLOCK), 'with')) await bench.measure(one)
    await bench.measure(consecutiveCase([BLOCK_BEFORE, BLOCK].map(dataFile)))
    for (const one of ACCESS_LIST_CASES) await bench.measure(one)
    for (const name of ADOPTION_BLOCKS) await bench.adoption(dataFile(name))
  } finally {
    await bench.end()
  }
}

/** Workers with speculation against one without, as the targets have it. */
const AT_HAND_TARGET = 1
const FAULTS_TARGET = 0.6
const ADOPTED_TARGET = 0.9

class BeamBench {
  private open: { readonly key: string; readonly servers: BeamServers } | undefined
  private readonly eligible = new Map<string, number>()

  constructor(
    private readonly threads: Threads,
    private readonly print: (line: object) => void,
  ) {}

  async measure(one: BeamCase): Promise<void> {
    for (const { block, status, cpuMs, spent, isLast } of await this.middleRun(one)) {
      const { roundTrips, requests, bytes, nodesFetched, nodesFromStore, networkMs, source } = status.costs
      const { nodes, adopted, ms } = status.executed!
      const target = isLast ? one.target : undefined
      const told = { roundTrips, networkMs: Math.round(networkMs), ms: Math.round(msOf(status)) }
      this.print({
        case: one.name,
        block: block.name,
        source,
        ...{ latencyMs: one.latencyMs, servers: one.servers, evmWorkers: one.evmWorkers },
        ...{ ...told, requests, bytes, nodes: nodesFetched, nodesFromStore, cpuMs: Math.round(cpuMs) },
        ...{ evmMs: Math.round(ms.evm), rootMs: Math.round(ms.root), eligible: await this.eligibleIn(block), adopted },
        txs: status.executed!.transactions,
        ...{ naiveRoundTrips: nodes, naiveMs: nodes * one.latencyMs },
        ...(target !== undefined && { target, met: isMet(told, target) }),
        spent,
      })
    }
  }

  /** What results of runs ahead are worth: with everything at hand, and with 100 ms for each value that is missing. */
  async adoption(file: string): Promise<void> {
    const [one] = await this.middleRun(atHandCase(file, 1))
    const [two] = await this.middleRun(atHandCase(file, 2))
    const { block } = one!
    const [plainMs, twoMs] = [executionMs(one!.status), executionMs(two!.status)]
    this.print({
      ...{ case: 'everything at hand', block: block.name, latencyMs: 0, evmWorkers: 2 },
      ...{ ms: Math.round(twoMs), plainMs: Math.round(plainMs), ratio: hundredths(twoMs / plainMs) },
      ...{ target: { ratio: AT_HAND_TARGET }, met: twoMs <= AT_HAND_TARGET * plainMs },
    })
    const plain = await runPlainly(await readStatelessBlock(await readFile(file)), this.open!.servers.urls[0]!)

    const faults = faultsCase(file)
    const [ahead] = await this.middleRun(faults)
    const { status } = ahead!
    const { roundTrips } = status.costs
    const ms = msOf(status)
    // Waiting for each value takes minutes, and nothing but more of the same.
    const waitingMs = plain.roundTrips * faults.latencyMs + plain.ms
    const eligible = await this.eligibleIn(block)
    const { adopted } = status.executed!
    this.print({
      ...{ case: 'faults', block: block.name, latencyMs: faults.latencyMs, evmWorkers: faults.evmWorkers },
      ...{ ms: Math.round(ms), roundTrips, plainRoundTrips: plain.roundTrips, plainMs: Math.round(waitingMs) },
      ...{ ratio: hundredths(ms / waitingMs), eligible, adopted, adoptedShare: hundredths(adopted / eligible) },
      ...{ target: { ratio: FAULTS_TARGET, adoptedShare: ADOPTED_TARGET } },
      met: ms <= FAULTS_TARGET * waitingMs && adopted >= ADOPTED_TARGET * eligible,
    })
  }

  async end(): Promise<void> {
    await this.open?.servers.stop()
    this.open = undefined
  }

  private async middleRun(one: BeamCase): Promise<BlockRun[]> {
    const servers = await this.serversFor(one)
    const runs: BlockRun[][] = []
    for (let i = 0; i < one.runs; i++) runs.push(await this.run(one, servers))
    const times = runs.map((run) => msOf(run.at(-1)!.status))
    return runs[times.indexOf(median(times))]!
  }

  /** On an empty store. @throws {Error} unless all blocks are verified */
  private async run(
    { name, evmWorkers, sources }: BeamCase,
    { urls, network, blocks }: BeamServers,
  ): Promise<BlockRun[]> {
    const settings = { sources, maxLag: undefined }
    const client = await this.threads.startBeam({ network, evmWorkers, servers: urls, settings })
    try {
      const runs: BlockRun[] = []
      for (const block of blocks) {
        const before = await this.threads.cpuMs()
        const status = await client.execute(block.hash)
        const cpuMs = (await this.threads.cpuMs()) - before
        if (status.state !== 'verified')
          throw new Error(`${name}: block ${block.name} is ${status.state}: ${status.reason ?? 'no reason given'}`)
        const spent = tripSpending((await client.trace(block.hash)) ?? { requests: [] })
        runs.push({ block, status, cpuMs, spent, isLast: block === blocks.at(-1) })
      }
      return runs
    } finally {
      await client.end()
    }
  }

  /** Those that are there, where the last case had the same: one set at a time, as they have to share the machine. */
  private async serversFor(one: BeamCase): Promise<BeamServers> {
    const key = serversKey(one)
    if (this.open?.key === key) return this.open.servers
    await this.end()
    const servers = await startBeamServers(one)
    this.open = { key, servers }
    return servers
  }

  /** Transactions that read no slot that an earlier one of another sender has changed. */
  private async eligibleIn({ file }: BeamBlock): Promise<number> {
    const known = this.eligible.get(file)
    if (known !== undefined) return known
    const { size } = await eligibleTransactions(await recordedBlock(await readStatelessBlock(await readFile(file))))
    this.eligible.set(file, size)
    return size
  }
}

interface BlockRun {
  readonly block: BeamBlock
  readonly status: BlockStatus
  /** Of all processors, while it was fetched and executed. */
  readonly cpuMs: number
  readonly spent: TripSpending
  readonly isLast: boolean
}

/** From the moment its head was told. */
const msOf = ({ times }: BlockStatus): number => times.ended! - times.announced

/** Senders, transactions, root: without what fetching takes. */
const executionMs = ({ executed }: BlockStatus): number => executed!.ms.total

function isMet(told: Required<BeamTarget>, target: BeamTarget): boolean {
  const fields = Object.keys(target) as (keyof BeamTarget)[]
  return fields.every((field) => told[field] <= target[field]!)
}

function dataFile(name: string): string {
  return join(resolve(process.env['BEAMTAB_DATA'] ?? '../shared/data'), 'witness-blocks', `${name}.json.gz`)
}

const hundredths = (value: number): number => Number(value.toFixed(2))
