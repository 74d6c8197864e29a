/** The arguments of `follow`. */
import { hexToBytes, isHexString } from '@ethereumjs/util'
import { readFile } from 'node:fs/promises'
import type { Root } from '../chain/bytes.ts'
import { asRoot } from '../chain/bytes.ts'
import { NETWORK_NAMES, type Network } from '../chain/network.ts'
import { supermajority } from '../consensus/supermajority.ts'
import { integerOption, parseCommandLine, UsageError } from './args.ts'
import type { FollowEnd } from './head-lines.ts'
import { networkOption } from './network-option.ts'

export const FOLLOW_USAGE = `usage: npm run -s follow -- --network NAME|FILE --beacon URL... [--execution URL...]
                          [--checkpoint ROOT] [--checkpoint-source URL...] [--allow-old-checkpoint]
                          [--threshold 0.667] [--slots N] [--once] [--engine URL --jwt FILE]
  --beacon             beacon nodes to follow; default: those of the network file
  --execution          JSON-RPC of execution nodes: headers of which only the hash is proven (Gloas)
  --checkpoint         block root to start from; default: the network file's, then what two sources agree on
  --checkpoint-source  checkpointz instances or beacon nodes that are asked for it; default: those of --beacon
  --threshold          share of the committee that must have signed a head, at least 2/3
  --once, --slots N    end at the first finalized head, or N slots after the first head; with exit code 1 where none comes
                       that is fresh
  --engine, --jwt      drive this execution client: its Engine API, and the file with the shared secret`

export interface FollowCommand {
  readonly network: Network
  /** A checkpoint in the user's own file is given by the user. */
  readonly networkOrigin: 'built-in' | 'file'
  readonly beacon: readonly string[]
  readonly execution: readonly string[]
  readonly checkpoint: Root | undefined
  readonly checkpointSources: readonly string[]
  readonly allowOldCheckpoint: boolean
  readonly usedSigners: number
  readonly end: FollowEnd
  readonly engine: { readonly url: string; readonly secret: Uint8Array } | undefined
}

/** Slots that a run may be asked to last: a year of mainnet. */
const MAX_SLOTS = 2_628_000

/** @throws {UsageError} */
export async function followCommand(argv: readonly string[]): Promise<FollowCommand> {
  const { options, positionals } = parseCommandLine(argv, {
    network: 'string',
    beacon: 'strings',
    execution: 'strings',
    checkpoint: 'string',
    'checkpoint-source': 'strings',
    'allow-old-checkpoint': 'flag',
    threshold: 'string',
    slots: 'string',
    once: 'flag',
    engine: 'string',
    jwt: 'string',
  })
  if (positionals.length > 0) throw new UsageError(`${positionals[0]} belongs to no option`)
  const network = await networkOption(options.network)
  const urls = (kind: 'beacon' | 'execution') =>
    options[kind].length > 0
      ? options[kind]
      : network.servers.filter((server) => server.kind === kind).map(({ url }) => url)
  const beacon = urls('beacon')
  if (beacon.length === 0) throw new UsageError('--beacon is missing, and the network file names no beacon node')
  const sources = options['checkpoint-source']
  return {
    network,
    networkOrigin: NETWORK_NAMES.includes(options.network ?? '') ? 'built-in' : 'file',
    beacon,
    execution: urls('execution'),
    checkpoint: options.checkpoint === undefined ? undefined : rootOption(options.checkpoint),
    checkpointSources: sources.length > 0 ? sources : beacon,
    allowOldCheckpoint: options['allow-old-checkpoint'],
    usedSigners: thresholdOption(options.threshold, network),
    end: {
      once: options.once,
      slots:
        options.slots === undefined ? undefined : integerOption('slots', options.slots, { min: 1, max: MAX_SLOTS }),
    },
    engine: await engineOption(options.engine, options.jwt),
  }
}

function rootOption(text: string): Root {
  if (!isHexString(text, 32)) throw new UsageError(`--checkpoint ${text}: expected 0x and 64 hexadecimal digits`)
  return asRoot(hexToBytes(text))
}

/** Signers that a share of the committee comes to. Below two thirds a dishonest minority could have signed. */
function thresholdOption(text: string | undefined, { preset }: Network): number {
  const least = supermajority(preset)
  if (text === undefined) return least
  const share = /^\d*\.?\d+$/.test(text) ? Number(text) : Number.NaN
  const signers = Math.ceil(share * preset.syncCommitteeSize)
  if (signers >= least && signers <= preset.syncCommitteeSize) return signers
  throw new UsageError(
    `--threshold ${text}: expected a share from 2/3 (0.667) to 1; heads signed by fewer members are not used`,
  )
}

/** 32 bytes (execution-apis, authentication). */
const SECRET_LENGTH = 32

async function engineOption(url: string | undefined, jwt: string | undefined): Promise<FollowCommand['engine']> {
  if (url === undefined && jwt === undefined) return undefined
  if (url === undefined || jwt === undefined) throw new UsageError('--engine and --jwt belong together')
  const text = (
    await readFile(jwt, 'utf8').catch((error: Error) => {
      throw new UsageError(`--jwt ${jwt}: ${error.message}`)
    })
  ).trim()
  const hex = text.startsWith('0x') ? text : `0x${text}`
  if (!isHexString(hex, SECRET_LENGTH))
    throw new UsageError(`--jwt ${jwt}: expected ${SECRET_LENGTH} bytes in hexadecimal`)
  return { url, secret: hexToBytes(hex) }
}
