/**
 * Finds a Chromium that starts, or obtains one. The first candidate that prints its version wins, in this order:
 * `CHROMIUM_PATH`, the system's, Playwright's own, `playwright install`, `apt-get install` when root.
 */
import { delimiter, join } from 'node:path'

export interface CommandResult {
  /** Exit code; undefined when the program could not be started or was ended by the time limit. */
  readonly code: number | undefined
  readonly stdout: string
  readonly stderr: string
  /** Why there is no exit code. */
  readonly problem?: string
}

/** What the search needs of the machine, injected so that its order can be tested without one. */
export interface Machine {
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly isRoot: boolean
  /** Where Playwright keeps (or would keep) its own Chromium. */
  readonly playwrightChromium: string
  /** Absolute path of Playwright's command-line script. */
  readonly playwrightCli: string
  exists(path: string): boolean
  /** Runs a program without a shell and without stdin, and ends it after `timeLimit` ms. Never rejects. */
  run(program: string, args: readonly string[], timeLimit: number): Promise<CommandResult>
  log(line: string): void
}

/** No browser. The message lists everything that was tried and what each answered. */
export class NoChromiumError extends Error {
  override readonly name = 'NoChromiumError'
}

/** Names of Chromium and its near relatives on `PATH`, the project's own measurements being of the first. */
const SYSTEM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** Printing a version takes a second on a cold disk; a browser that needs longer hangs. In ms. */
const VERSION_TIME_LIMIT = 30_000

/** A download of about 300 MB with its unpacking, at 2 MB/s. In ms. */
const INSTALL_TIME_LIMIT = 180_000

/** Characters of a command's line that go into the error: enough for a path and a reason. */
const MAX_LINE = 200

/**
 * Path of a Chromium that starts.
 * @throws NoChromiumError when every way failed.
 */
export async function findChromium(machine: Machine): Promise<string> {
  const tried: string[] = []

  const given = machine.environment['CHROMIUM_PATH']
  if (given !== undefined && given !== '') {
    if (await starts(machine, given, 'CHROMIUM_PATH', tried)) return given
    machine.log(`CHROMIUM_PATH=${given} does not start, looking elsewhere`)
  } else {
    tried.push('CHROMIUM_PATH: not set')
  }

  const installed = (await findOnPath(machine, tried)) ?? (await findPlaywrightsOwn(machine, tried))
  if (installed !== undefined) return installed

  const download = [machine.playwrightCli, 'install', 'chromium']
  if (await succeeds(machine, 'npx playwright install chromium', process.execPath, download, tried)) {
    const downloaded = await findPlaywrightsOwn(machine, tried)
    if (downloaded !== undefined) return downloaded
  }

  if (!machine.isRoot) {
    tried.push('apt-get install -y chromium: not tried, it needs root')
  } else if (
    (await succeeds(machine, 'apt-get update', 'apt-get', ['update'], tried)) &&
    (await succeeds(machine, 'apt-get install -y chromium', 'apt-get', ['install', '-y', 'chromium'], tried))
  ) {
    const fromPackage = await findOnPath(machine, tried)
    if (fromPackage !== undefined) return fromPackage
  }

  throw new NoChromiumError(
    `No Chromium for the browser tests. Tried:\n${tried.map((line) => `  - ${line}\n`).join('')}` +
      'Install Chromium and put it on PATH, or set CHROMIUM_PATH to its executable.',
  )
}

async function findOnPath(machine: Machine, tried: string[]): Promise<string | undefined> {
  const folders = (machine.environment['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '')
  const candidates = SYSTEM_NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).filter((path) =>
    machine.exists(path),
  )
  if (candidates.length === 0) tried.push(`${SYSTEM_NAMES.join(', ')}: none on PATH`)
  for (const candidate of candidates) {
    if (await starts(machine, candidate, 'on PATH', tried)) return candidate
  }
  return undefined
}

async function findPlaywrightsOwn(machine: Machine, tried: string[]): Promise<string | undefined> {
  const path = machine.playwrightChromium
  if (!machine.exists(path)) {
    tried.push(`Playwright's own: none at ${path}`)
    return undefined
  }
  return (await starts(machine, path, "Playwright's own", tried)) ? path : undefined
}

async function starts(machine: Machine, path: string, origin: string, tried: string[]): Promise<boolean> {
  const result = await machine.run(path, ['--version'], VERSION_TIME_LIMIT)
  if (result.code === 0) return true
  tried.push(`${origin}, ${path}: --version ${answerOf(result)}`)
  return false
}

async function succeeds(
  machine: Machine,
  label: string,
  program: string,
  args: readonly string[],
  tried: string[],
): Promise<boolean> {
  machine.log(`no Chromium found yet, running: ${label}`)
  const result = await machine.run(program, args, INSTALL_TIME_LIMIT)
  tried.push(`${label}: ${result.code === 0 ? 'done' : answerOf(result)}`)
  return result.code === 0
}

/** What a command said about its failure: the last lines that speak of one, since installers print pages around it. */
function answerOf({ code, stdout, stderr, problem }: CommandResult): string {
  const lines = (stderr.trim() || stdout.trim()).split('\n').map((line) => line.trim().slice(0, MAX_LINE))
  const telling = lines.filter((line) => /error|fail|cannot|unable|unsupported/i.test(line))
  const said = (telling.length > 0 ? telling : lines).slice(-3).join(' | ')
  const ending = code === undefined ? (problem ?? 'did not end') : `exited with ${code}`
  return said === '' ? ending : `${ending}: ${said}`
}
