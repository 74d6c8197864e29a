/** Runs the `follow` command of this project as its users do. */
import { join } from 'node:path'
import type { HeadLine } from '../../src/cli/head-lines.ts'
import type { Program, Programs } from './programs.ts'

const ROOT = join(import.meta.dirname, '../..')

export interface Following {
  readonly program: Program
  /** Printed so far. */
  readonly heads: readonly SeenHead[]
}

export interface SeenHead {
  /** ms since 1970 when it was printed. */
  readonly at: number
  readonly head: HeadLine
}

export function startFollow(programs: Programs, name: string, args: readonly string[]): Following {
  const heads: SeenHead[] = []
  const program = programs.start({
    name,
    cwd: ROOT,
    args: ['--import', 'tsx', join(ROOT, 'src/cli/follow.ts'), ...args],
    onLine: (line) => heads.push({ at: Date.now(), head: JSON.parse(line) as HeadLine }),
  })
  return { program, heads }
}
