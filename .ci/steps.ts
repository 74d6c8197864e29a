/** What `npm test` consists of: cheap and telling first. */
import { existsSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runProgram, type ProgramResult } from './run-program.ts'
import {
  FAILED,
  PASSED,
  SKIPPED,
  type Tally,
  tallyConformance,
  tallyPlaywright,
  tallyVitest,
  vitestFailures,
} from './tally.ts'
import type { PlaywrightReport, VitestReport } from './tally.ts'

export interface Surroundings {
  /** Absolute path of the project. */
  readonly root: string
  /** Absolute path where the shared data is, or would be. */
  readonly data: string
  /** Missing data is a failure. */
  readonly dataRequired: boolean
}

/** Says its own name before what it prints. */
export interface Step {
  readonly name: string
  run(surroundings: Surroundings): Promise<Outcome>
}

export interface Outcome extends Tally {
  /** What failed and why, a paragraph each, where the step's own output may be long above the end. */
  readonly failures?: readonly string[]
}

/*
 * Time limits end a hung step, they are not targets: each is several times what the step takes on two busy cores,
 * the whole run being meant to end within twelve minutes. In ms.
 */
const STATIC_TIME_LIMIT = 5 * 60_000
const TEST_TIME_LIMIT = 30 * 60_000
/** May have to download and install a browser first. */
const BROWSER_TIME_LIMIT = 20 * 60_000

/**
 * Stages one after another. Within the first, whose tools keep one core each, two steps run at a time: the longest first, so
 * that the others are done beside it.
 */
export const stages: readonly (readonly Step[])[] = [
  [
    check('lint', 'eslint', ['.']),
    check('types', 'tsc', ['--noEmit', '-p', '.']),
    check('format', 'prettier', ['--check', '--log-level', 'warn', '.']),
    check('imports', 'depcruise', ['--config', '.dependency-cruiser.cjs', '.']),
  ],
  [{ name: 'unit', run: unit }],
  [{ name: 'conformance', run: conformance }],
  [{ name: 'browser', run: browser }],
]

/** A tool that either passes or does not. */
function check(name: string, tool: string, args: readonly string[]): Step {
  return {
    name,
    async run(surroundings) {
      const { root } = surroundings
      const program = join(root, 'node_modules/.bin', tool)
      const { code, stdout } = await runProgram(program, args, {
        ...options(root, surroundings, STATIC_TIME_LIMIT),
        print: 'later',
      })
      process.stdout.write(`\n== ${name}\n${stdout}`)
      return code === 0 ? PASSED : FAILED
    },
  }
}

async function unit(surroundings: Surroundings): Promise<Outcome> {
  process.stdout.write('\n== unit\n')
  const report = join(surroundings.root, 'test-results/unit.json')
  await rm(report, { force: true })
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const ending = await runTool('vitest', args, surroundings, TEST_TIME_LIMIT)
  const read = await readReport<VitestReport>(report)
  return read === undefined ? FAILED : { ...tallyVitest(read, ending), failures: vitestFailures(read) }
}

async function conformance(surroundings: Surroundings): Promise<Tally> {
  process.stdout.write('\n== conformance\n')
  const { root, data, dataRequired } = surroundings
  if (!existsSync(data)) {
    process.stdout.write(
      `no data at ${data} (set BEAMTAB_DATA): conformance ${dataRequired ? 'fails' : 'is skipped'}\n`,
    )
    return dataRequired ? FAILED : SKIPPED
  }
  const args = ['run', '-s', 'conformance', '--', '--data', data]
  const ending = await runProgram('npm', args, options(root, surroundings, TEST_TIME_LIMIT))
  return tallyConformance(ending.stdout, dataRequired ? await suiteNames() : [], ending)
}

async function browser(surroundings: Surroundings): Promise<Tally> {
  process.stdout.write('\n== browser\n')
  const report = join(surroundings.root, 'test-results/e2e.json')
  await rm(report, { force: true })
  const ending = await runTool('playwright', ['test'], surroundings, BROWSER_TIME_LIMIT)
  const read = await readReport<PlaywrightReport>(report)
  return read === undefined ? FAILED : tallyPlaywright(read, ending)
}

/** Loaded only where it is asked for: it pulls in all the code under test, which may not even load. */
async function suiteNames(): Promise<readonly string[]> {
  const { suites } = await import('../src/cli/conformance/registry.ts')
  return suites.map((suite) => suite.name)
}

function runTool(
  tool: string,
  args: readonly string[],
  surroundings: Surroundings,
  timeLimit: number,
): Promise<ProgramResult> {
  const { root } = surroundings
  return runProgram(join(root, 'node_modules/.bin', tool), args, options(root, surroundings, timeLimit))
}

function options(root: string, { data }: Surroundings, timeLimit: number) {
  return { cwd: root, environment: { ...process.env, BEAMTAB_DATA: data }, timeLimit }
}

/** A tool's JSON report, undefined when the tool ended without one. */
async function readReport<Report>(path: string): Promise<Report | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Report
  } catch (error) {
    process.stderr.write(`no report at ${path}: ${String(error)}\n`)
    return undefined
  }
}
