/** Runs conformance suites over a data folder and reports them line by line. Knows nothing about any suite. */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../args.ts'
import type { ConformanceCase, Outcome, Suite } from './suite.ts'

export interface CaseLine {
  readonly suite: string
  /** Null for what is wrong with the suite as a whole. */
  readonly case: string | null
  readonly error?: string
  readonly reason?: string
}

export interface SuiteLine {
  readonly suite: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export interface ConformanceReport {
  /** Gets a line per failing or skipped case, then the suite's own line. */
  print(line: CaseLine | SuiteLine): void
  log(line: string): void
}

/** Longest a case may wait, in ms. The slowest real case, a 50 Mgas block, takes below 10 s on a busy 2-core machine. */
export const CASE_TIME_LIMIT = 180_000

/**
 * The suites that `names` asks for, all of them when it is empty, in the registry's order.
 * @throws UsageError when a name is unknown.
 */
export function selectSuites(suites: readonly Suite[], names: readonly string[]): readonly Suite[] {
  const known = new Set(suites.map((suite) => suite.name))
  const unknown = names.filter((name) => !known.has(name))
  if (unknown.length > 0) {
    throw new UsageError(`--suite ${unknown.join(', ')}: no such suite; there are ${[...known].join(', ')}`)
  }
  return names.length === 0 ? suites : suites.filter((suite) => names.includes(suite.name))
}

/**
 * Runs the suites whose folder is below `data`, one after another, and resolves to their lines. A case that throws or
 * outlasts `caseTimeLimit` ms counts as failed; so does a suite whose discovery throws, as the case "(discovery)", and
 * one whose folder holds no case at all: what tested nothing must not look green.
 * @throws UsageError when `data` is not a folder.
 */
export async function runSuites(
  suites: readonly Suite[],
  data: string,
  report: ConformanceReport,
  caseTimeLimit: number = CASE_TIME_LIMIT,
): Promise<readonly SuiteLine[]> {
  if (!(await isFolder(data))) throw new UsageError(`--data ${data}: no such folder`)
  const lines: SuiteLine[] = []
  for (const suite of suites) {
    const folder = join(data, suite.folder)
    if (await isFolder(folder)) lines.push(await runSuite(suite, folder, report, caseTimeLimit))
    else report.log(`${suite.name}: not run, there is no folder ${folder}`)
  }
  return lines
}

async function runSuite(
  suite: Suite,
  folder: string,
  report: ConformanceReport,
  caseTimeLimit: number,
): Promise<SuiteLine> {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  const count = (name: string | null, outcome: Outcome): void => {
    counts[outcome.kind] += 1
    if (outcome.kind === 'failed') report.print({ suite: suite.name, case: name, error: outcome.error })
    if (outcome.kind === 'skipped') report.print({ suite: suite.name, case: name, reason: outcome.reason })
  }
  try {
    for await (const each of suite.cases(folder)) count(each.name, await outcomeOf(each, caseTimeLimit))
  } catch (error) {
    count('(discovery)', { kind: 'failed', error: messageOf(error) })
  }
  if (counts.passed + counts.failed + counts.skipped === 0) {
    count(null, { kind: 'failed', error: `no case found in ${folder}` })
  }
  const line = { suite: suite.name, ...counts }
  report.print(line)
  return line
}

async function outcomeOf(each: ConformanceCase, timeLimit: number): Promise<Outcome> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Outcome>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'failed', error: `not done after ${timeLimit} ms` }), timeLimit)
  })
  try {
    return await Promise.race([each.run(), late])
  } catch (error) {
    return { kind: 'failed', error: messageOf(error) }
  } finally {
    clearTimeout(timer)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  )
}
