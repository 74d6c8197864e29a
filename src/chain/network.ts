/**
 * A network: its two layers' identities, forks and blob schedules. The file format (docs: "Network file") is the only
 * source; built-in networks are such files too. From it come the beacon configuration and the EthereumJS `Common`.
 */
import type { BeaconPreset } from './beacon-preset.ts'
import { PRESET_NAMES, presetByName } from './beacon-preset.ts'
import type { Root } from './bytes.ts'
import { asRoot } from './bytes.ts'
import { ConfigValue } from './config-value.ts'
import type { ExecutionSchedule } from './execution-schedule.ts'
import { readExecutionSchedule } from './execution-schedule.ts'
import { holesky } from './networks/holesky.ts'
import { hoodi } from './networks/hoodi.ts'
import { mainnet } from './networks/mainnet.ts'
import { sepolia } from './networks/sepolia.ts'

export const FORK_NAMES = ['phase0', 'altair', 'bellatrix', 'capella', 'deneb', 'electra', 'fulu', 'gloas'] as const
export type ForkName = (typeof FORK_NAMES)[number]

export interface BeaconFork {
  readonly name: ForkName
  readonly epoch: number
  /** 4 bytes. */
  readonly version: Uint8Array
}

/** An entry of BLOB_SCHEDULE (EIP-7892): from `epoch` on a block carries at most `maxBlobs`. */
export interface BlobLimit {
  readonly epoch: number
  readonly maxBlobs: number
}

export interface Server {
  readonly kind: 'beacon' | 'execution' | 'gateway'
  readonly url: string
}

export interface Network {
  readonly name: string
  readonly chainId: number
  readonly preset: BeaconPreset
  readonly slotSeconds: number
  /** Seconds since 1970. */
  readonly genesisTime: number
  readonly genesisValidatorsRoot: Root
  /** In the order of their epochs; several may share one, the last then counts. */
  readonly forks: readonly BeaconFork[]
  /** In the order of their epochs. */
  readonly blobSchedule: readonly BlobLimit[]
  /** Age in epochs past which a checkpoint is refused; null where nobody can have sold old keys (a devnet). */
  readonly weakSubjectivityEpochs: number | null
  readonly execution: ExecutionSchedule
  readonly checkpoint: { readonly root: Root; readonly epoch: number } | null
  readonly servers: readonly Server[]
}

/** The part of a {@link Network} that execution needs; a stateless block may bring just this. */
export type ExecutionNetwork = Pick<Network, 'name' | 'chainId' | 'execution'>

export class UnknownNetworkError extends Error {
  override name = 'UnknownNetworkError'
}

const BUILT_IN_FILES: Readonly<Record<string, unknown>> = { mainnet, sepolia, hoodi, holesky }
const parsed = new Map<string, Network>()

export const NETWORK_NAMES: readonly string[] = Object.keys(BUILT_IN_FILES)

/** @throws {UnknownNetworkError} when no network of that name is built in */
export function networkByName(name: string): Network {
  const known = parsed.get(name)
  if (known !== undefined) return known
  if (!NETWORK_NAMES.includes(name)) {
    throw new UnknownNetworkError(
      `no network is called "${name}"; known are ${NETWORK_NAMES.join(', ')}, or give a file`,
    )
  }
  const network = parseNetworkFile(BUILT_IN_FILES[name])
  parsed.set(name, network)
  return network
}

/** The file of a built-in network, as a JSON value. @throws {UnknownNetworkError} as {@link networkByName} */
export function networkFileByName(name: string): unknown {
  networkByName(name)
  return BUILT_IN_FILES[name]
}

/** The built-in network with that chain id, if there is one. */
export function networkForChainId(chainId: number): Network | undefined {
  return NETWORK_NAMES.map(networkByName).find((network) => network.chainId === chainId)
}

/**
 * Reads a network file. Forks and blob limits without an epoch, or with FAR_FUTURE_EPOCH, are unscheduled and left out.
 * @throws {NetworkConfigError} that names the first field with another shape
 */
export function parseNetworkFile(json: unknown): Network {
  const file = new ConfigValue(json, 'network')
  const chainId = file.get('chainId').integer()
  const execution = readExecutionSchedule(file.get('execution'))
  if (execution.chainId !== chainId) file.get('execution').get('chainId').fail(`${chainId}, the network's chain id`)
  return {
    name: file.get('name').text(),
    chainId,
    preset: presetByName(file.get('preset').oneOf(PRESET_NAMES)),
    slotSeconds: file.get('slotSeconds').positive(),
    genesisTime: file.get('genesisTime').integer(),
    genesisValidatorsRoot: asRoot(file.get('genesisValidatorsRoot').bytes(32)),
    forks: readForks(file.get('forks')),
    blobSchedule: readBlobSchedule(file.get('blobSchedule')),
    weakSubjectivityEpochs: optional(file.get('weakSubjectivityEpochs'), (value) => value.integer()),
    execution,
    checkpoint: optional(file.get('checkpoint'), (value) => ({
      root: asRoot(value.get('root').bytes(32)),
      epoch: value.get('epoch').integer(),
    })),
    servers: optional(file.get('servers'), (value) => value.list().map(readServer)) ?? [],
  }
}

/** An execution-only network from a geth genesis "config" object. @throws {NetworkConfigError} */
export function executionConfigOnly(config: unknown): ExecutionNetwork {
  const execution = readExecutionSchedule(new ConfigValue(config, 'config'))
  return { name: networkForChainId(execution.chainId)?.name ?? 'custom', chainId: execution.chainId, execution }
}

function readForks(value: ConfigValue): BeaconFork[] {
  const scheduled = value.list().filter((item) => isScheduled(item.get('epoch')))
  const forks = scheduled.map((item) => ({
    name: item.get('name').oneOf(FORK_NAMES),
    epoch: item.get('epoch').integer(),
    version: item.get('version').bytes(4),
  }))
  if (forks.length === 0) value.fail('at least one scheduled fork')
  for (const [i, fork] of forks.entries()) {
    const before = forks[i - 1]
    if (before === undefined) continue
    if (fork.epoch < before.epoch) scheduled[i]?.get('epoch').fail(`at least ${before.epoch}, the fork before it`)
    if (FORK_NAMES.indexOf(fork.name) <= FORK_NAMES.indexOf(before.name)) {
      scheduled[i]?.get('name').fail(`a fork after ${before.name}`)
    }
  }
  return forks
}

function readBlobSchedule(value: ConfigValue): BlobLimit[] {
  const entries = value
    .list()
    .filter((item) => isScheduled(item.get('epoch')))
    .map((item) => ({ epoch: item.get('epoch').integer(), maxBlobs: item.get('maxBlobs').integer() }))
  return entries.sort((a, b) => a.epoch - b.epoch)
}

function readServer(value: ConfigValue): Server {
  return { kind: value.get('kind').oneOf(['beacon', 'execution', 'gateway']), url: value.get('url').text() }
}

/** FAR_FUTURE_EPOCH is 2^64 - 1, which JSON cannot hold exactly; nothing real is near it. */
function isScheduled(epoch: ConfigValue): boolean {
  return !epoch.absent && !(typeof epoch.value === 'number' && epoch.value > Number.MAX_SAFE_INTEGER)
}

function optional<T>(value: ConfigValue, read: (value: ConfigValue) => T): T | null {
  return value.absent ? null : read(value)
}
