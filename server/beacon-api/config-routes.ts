/** What a node says of its network and of itself. */
import type { ForkName, Network } from '../../src/chain/network.ts'
import { FORK_NAMES } from '../../src/chain/network.ts'
import { hex } from './light-client-json.ts'
import { MAX_REQUEST_LIGHT_CLIENT_UPDATES } from '../../src/network/beacon/constants.ts'
import type { Reply } from './reply.ts'
import { jsonReply } from './reply.ts'
import type { RouteRequest } from './routes.ts'

/** The epoch of a fork that is not scheduled: 2^64 - 1. */
const FAR_FUTURE_EPOCH = '18446744073709551615'

export function genesis({ source: { network } }: RouteRequest): Reply {
  return jsonReply({
    genesis_time: String(network.genesisTime),
    genesis_validators_root: hex(network.genesisValidatorsRoot),
    genesis_fork_version: hex(genesisVersion(network)),
  })
}

export function spec({ source: { network } }: RouteRequest): Reply {
  const { preset } = network
  return jsonReply({
    PRESET_BASE: preset.name,
    CONFIG_NAME: network.name,
    SECONDS_PER_SLOT: String(network.slotSeconds),
    SLOT_DURATION_MS: String(network.slotSeconds * 1000),
    SLOTS_PER_EPOCH: String(preset.slotsPerEpoch),
    EPOCHS_PER_SYNC_COMMITTEE_PERIOD: String(preset.epochsPerSyncCommitteePeriod),
    SYNC_COMMITTEE_SIZE: String(preset.syncCommitteeSize),
    MIN_SYNC_COMMITTEE_PARTICIPANTS: String(preset.minSyncCommitteeParticipants),
    UPDATE_TIMEOUT: String(preset.updateTimeout),
    MAX_REQUEST_LIGHT_CLIENT_UPDATES: String(MAX_REQUEST_LIGHT_CLIENT_UPDATES),
    MIN_GENESIS_TIME: String(network.genesisTime),
    GENESIS_DELAY: '0',
    DEPOSIT_CHAIN_ID: String(network.chainId),
    DEPOSIT_NETWORK_ID: String(network.chainId),
    GENESIS_FORK_VERSION: hex(genesisVersion(network)),
    ...Object.fromEntries(FORK_NAMES.slice(1).flatMap((name) => forkEntries(network, name))),
    BLOB_SCHEDULE: network.blobSchedule.map(({ epoch, maxBlobs }) => ({
      EPOCH: String(epoch),
      MAX_BLOBS_PER_BLOCK: String(maxBlobs),
    })),
  })
}

export function forkSchedule({ source: { network } }: RouteRequest): Reply {
  return jsonReply(
    network.forks.map(({ version, epoch }, i) => ({
      previous_version: hex(network.forks[i - 1]?.version ?? version),
      current_version: hex(version),
      epoch: String(epoch),
    })),
  )
}

export function nodeVersion({ source }: RouteRequest): Reply {
  return jsonReply({ version: source.version })
}

export async function nodeSyncing({ source }: RouteRequest): Promise<Reply> {
  const { block, clockSlot } = await source.head()
  const distance = Math.max(clockSlot - block.header.slot, 0)
  return jsonReply({
    head_slot: String(block.header.slot),
    sync_distance: String(distance),
    // A slot without a block is no reason to call it syncing; Lodestar allows as much.
    is_syncing: distance > 1,
    is_optimistic: false,
    el_offline: false,
  })
}

/** A chain that starts with a later fork has its version from genesis on. */
const genesisVersion = ({ forks }: Network): Uint8Array => forks[0]?.version ?? new Uint8Array(4)

/** A fork before the first one given was over at genesis; one that is not given comes some day or never. */
function forkEntries({ forks }: Network, name: ForkName): [name: string, value: string][] {
  const fork = forks.find((one) => one.name === name)
  const first = forks[0]
  const wasOver = first !== undefined && FORK_NAMES.indexOf(name) < FORK_NAMES.indexOf(first.name)
  const epoch = fork?.epoch ?? (wasOver ? first.epoch : FAR_FUTURE_EPOCH)
  return [
    [`${name.toUpperCase()}_FORK_EPOCH`, String(epoch)],
    [`${name.toUpperCase()}_FORK_VERSION`, hex(fork?.version ?? (wasOver ? first.version : new Uint8Array(4)))],
  ]
}
