/** The arguments of `beam`. */
import { isHexString } from '@ethereumjs/util'
import type { Hex } from '../../chain/bytes.ts'
import { NETWORK_NAMES, type Network } from '../../chain/network.ts'
import { parseServerUrl, ServerUrlError } from '../../network/http/server-url.ts'
import { isSourceChoice, SOURCE_CHOICES, type SourceChoice } from '../../sync/beam/source-choice.ts'
import { MAX_SERVERS } from '../../sync/constants.ts'
import { stateServersOf } from '../../client/beam-settings.ts'
import { integerOption, parseCommandLine, UsageError } from '../args.ts'
import { networkFileOption } from '../network-option.ts'

export const BEAM_USAGE = `usage: npm run -s beam -- --network NAME|FILE --server URL... [--checkpoint ROOT] [--blocks N]
                        [--source NAME,...] [--db DIR]
  --server      beacon nodes, execution clients (JSON-RPC) and gateways, in any order: which is which is found out;
                default: those of the network file
  --checkpoint  block root to start from; default: the network file's, then what is kept, then what two servers agree on
  --blocks      end after so many blocks, or when one cannot be had; default: go on until stopped
  --source      where state may come from: ${SOURCE_CHOICES.join(', ')}; default: all
  --db          directory that keeps what was proven, for the next run to go on from; default: in memory`

export interface BeamCommand {
  readonly network: Network
  /** For workers, who read it again: a built-in name, or the content of the file. */
  readonly networkSource: string | object
  /** At least one. */
  readonly servers: readonly string[]
  readonly checkpoint: Hex | undefined
  readonly blocks: number | undefined
  readonly sources: readonly SourceChoice[] | 'all'
  /** Directory. */
  readonly db: string | undefined
}

/** Blocks that a run may be asked for: a year of mainnet. */
const MAX_BLOCKS = 2_628_000

/** A gateway counts twice where the chain is followed: as a beacon node and as an execution client. */
const MAX_NAMED = MAX_SERVERS / 2

/** @throws {UsageError} */
export async function beamCommand(argv: readonly string[]): Promise<BeamCommand> {
  const { options, positionals } = parseCommandLine(argv, {
    network: 'string',
    server: 'strings',
    checkpoint: 'string',
    blocks: 'string',
    source: 'strings',
    db: 'string',
    backfill: 'flag',
  })
  if (positionals.length > 0) throw new UsageError(`${positionals[0]} belongs to no option`)
  if (options.backfill) {
    throw new UsageError('--backfill: filling the state that no block reads is not part of this version; leave it out')
  }
  const { network, file } = await networkFileOption(options.network)
  const { checkpoint, blocks, db } = options
  if (checkpoint !== undefined && !isHexString(checkpoint, 32))
    throw new UsageError(`--checkpoint ${checkpoint}: expected 0x and 64 hexadecimal digits`)
  if (db === '') throw new UsageError('--db is empty: name a directory')
  return {
    network,
    networkSource: NETWORK_NAMES.includes(options.network ?? '') ? network.name : file,
    servers: serversFrom(options.server, network),
    checkpoint,
    blocks: blocks === undefined ? undefined : integerOption('blocks', blocks, { min: 1, max: MAX_BLOCKS }),
    sources: sourcesFrom(options.source),
    db,
  }
}

function serversFrom(given: readonly string[], network: Network): string[] {
  const beacon = network.servers.filter(({ kind }) => kind === 'beacon').map(({ url }) => url)
  const urls = [...new Set(given.length > 0 ? given : [...beacon, ...stateServersOf(network)])]
  if (urls.length === 0) throw new UsageError('--server is missing, and the network file names no server')
  if (urls.length > MAX_NAMED) throw new UsageError(`${urls.length} servers are named, at most ${MAX_NAMED} are used`)
  for (const url of urls) checkUrl(url)
  return urls
}

function checkUrl(url: string): void {
  try {
    parseServerUrl(url)
  } catch (error) {
    if (error instanceof ServerUrlError) throw new UsageError(`--server: ${error.message}`)
    throw error
  }
}

function sourcesFrom(given: readonly string[]): BeamCommand['sources'] {
  const names = given.flatMap((text) => text.split(','))
  if (names.length === 0 || names.includes('all')) return 'all'
  return names.map((name) => {
    if (isSourceChoice(name)) return name
    throw new UsageError(`--source ${JSON.stringify(name)}: expected some of ${SOURCE_CHOICES.join(', ')}, or all`)
  })
}
