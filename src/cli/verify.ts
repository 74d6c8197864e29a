/** `verify`: executes stateless blocks and says whether they are what their headers commit to. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesToHex } from '@ethereumjs/util'
import type { ExecutionNetwork } from '../chain/network.ts'
import type { Verification } from '../execution/block/verification.ts'
import { loadWasmCrypto, type WasmCrypto } from '../execution/crypto/wasm-crypto.ts'
import { readStatelessBlock, StatelessBlockError, type StatelessBlock } from '../execution/stateless-block.ts'
import { verifyStatelessBlock } from '../execution/verify-stateless-block.ts'
import type { DataFault } from '../state/data-fault.ts'
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
  const crypto = await loadWasmCrypto()
  let code: ExitCode = 0
  for (const file of files) {
    const line = await verifyFile(file, network, crypto)
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
  const names = (await readdir(path)).filter((name) => /\.json(\.gz)?$/.test(name)).sort()
  if (names.length === 0) throw new UsageError(`${path} holds no .json or .json.gz file`)
  return names.map((name) => join(path, name))
}

async function verifyFile(file: string, network: ExecutionNetwork | undefined, crypto: WasmCrypto) {
  const start = performance.now()
  let block: StatelessBlock
  try {
    block = await readStatelessBlock(await readFile(file))
  } catch (error) {
    if (!(error instanceof StatelessBlockError)) throw error
    return {
      file,
      network: null,
      number: null,
      verified: false,
      error: { code: 'unreadable-file', message: error.message },
    }
  }
  const decodeMs = performance.now() - start
  const { verification } = await verifyStatelessBlock(block, { crypto, network, decodeMs })
  return { file, network: block.network, number: block.number, ...verificationFields(verification) }
}

function verificationFields(verification: Verification) {
  switch (verification.kind) {
    case 'verified': {
      const { block, notChecked, stats } = verification
      return {
        fork: stats.fork,
        txs: stats.transactions,
        gasUsed: stats.gasUsed,
        verified: true,
        stateRoot: bytesToHex(block.header.stateRoot),
        nodes: stats.nodes,
        notChecked,
        ms: roundedTimes(stats.ms),
        mgasPerSecond: Number((stats.gasUsed / 1000 / stats.ms.evm).toFixed(2)),
      }
    }
    case 'mismatch':
      return { verified: false, mismatch: verification.mismatch }
    case 'fault':
      return { verified: false, fault: faultFields(verification.fault) }
    case 'rejected':
      return { verified: false, error: { code: verification.code, message: verification.message } }
  }
}

/** Tenths of a millisecond: below that a shared machine says nothing. */
function roundedTimes(times: object) {
  return Object.fromEntries(Object.entries(times).map(([stage, ms]) => [stage, Number((ms as number).toFixed(1))]))
}

/** Every field of the format is there; what a kind of fault does not have is null. */
function faultFields(fault: DataFault) {
  const none = { hash: null, owner: null, path: null, account: null, slot: null }
  switch (fault.kind) {
    case 'node':
      return {
        kind: fault.kind,
        hash: bytesToHex(fault.hash),
        owner: hexOrNull(fault.owner),
        path: [...fault.path].map((nibble) => nibble.toString(16)).join(''),
        account: hexOrNull(fault.account),
        slot: hexOrNull(fault.slot),
      }
    case 'code':
      return { ...none, kind: fault.kind, hash: bytesToHex(fault.hash), account: hexOrNull(fault.account) }
    case 'header':
      return { ...none, kind: fault.kind, number: fault.number }
  }
}

function hexOrNull(bytes: Uint8Array | undefined): string | null {
  return bytes === undefined ? null : bytesToHex(bytes)
}
