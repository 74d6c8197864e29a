/** The arguments of `light-sync`. */
import { readFile, stat } from 'node:fs/promises'
import { hexToBytes } from '@ethereumjs/util'
import { slotAtTime } from '../chain/beacon-config.ts'
import { asRoot, type Root } from '../chain/bytes.ts'
import type { Network } from '../chain/network.ts'
import { integerOption, parseCommandLine, UsageError } from './args.ts'
import { networkOption } from './network-option.ts'

export const LIGHT_SYNC_USAGE = `usage: npm run -s light-sync -- --network NAME|FILE --bootstrap FILE [--trusted-root 0x...] --updates FILE...
                              [--finality FILE] [--optimistic FILE] [--now SECONDS]`

export interface LightSyncCommand {
  readonly network: Network
  readonly currentSlot: number
  readonly trustedRoot: Root | undefined
  readonly bootstrap: Uint8Array
  readonly updates: readonly UpdatesFile[]
  readonly finality: Uint8Array | undefined
  readonly optimistic: Uint8Array | undefined
}

export interface UpdatesFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** A server sends at most 128 updates of 27 kB; ten thousand periods (31 years) are enough for any recording. */
const MAX_FILE_BYTES = 256 * 1024 * 1024

/** With the files read. @throws {UsageError} */
export async function lightSyncCommand(argv: readonly string[]): Promise<LightSyncCommand> {
  const { options, positionals } = parseCommandLine(argv, {
    network: 'string',
    bootstrap: 'string',
    'trusted-root': 'string',
    updates: 'strings',
    finality: 'string',
    optimistic: 'string',
    now: 'string',
  })
  if (positionals.length > 0) throw new UsageError(`unexpected argument ${positionals.join(' ')}`)
  if (options.bootstrap === undefined) throw new UsageError('--bootstrap is missing: name the file to start from')
  if (options.updates.length === 0) throw new UsageError('--updates is missing: name the files that continue it')
  const network = await networkOption(options.network)
  const seconds =
    options.now === undefined
      ? Date.now() / 1000
      : integerOption('now', options.now, { min: 0, max: Number.MAX_SAFE_INTEGER })
  return {
    network,
    currentSlot: slotAtTime(network, seconds),
    trustedRoot: trustedRootOption(options['trusted-root']),
    bootstrap: await read(options.bootstrap),
    updates: await Promise.all(options.updates.map(async (path) => ({ path, bytes: await read(path) }))),
    finality: options.finality === undefined ? undefined : await read(options.finality),
    optimistic: options.optimistic === undefined ? undefined : await read(options.optimistic),
  }
}

function trustedRootOption(text: string | undefined): Root | undefined {
  if (text === undefined) return undefined
  if (!/^0x[0-9a-fA-F]{64}$/.test(text)) {
    throw new UsageError(`--trusted-root ${text}: expected 32 bytes as 0x-hex`)
  }
  return asRoot(hexToBytes(text as `0x${string}`))
}

async function read(path: string): Promise<Uint8Array> {
  const entry = await stat(path).catch(() => undefined)
  if (entry?.isDirectory() === true) throw new UsageError(`${path} is a folder; name a file in it`)
  if (entry?.isFile() !== true) throw new UsageError(`${path}: no such file`)
  if (entry.size > MAX_FILE_BYTES)
    throw new UsageError(`${path}: ${entry.size} bytes, at most ${MAX_FILE_BYTES} are read`)
  return readFile(path)
}
