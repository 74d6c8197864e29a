/** Programs that the test starts: each known by its process id, each with a log, none outliving the test. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { STOP_GRACE_MS } from './limits.ts'

export interface ProgramOptions {
  /** Also the log's name. */
  readonly name: string
  /** Node's, script first. */
  readonly args: readonly string[]
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Of stdout, whole ones; the log has them too. */
  readonly onLine?: (line: string) => void
}

/** A program ended that should not have, or badly. */
export class ProgramError extends Error {
  override name = 'ProgramError'
}

/** Lines of a log that are shown when a run fails. */
const TAIL_LINES = 40

export class Programs {
  readonly #running = new Set<Program>()
  readonly #logs = new Map<string, string>()

  /** @param folder for the logs */
  constructor(private readonly folder: string) {
    // Whatever ends this process, its children end with it.
    process.on('exit', () => this.#killAll())
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1))
  }

  start(options: ProgramOptions): Program {
    const log = join(this.folder, `${options.name}.log`)
    this.#logs.set(options.name, log)
    const program = new Program(options, log)
    this.#running.add(program)
    void program.ended.then(() => this.#running.delete(program))
    return program
  }

  async stopAll(): Promise<void> {
    await Promise.all([...this.#running].map((program) => program.stop()))
  }

  /** The last lines of every log. */
  tails(): string {
    const parts = [...this.#logs].map(([name, log]) => {
      const lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(-TAIL_LINES)
      return `--- ${name} (${log})\n${lines.map((line) => line.slice(0, 300)).join('\n')}`
    })
    return parts.join('\n')
  }

  #killAll(): void {
    for (const program of this.#running) program.kill()
  }
}

export class Program {
  readonly name: string
  /** The exit code; null after a signal. */
  readonly ended: Promise<number | null>
  readonly #child: ChildProcess

  constructor({ name, args, cwd, env, onLine }: ProgramOptions, log: string) {
    this.name = name
    const output = createWriteStream(log, { flags: 'a' })
    const child = spawn(process.execPath, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    child.stdout.pipe(output, { end: false })
    child.stderr.pipe(output, { end: false })
    if (onLine !== undefined) eachLine(child.stdout, onLine)
    this.ended = new Promise((resolve) => {
      child.once('error', () => resolve(null))
      child.once('close', (code) => {
        output.end()
        resolve(code)
      })
    })
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Asks it to end, then makes it. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM')
    const force = setTimeout(() => this.kill(), STOP_GRACE_MS)
    await this.ended
    clearTimeout(force)
  }
}

function eachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = ''
  stream.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
}
