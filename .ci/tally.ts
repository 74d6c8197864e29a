/** Counts of passed, failed and skipped checks, and how they are read from the reports of the tools that ran them. */

export interface Tally {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** How a tool's process ended; `code` is undefined when a signal or the time limit ended it. */
export interface Ending {
  readonly code: number | undefined
}

export const PASSED: Tally = { passed: 1, failed: 0, skipped: 0 }
export const FAILED: Tally = { passed: 0, failed: 1, skipped: 0 }
export const SKIPPED: Tally = { passed: 0, failed: 0, skipped: 1 }

export function sum(tallies: readonly Tally[]): Tally {
  const total = { passed: 0, failed: 0, skipped: 0 }
  for (const tally of tallies) {
    total.passed += tally.passed
    total.failed += tally.failed
    total.skipped += tally.skipped
  }
  return total
}

/** The last line of a run. Its form is fixed: others read it. */
export function summaryLine({ passed, failed }: Tally): string {
  return `${passed} passed, ${failed} failed`
}

/** The part of vitest's JSON report that is counted. */
export interface VitestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly testResults: readonly VitestFile[]
}

interface VitestFile {
  /** The file's path. */
  readonly name: string
  readonly status: string
  /** Why the file failed as a whole. */
  readonly message: string
  readonly assertionResults: readonly VitestResult[]
}

interface VitestResult {
  readonly fullName: string
  readonly status: string
  readonly failureMessages: readonly string[]
}

/** A file that fails as a whole (it does not load, or a hook throws) has no failed test of its own and counts as one. */
export function tallyVitest(report: VitestReport, ending: Ending): Tally {
  const brokenFiles = report.testResults.filter(isBroken)
  const failed = report.numFailedTests + brokenFiles.length
  return distrustful({ passed: report.numPassedTests, failed, skipped: report.numPendingTests }, ending)
}

/** What failed and why, a paragraph each: a log that is cut short still ends with them. */
export function vitestFailures({ testResults }: VitestReport): string[] {
  return testResults.flatMap((file) => {
    const failed = file.assertionResults.filter(isFailed)
    const lines = failed.map((test) => `${file.name} > ${test.fullName}\n${shortened(test.failureMessages.join('\n'))}`)
    return isBroken(file) ? [`${file.name}\n${shortened(file.message)}`] : lines
  })
}

/** Characters of a reason: the message and the first places of its stack. */
const REASON_LENGTH = 1_000
const shortened = (text: string): string => text.slice(0, REASON_LENGTH)

const isFailed = ({ status }: { readonly status: string }): boolean => status === 'failed'
const isBroken = (file: VitestFile): boolean => isFailed(file) && !file.assertionResults.some(isFailed)

/** The part of Playwright's JSON report that is counted. */
export interface PlaywrightReport {
  readonly stats: {
    readonly expected: number
    readonly unexpected: number
    readonly flaky: number
    readonly skipped: number
  }
  /** Errors outside of any test. */
  readonly errors: readonly unknown[]
}

/** A flaky test counts as failed: it failed. */
export function tallyPlaywright({ stats, errors }: PlaywrightReport, ending: Ending): Tally {
  const failed = stats.unexpected + stats.flaky + errors.length
  return distrustful({ passed: stats.expected, failed, skipped: stats.skipped }, ending)
}

/**
 * Adds up the suite lines of the conformance command. Other lines (failing and skipped cases) are passed over.
 * Every suite in `required` must have reported; one that did not counts as failed.
 */
export function tallyConformance(output: string, required: readonly string[], ending: Ending): Tally {
  const lines = output.split('\n').flatMap(suiteLine)
  const missing = required.filter((name) => !lines.some((line) => line.suite === name))
  return distrustful(sum([...lines, ...missing.map(() => FAILED)]), ending)
}

/** A process that failed, or checked nothing, is a failure, whatever its report says. */
function distrustful(tally: Tally, ending: Ending): Tally {
  const didNothing = tally.passed + tally.failed + tally.skipped === 0
  return tally.failed === 0 && (ending.code !== 0 || didNothing) ? { ...tally, failed: 1 } : tally
}

function suiteLine(text: string): (Tally & { readonly suite: string })[] {
  let line: unknown
  try {
    line = JSON.parse(text)
  } catch {
    return []
  }
  if (typeof line !== 'object' || line === null || !('suite' in line) || typeof line.suite !== 'string') return []
  const { passed, failed, skipped } = line as Partial<Tally>
  if (typeof passed !== 'number' || typeof failed !== 'number' || typeof skipped !== 'number') return []
  return [{ suite: line.suite, passed, failed, skipped }]
}
