/** The frame of every command line: exit codes and the flushing of output in one place. */
import { UsageError } from './args.ts'

/** 0 all well, 1 something failed, 2 bad usage. */
export type ExitCode = 0 | 1 | 2

export interface CommandEnvironment {
  /** Writes one JSON line to stdout. */
  print(line: object): void
  /** Writes one line of progress or log to stderr. */
  log(line: string): void
}

/**
 * Runs `command` on the process's arguments and ends the process with its exit code, after stdout is flushed (a pipe
 * loses what is still buffered when the process exits). A {@link UsageError} prints `usage` and exits with 2, any
 * other error exits with 1.
 */
export async function runCommand(
  usage: string,
  command: (argv: readonly string[], environment: CommandEnvironment) => ExitCode | Promise<ExitCode>,
): Promise<void> {
  // A reader that went away (`| head -1`) is no fault of ours, and nobody is left to tell.
  process.stdout.on('error', () => process.exit(1))
  const code = await exitCodeOf(usage, () => command(process.argv.slice(2), processEnvironment))
  process.stdout.write('', () => process.exit(code))
}

/** Exported for tests: maps what a command returns or throws to an exit code. */
export async function exitCodeOf(usage: string, command: () => ExitCode | Promise<ExitCode>): Promise<ExitCode> {
  try {
    return await command()
  } catch (error) {
    if (error instanceof UsageError) {
      processEnvironment.log(`${error.message}\n${usage}`)
      return 2
    }
    processEnvironment.log(error instanceof Error ? (error.stack ?? error.message) : String(error))
    return 1
  }
}

const processEnvironment: CommandEnvironment = {
  print: (line) => void process.stdout.write(`${JSON.stringify(line)}\n`),
  log: (line) => void process.stderr.write(`${line}\n`),
}
