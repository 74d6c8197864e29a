/** Runs commands of this project as their users do, to their end, and gives what they print. */
import { join } from 'node:path'
import { ProgramError, type Program, type Programs } from './programs.ts'

const ROOT = join(import.meta.dirname, '../..')

export type Line = Readonly<Record<string, unknown>>

export interface OwnCommand {
  readonly program: Program
  /** Printed so far. */
  readonly lines: readonly Line[]
}

/** @param name of the command */
export function startCommand(programs: Programs, name: string, args: readonly string[]): OwnCommand {
  const lines: Line[] = []
  const program = programs.start({
    name,
    cwd: ROOT,
    args: ['--import', 'tsx', join(ROOT, `src/cli/${name}.ts`), ...args],
    onLine: (line) => lines.push(JSON.parse(line) as Line),
  })
  return { program, lines }
}

/** @throws {ProgramError} where it ends badly */
export async function runCommand(programs: Programs, name: string, args: readonly string[]): Promise<readonly Line[]> {
  const { program, lines } = startCommand(programs, name, args)
  const code = await program.ended
  if (code === 0) return lines
  throw new ProgramError(`${name} ${args.join(' ')} ended with ${code}: ${JSON.stringify(lines.at(-1))}`)
}
