/** Installs the foreign programs, each in a folder of its own, exactly as their lock files say. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { NPM_LIMIT_MS } from './limits.ts'

const run = promisify(execFile)

export interface ForeignFolder {
  readonly folder: string
  /** There when the install was finished. */
  readonly proof: string
  /** Packages whose native parts are built: no other install script runs. */
  readonly native: readonly string[]
}

export const CONSENSUS_NODE: ForeignFolder = {
  folder: join(import.meta.dirname, 'consensus-node'),
  proof: 'node_modules/bcrypto/build/Release/bcrypto.node',
  native: ['snappy', 'classic-level', '@chainsafe/blst', 'bcrypto'],
}

export const EXECUTION_NODE: ForeignFolder = {
  folder: join(import.meta.dirname, 'execution-node'),
  proof: 'node_modules/.package-lock.json',
  native: [],
}

/** Does nothing where it is installed. */
export async function install({ folder, proof, native }: ForeignFolder, log: (line: string) => void): Promise<void> {
  if (existsSync(join(folder, proof))) return
  await npm(folder, ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], log)
  if (native.length > 0) await npm(folder, ['rebuild', ...native], log)
}

async function npm(cwd: string, args: readonly string[], log: (line: string) => void): Promise<void> {
  log(`npm ${args.join(' ')} in ${cwd}`)
  await run('npm', args, { cwd, timeout: NPM_LIMIT_MS, maxBuffer: 64 * 1024 * 1024 })
}
