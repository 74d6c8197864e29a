/** `execute`: the EVM stage of whole blocks, EthereumJS's defaults against the tuned set-up, on the same state manager. */
import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { StageTimes } from '../src/execution/block/verification.ts'
import { median } from './median.ts'
import type { BenchThread, Threads } from './threads.ts'

/** Storage-heavy blocks of the newest fork, and one of 50 Mgas that is mostly precompiles. */
const DEFAULT_BLOCKS = ['mainnet-24628608', 'mainnet-24628607', 'mainnet-23879620']

const WARM_UPS = 2
const MEASURED = 5

/** The first runs are cold, each in a fresh worker. Then the sides take turns, so that a busy moment hits both. */
export async function benchExecute(
  threads: Threads,
  files: readonly string[],
  print: (line: object) => void,
): Promise<void> {
  for (const file of files.length > 0 ? files : DEFAULT_BLOCKS.map(dataFile)) {
    const bytes = await readFile(file)
    const stock = await threads.start<StageTimes>('execute', [bytes], 'stock')
    const tuned = await threads.start<StageTimes>('execute', [bytes], 'tuned')
    try {
      print({
        bench: 'execute',
        where: threads.where,
        block: basename(file).replace(/\.json(\.gz)?$/, ''),
        ...(await compare(stock, tuned)),
      })
    } finally {
      await Promise.all([stock.end(), tuned.end()])
    }
  }
}

async function compare(stock: BenchThread<StageTimes>, tuned: BenchThread<StageTimes>) {
  const coldStock = await stock.run()
  const coldTuned = await tuned.run()
  for (let i = 1; i < WARM_UPS; i++) {
    await stock.run()
    await tuned.run()
  }
  const stockRuns: StageTimes[] = []
  const tunedRuns: StageTimes[] = []
  for (let i = 0; i < MEASURED; i++) {
    stockRuns.push(await stock.run())
    tunedRuns.push(await tuned.run())
  }
  const stockMs = median(stockRuns.map(({ evm }) => evm))
  const tunedMs = median(tunedRuns.map(({ evm }) => evm))
  return {
    ms: stageMedians(tunedRuns),
    stockMs: tenths(stockMs),
    tunedMs: tenths(tunedMs),
    ratio: hundredths(stockMs / tunedMs),
    coldStockMs: tenths(coldStock.evm),
    coldTunedMs: tenths(coldTuned.evm),
    coldRatio: hundredths(coldStock.evm / coldTuned.evm),
    coldTunedTotalMs: tenths(coldTuned.total),
  }
}

function stageMedians(runs: readonly StageTimes[]): Record<keyof StageTimes, number> {
  const of = (stage: keyof StageTimes) => tenths(median(runs.map((times) => times[stage])))
  return {
    decode: of('decode'),
    hash: of('hash'),
    senders: of('senders'),
    evm: of('evm'),
    root: of('root'),
    total: of('total'),
  }
}

function dataFile(name: string): string {
  return join(resolve(process.env['BEAMTAB_DATA'] ?? '../shared/data'), 'witness-blocks', `${name}.json.gz`)
}

const tenths = (value: number): number => Number(value.toFixed(1))
const hundredths = (value: number): number => Number(value.toFixed(2))
