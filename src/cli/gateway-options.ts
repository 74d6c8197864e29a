/** The arguments of `gateway`. */
import { resolve } from 'node:path'
import type { DevnetOptions } from '../../server/devnet/start-devnet.ts'
import type { GatewayLimits } from '../../server/gateway/limits/gateway-limits.ts'
import type { HostOptions } from '../../server/gateway/options/devnet-options.ts'
import {
  ageOption,
  blocksOption,
  DEVNET_OPTION_NAMES,
  devnetOptions,
  hostOptions,
} from '../../server/gateway/options/devnet-options.ts'
import type { LimitOptionName } from '../../server/gateway/options/limit-options.ts'
import { LIMIT_OPTION_NAMES, LIMIT_USAGE, limitOptions } from '../../server/gateway/options/limit-options.ts'
import { numberOption } from '../../server/gateway/options/number-option.ts'
import { OptionError } from '../../server/gateway/options/option-error.ts'
import { CONDITION_OPTION_NAMES, orderOptions } from '../../server/gateway/options/order-options.ts'
import type { GatewayOrders } from '../../server/gateway/orders.ts'
import { FAULT_NAMES } from '../../server/faults/named-faults.ts'
import type { Network } from '../chain/network.ts'
import { parseServerUrl } from '../network/http/server-url.ts'
import type { OptionKind } from './args.ts'
import { parseCommandLine, UsageError } from './args.ts'
import { networkFileOption, networkOption, type NetworkFileOption } from './network-option.ts'

export const GATEWAY_USAGE = `usage: npm run -s gateway -- MODE [--port N] [OPTION...]
modes:
  --devnet                       a chain of its own: real blocks under real consensus objects
  --files DIR                    recorded blocks (stateless-block/1) of one network, in a chain of its own
  --genesis FILE --chain FILE    a chain of another's making (geth's genesis, blocks as RLP), imported
  --execution-head URL           beacon blocks of its own on top of an execution client's head
  --beacon URL... --execution URL... --network NAME|FILE
                                 relays beacon nodes and execution clients; everything is for the client to check
options:
  --port N                       of 127.0.0.1; 0, the default, picks one
  --seed TEXT                    of the chain, conditions and faults
  --slot SECONDS                 default 4                          (all but relays)
  --preset mainnet|minimal       default mainnet                    (all but relays)
  --age PERIODS                  age of the chain at the start, at most 256 (all but relays; default 3)
  --start-time SECONDS           when it began to run, since 1970   (devnet; default now): equal options
                                 with it give equal chains
  --forks NAME:EPOCH,...         capella:0,deneb:0,electra:2,...    (devnet)
  --as mainnet                   mainnet's genesis, root and forks  (devnet)
  --accounts N                   of the genesis, default 100,000    (devnet)
  --slots N                      blocks with workload before the start (devnet)
  --gas MGAS                     workload of a block                (devnet)
  --participation 0..1           of sync committees                 (devnet)
  --blocks N                     stops growing after N more blocks  (devnet); serves the last N (files)
  --network NAME|FILE            which recorded blocks, default mainnet (files); of the nodes (relays);
                                 the client's rules, default what it tells (--execution-head)
  --latency MS, --jitter MS, --loss 0..1, --bandwidth BYTES_PER_S   of answers
  --fault KIND[:RATE][@ROUTE]    may be repeated; also at /beamtab/control (devnet and files)
                                 ${FAULT_NAMES.slice(0, 7).join(', ')},
                                 ${FAULT_NAMES.slice(7).join(', ')}
  --without NAME                 a JSON-RPC method, or a namespace (debug), that it does not have,
                                 as many nodes do not; may be repeated
limits:
${LIMIT_USAGE}`

export type GatewayMode =
  | { readonly kind: 'devnet'; readonly options: DevnetOptions }
  | {
      readonly kind: 'files'
      readonly folder: string
      /** A built-in name, or the path of a network file that can be read. */
      readonly network: string
      readonly host: HostOptions
      readonly agePeriods: number | undefined
      readonly blocks: number | undefined
    }
  | {
      readonly kind: 'imported'
      readonly genesis: string
      readonly chain: string
      readonly host: HostOptions
      readonly agePeriods: number | undefined
    }
  | {
      readonly kind: 'executionHead'
      readonly url: string
      /** geth's "config" object of the client's chain; undefined: what the client tells. */
      readonly rules: Readonly<Record<string, unknown>> | undefined
      readonly host: HostOptions
      readonly agePeriods: number | undefined
      readonly cacheFolder: string
    }
  | {
      readonly kind: 'relay'
      readonly beacon: readonly string[]
      readonly execution: readonly string[]
      readonly network: Network
      /** The network's file as a JSON value. */
      readonly file: Readonly<Record<string, unknown>>
      readonly cacheFolder: string
    }

export interface GatewayCommand {
  readonly mode: GatewayMode
  readonly port: number
  readonly seed: string | undefined
  readonly limits: Partial<GatewayLimits>
  readonly orders: GatewayOrders
  /** JSON-RPC methods and namespaces. */
  readonly without: readonly string[]
}

type ModeKind = GatewayMode['kind']

/** Options that only some modes take; the others are everybody's. */
const TAKEN_BY: Readonly<Record<string, readonly ModeKind[]>> = {
  slot: ['devnet', 'files', 'imported', 'executionHead'],
  preset: ['devnet', 'files', 'imported', 'executionHead'],
  age: ['devnet', 'files', 'imported', 'executionHead'],
  forks: ['devnet'],
  as: ['devnet'],
  accounts: ['devnet'],
  slots: ['devnet'],
  gas: ['devnet'],
  participation: ['devnet'],
  blocks: ['devnet', 'files'],
  fault: ['devnet', 'files'],
  network: ['files', 'executionHead', 'relay'],
}

const OWN_OPTIONS = {
  devnet: 'flag',
  files: 'string',
  genesis: 'string',
  chain: 'string',
  'execution-head': 'string',
  beacon: 'strings',
  execution: 'strings',
  network: 'string',
  port: 'string',
  fault: 'strings',
  without: 'strings',
} as const satisfies Record<string, OptionKind>

const texts = <Name extends string>(names: readonly Name[]): Record<Name, 'string'> =>
  Object.fromEntries(names.map((name) => [name, 'string'])) as Record<Name, 'string'>

/** @throws {UsageError} */
export async function gatewayCommand(argv: readonly string[]): Promise<GatewayCommand> {
  try {
    return await readCommand(argv)
  } catch (error) {
    if (error instanceof OptionError) throw new UsageError(error.message)
    throw error
  }
}

type Options = ReturnType<typeof parsed>['options']

function parsed(argv: readonly string[]) {
  return parseCommandLine(argv, {
    ...OWN_OPTIONS,
    ...texts(DEVNET_OPTION_NAMES),
    ...texts(CONDITION_OPTION_NAMES),
    ...texts<LimitOptionName>(LIMIT_OPTION_NAMES),
  })
}

async function readCommand(argv: readonly string[]): Promise<GatewayCommand> {
  const { options, positionals } = parsed(argv)
  if (positionals.length > 0) throw new UsageError(`${positionals[0]} belongs to no option`)
  const kind = modeKind(options)
  for (const [name, takers] of Object.entries(TAKEN_BY)) {
    const value = options[name as keyof Options]
    const isGiven = value !== undefined && !(Array.isArray(value) && value.length === 0)
    if (isGiven && !takers.includes(kind)) throw new UsageError(`--${name} has no meaning with ${MODE_OPTIONS[kind]}`)
  }
  return {
    port: numberOption('port', options.port, { min: 0, max: 65_535, kind: 'whole' }) ?? 0,
    seed: options.seed,
    limits: limitOptions(options),
    orders: orderOptions(options),
    without: options.without.map(methodOption),
    mode: await modeOf(kind, options),
  }
}

const MODE_OPTIONS: Readonly<Record<ModeKind, string>> = {
  devnet: '--devnet',
  files: '--files',
  imported: '--genesis and --chain',
  executionHead: '--execution-head',
  relay: '--beacon and --execution',
}

function modeKind(options: Options): ModeKind {
  const given: Readonly<Record<ModeKind, boolean>> = {
    // A devnet whose execution is another's is what --execution-head alone means too.
    devnet: options.devnet && options['execution-head'] === undefined,
    files: options.files !== undefined,
    imported: options.genesis !== undefined || options.chain !== undefined,
    executionHead: options['execution-head'] !== undefined,
    relay: options.beacon.length > 0 || options.execution.length > 0,
  }
  const kinds = (Object.keys(given) as ModeKind[]).filter((kind) => given[kind])
  const [kind] = kinds
  if (kind === undefined) throw new UsageError(`no mode: give one of ${Object.values(MODE_OPTIONS).join('; ')}`)
  if (kinds.length > 1) {
    throw new UsageError(`${kinds.map((one) => MODE_OPTIONS[one]).join(' and ')} exclude each other`)
  }
  return kind
}

async function modeOf(kind: ModeKind, options: Options): Promise<GatewayMode> {
  const host = hostOptions(options)
  const agePeriods = ageOption(options)
  switch (kind) {
    case 'devnet':
      return { kind, options: devnetOptions(options, ROOT) }
    case 'files': {
      const network = options.network ?? 'mainnet'
      await networkOption(network)
      return { kind, folder: given(options.files), network, host, agePeriods, blocks: blocksOption(options) }
    }
    case 'imported': {
      const { genesis, chain } = options
      if (genesis === undefined || chain === undefined) throw new UsageError('--genesis and --chain belong together')
      return { kind, genesis: given(genesis), chain: given(chain), host, agePeriods }
    }
    case 'executionHead':
      return {
        kind,
        url: urlOption('execution-head', options['execution-head'] ?? ''),
        rules: options.network === undefined ? undefined : executionRules(await networkFileOption(options.network)),
        host,
        agePeriods,
        cacheFolder: resolve(ROOT, RELAY_CACHE),
      }
    case 'relay': {
      const { beacon, execution } = options
      if (beacon.length === 0) throw new UsageError('--beacon is missing: --execution alone has no signed heads')
      return {
        kind,
        beacon: beacon.map((url) => urlOption('beacon', url)),
        execution: execution.map((url) => urlOption('execution', url)),
        ...(await relayedNetwork(options)),
        cacheFolder: resolve(ROOT, RELAY_CACHE),
      }
    }
  }
}

/** @throws {UsageError} */
async function relayedNetwork({ network, execution }: Options): Promise<NetworkFileOption> {
  const known = await networkFileOption(network)
  if (execution.length === 0) throw new UsageError('--execution is missing: --beacon alone has no states')
  return known
}

/** What has been parsed as a network file has them. */
const executionRules = ({ file }: NetworkFileOption) => file['execution'] as Readonly<Record<string, unknown>>

const ROOT = resolve(import.meta.dirname, '../..')

/** Where witnesses of relayed chains are kept, below the project's root. */
const RELAY_CACHE = '.cache/relay'

/** `debug`, `eth_getProof`. */
function methodOption(text: string): string {
  if (/^[a-z0-9]+(_[a-zA-Z0-9]+)?$/.test(text)) return text
  throw new UsageError(`--without ${JSON.stringify(text)}: expected the name of a JSON-RPC method or namespace`)
}

function given(text: string | undefined): string {
  if (text !== undefined && text !== '') return text
  throw new UsageError('the name of a file or folder is empty')
}

function urlOption(name: string, text: string): string {
  try {
    parseServerUrl(text)
    return text
  } catch (error) {
    throw new UsageError(`--${name} ${JSON.stringify(text)}: ${(error as Error).message}`)
  }
}
