/** `npm test`: every step, also after one failed; then the time each took, what was skipped, and the counts as the last line. */
import { resolve } from 'node:path'
import { stages, type Outcome, type Step } from './steps.ts'
import { FAILED, sum, summaryLine, type Tally } from './tally.ts'

const root = resolve(import.meta.dirname, '..')
const surroundings = {
  root,
  data: resolve(root, process.env['BEAMTAB_DATA'] ?? '../shared/data'),
  dataRequired: process.env['BEAMTAB_REQUIRE_DATA'] === '1',
}

/** Steps of a stage at a time: the cores that the run is made for. */
const LANES = 2

const tallies: Tally[] = []
const table: string[] = []
const failures: string[] = []
for (const steps of stages) {
  const waiting = [...steps]
  const lane = async () => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) await take(step)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

async function take(step: Step): Promise<void> {
  const start = performance.now()
  const tally: Outcome = await step.run(surroundings).catch((error: unknown) => {
    process.stderr.write(`${step.name}: ${error instanceof Error ? error.stack : String(error)}\n`)
    return FAILED
  })
  const seconds = ((performance.now() - start) / 1000).toFixed(1)
  tallies.push(tally)
  failures.push(...(tally.failures ?? []))
  table.push(`${step.name.padEnd(12)} ${seconds.padStart(7)} s  ${summaryLine(tally)}, ${tally.skipped} skipped`)
}

const total = sum(tallies)
for (const failure of failures) process.stdout.write(`\nFAILED ${failure}\n`)
process.stdout.write(`\n${table.join('\n')}\n\n${total.skipped} skipped\n${summaryLine(total)}\n`)
process.exitCode = total.failed === 0 ? 0 : 1
