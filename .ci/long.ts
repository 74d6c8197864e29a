/**
 * `npm run test:long`: what takes longer than every change should wait for. Steps that passed at this commit are not
 * repeated, so that a run that was interrupted goes on where it was; `--again` begins anew. Names run those steps alone.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { runProgram } from './run-program.ts'
import { FAILED, PASSED, sum, summaryLine, type Tally } from './tally.ts'

interface LongStep {
  readonly name: string
  readonly program: readonly [string, ...string[]]
  readonly environment?: Readonly<Record<string, string>>
  /** In ms; several times what it takes on two idle cores. */
  readonly timeLimit: number
}

const MINUTE = 60_000

const steps: readonly LongStep[] = [
  {
    // Seven minutes.
    name: 'every-block',
    program: ['npx', 'vitest', 'run', 'src/cli/witness/every-block.test.ts'],
    environment: { BEAMTAB_EVERY_BLOCK: '200' },
    timeLimit: 40 * MINUTE,
  },
  {
    // A minute and a half.
    name: 'speculation',
    program: ['npx', 'vitest', 'run', 'src/execution/speculation/speculation-blocks.test.ts'],
    environment: { BEAMTAB_ALL_BLOCKS: '1' },
    timeLimit: 10 * MINUTE,
  },
  {
    // A quarter of an hour: twenty kills, every source, every fault.
    name: 'beam-command',
    program: ['npx', 'vitest', 'run', 'src/cli/beam/beam.test.ts'],
    environment: { BEAMTAB_LONG_BEAM: '1' },
    timeLimit: 60 * MINUTE,
  },
  // A quarter of an hour, with the installation of the foreign software.
  { name: 'interop', program: ['npm', 'run', '-s', 'test:interop'], timeLimit: 60 * MINUTE },
  // Twenty kills of ten seconds each.
  { name: 'chaos', program: ['npx', 'tsx', 'e2e/chaos/main.ts'], timeLimit: 40 * MINUTE },
  // Half an hour each, in Node and in a browser.
  { name: 'beam-soak', program: ['npm', 'run', '-s', 'bench', '--', 'beam-soak'], timeLimit: 45 * MINUTE },
  {
    name: 'beam-soak-browser',
    program: ['npm', 'run', '-s', 'bench', '--', 'beam-soak', '--browser'],
    timeLimit: 45 * MINUTE,
  },
  { name: 'soak', program: ['npm', 'run', '-s', 'bench', '--', 'gateway-soak'], timeLimit: 80 * MINUTE },
]

const root = resolve(import.meta.dirname, '..')
const notes = join(root, 'test-results/long.json')
const wanted = process.argv.slice(2).filter((argument) => argument !== '--again')
const unknown = wanted.find((name) => !steps.some((step) => step.name === name))
if (unknown !== undefined) {
  process.stderr.write(`no step is called ${unknown}; there are ${steps.map(({ name }) => name).join(', ')}\n`)
  process.exit(2)
}

const commit = execFileSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim()
const passed = process.argv.includes('--again') ? new Set<string>() : passedBefore()
const tallies: Tally[] = []
for (const step of steps) {
  if (wanted.length > 0 && !wanted.includes(step.name)) continue
  process.stdout.write(`\n== ${step.name}\n`)
  if (passed.has(step.name)) process.stdout.write('passed at this commit before\n')
  const tally = passed.has(step.name) ? PASSED : await run(step)
  tallies.push(tally)
  if (tally.failed > 0) continue
  passed.add(step.name)
  mkdirSync(dirname(notes), { recursive: true })
  writeFileSync(notes, JSON.stringify({ commit, passed: [...passed] }))
}
const total = sum(tallies)
process.stdout.write(`\n${summaryLine(total)}\n`)
process.exitCode = total.failed === 0 ? 0 : 1

async function run({ program: [tool, ...args], environment, timeLimit }: LongStep): Promise<Tally> {
  const { code } = await runProgram(tool, args, {
    cwd: root,
    environment: { ...process.env, ...environment },
    timeLimit,
  })
  return code === 0 ? PASSED : FAILED
}

function passedBefore(): Set<string> {
  if (!existsSync(notes)) return new Set()
  const before = JSON.parse(readFileSync(notes, 'utf8')) as { readonly commit: string; readonly passed: string[] }
  return new Set(before.commit === commit ? before.passed : [])
}
