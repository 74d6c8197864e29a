/** `verify`: executes stateless blocks and says whether they are what their headers commit to. */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseCommandLine, UsageError } from './args.ts'
import { networkOption } from './network-option.ts'
import { runCommand, type CommandEnvironment, type ExitCode } from './run-command.ts'

const usage = `usage: npm run -s verify -- [--network NAME|FILE] FILE|DIR...
  FILE  a stateless block, .json or .json.gz; of a DIR all such files`

await runCommand(usage, verify)

async function verify(argv: readonly string[], environment: CommandEnvironment): Promise<ExitCode> {
  const { options, positionals } = parseCommandLine(argv, { network: 'string' })
  if (positionals.length === 0) throw new UsageError('name at least one file or folder')
  const network = options.network === undefined ? undefined : await networkOption(options.network)
  const files = (await Promise.all(positionals.map(blockFiles))).flat()
  // What executes is loaded once there is something to execute: bad usage is told at once.
  const [{ verifyFile }, { loadWasmCrypto }] = await Promise.all([
    import('./verify-file.ts'),
    import('../execution/crypto/wasm-crypto.ts'),
  ])
  const crypto = await loadWasmCrypto()
  let code: ExitCode = 0
  for (const file of files) {
    const line = await verifyFile(file, { crypto, network, log: (text) => environment.log(text) })
    environment.print(line)
    if (!line.verified) code = 1
  }
  return code
}

/** The file itself, or the stateless blocks in a folder, by name. */
async function blockFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new UsageError(`${path} does not exist`)
  if (!found.isDirectory()) return [path]
  const entries = (await readdir(path, { withFileTypes: true })).filter(
    (entry) => entry.isFile() || entry.isSymbolicLink(),
  )
  const names = entries.map(({ name }) => name).filter((name) => /\.json(\.gz)?$/.test(name))
  if (names.length === 0) throw new UsageError(`${path} holds no .json or .json.gz file`)
  return names.sort().map((name) => join(path, name))
}
