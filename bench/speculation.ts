/**
 * `speculation`: how many rounds of answers a block's transactions take from knowing nothing, when each round answers all
 * that is missing; what that costs in processor time; and what of it spares the block's execution afterwards.
 */
import { readFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { UsageError } from '../src/cli/args.ts'
import { readStatelessBlock } from '../src/execution/stateless-block.ts'
import { eligibleTransactions } from '../src/execution/speculation/eligible-transactions.fixtures.ts'
import {
  execution,
  openSession,
  recordedBlock,
  speculateToTheEnd,
  type RecordedBlock,
} from '../src/execution/speculation/rounds.fixtures.ts'
import type { TransactionResult } from '../src/execution/speculation/transaction-result.ts'
import { median } from './median.ts'
import type { Threads } from './threads.ts'

const DEFAULT_BLOCKS = ['mainnet-24628608', 'mainnet-24628607', 'mainnet-15537394']
const MEASURED = 5

/** In this thread. Figures are medians of warm runs. */
export async function benchSpeculation(
  threads: Threads,
  files: readonly string[],
  print: (line: object) => void,
): Promise<void> {
  if (threads.where !== 'node') throw new UsageError('speculation is measured in Node only')
  for (const file of files.length > 0 ? files : DEFAULT_BLOCKS.map(dataFile)) {
    const block = await recordedBlock(await readStatelessBlock(await readFile(file)))
    print({ bench: 'speculation', where: threads.where, block: nameOf(file), ...(await measure(block)) })
  }
}

async function measure(block: RecordedBlock) {
  const first = await speculate(block)
  const speculationMs: number[] = []
  const plainMs: number[] = []
  const adoptingMs: number[] = []
  for (let i = 0; i < MEASURED; i++) {
    speculationMs.push((await speculate(block)).ms)
    plainMs.push(await timed(() => execution(block)))
    adoptingMs.push(await timed(() => execution(block, first.results)))
  }
  const eligible = await eligibleTransactions(block)
  const { adopted } = await execution(block, first.results)
  return {
    transactions: first.transactions,
    rounds: first.rounds,
    runs: first.runs,
    values: first.learned,
    complete: first.results.size,
    eligible: eligible.size,
    adopted: adopted.length,
    adoptedOfEligible: adopted.filter((index) => eligible.has(index)).length,
    resultBytes: sizeOf(first.results),
    speculationMs: tenths(median(speculationMs)),
    plainMs: tenths(median(plainMs)),
    adoptingMs: tenths(median(adoptingMs)),
  }
}

/** Milliseconds of runs alone, without those of finding the answers. */
async function speculate(block: RecordedBlock) {
  const session = await openSession(block.job)
  const run = await speculateToTheEnd(session, block.openState(), session.groups.flat())
  return { ...run, transactions: session.groups.flat().length }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

/** Roughly what crosses the threads: as JSON, bytes as two digits. */
function sizeOf(results: ReadonlyMap<number, TransactionResult>): number {
  const text = JSON.stringify([...results.values()], (_, value: unknown) =>
    typeof value === 'bigint'
      ? value.toString(16)
      : value instanceof Uint8Array
        ? Buffer.from(value).toString('hex')
        : value,
  )
  return text.length
}

function nameOf(file: string): string {
  return basename(file).replace(/\.json(\.gz)?$/, '')
}

function dataFile(name: string): string {
  return join(resolve(process.env['BEAMTAB_DATA'] ?? '../shared/data'), 'witness-blocks', `${name}.json.gz`)
}

const tenths = (value: number): number => Number(value.toFixed(1))
