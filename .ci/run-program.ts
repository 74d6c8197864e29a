/** Runs one tool to its end or to its time limit, with everything it started. */
import { spawn } from 'node:child_process'
import type { Ending } from './tally.ts'

export interface ProgramResult extends Ending {
  /** What it wrote to stdout. */
  readonly stdout: string
}

export interface ProgramOptions {
  readonly cwd: string
  readonly environment: NodeJS.ProcessEnv
  /** In ms; past it the program and its children are killed. */
  readonly timeLimit: number
  /** When its stdout is passed on: `later` for those that run beside others, whose lines would mix. Default: as it comes. */
  readonly print?: 'as it comes' | 'later'
}

/** Never rejects: a program that cannot be started has no exit code. stdin is empty. */
export function runProgram(program: string, args: readonly string[], options: ProgramOptions): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: options.environment,
      stdio: ['ignore', 'pipe', 'inherit'],
      // A group of its own, so that a hung test run is ended together with its workers and browsers.
      detached: true,
    })
    const killGroup = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      } catch {
        // The group has ended meanwhile.
      }
    }
    const interrupted = (signal: NodeJS.Signals): void => {
      // Of those that run beside each other, each ends its own on the way out.
      process.exit(signal === 'SIGINT' ? 130 : 143)
    }
    const timer = setTimeout(() => {
      process.stderr.write(`${program} is not done after ${options.timeLimit / 1000} s: ended\n`)
      killGroup()
    }, options.timeLimit)
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted).once('exit', killGroup)

    const chunks: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (options.print !== 'later') process.stdout.write(chunk)
    })
    const end = (code: number | undefined): void => {
      clearTimeout(timer)
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted).off('exit', killGroup)
      resolve({ code, stdout: Buffer.concat(chunks).toString() })
    }
    child.once('error', (error) => {
      process.stderr.write(`${program}: ${error.message}\n`)
      end(undefined)
    })
    child.once('close', (code) => end(code ?? undefined))
  })
}
