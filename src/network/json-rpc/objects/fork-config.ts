/** What a fork is made of, as `eth_config` tells it (EIP-7910). */
import type { BlobParams, ExecutionSchedule } from '../../../chain/execution-schedule.ts'
import type { Hash } from '../../../chain/bytes.ts'
import { data, quantity } from '../hex.ts'
import type { JsonObject } from '../json.ts'
import { forkHash } from './fork-hash.ts'

/** A moment from which on the same rules hold. */
interface Fork {
  /** Seconds since 1970; 0 for what began by block number. */
  readonly activationTime: number
  readonly blobs: BlobParams | undefined
}

/**
 * The rules at a time, those that follow, and the last that are scheduled.
 * @param at time of the head, seconds since 1970
 */
export function forkConfigs(
  schedule: ExecutionSchedule,
  genesis: { readonly hash: Hash; readonly timestamp: number },
  at: number,
): JsonObject {
  const forks = forksByTime(schedule)
  const current = forks.findLast(({ activationTime }) => activationTime <= at) ?? forks[0]!
  const later = forks.filter(({ activationTime }) => activationTime > at)
  const shown = (fork: Fork | undefined): JsonObject | null =>
    fork === undefined ? null : forkConfig(schedule, genesis, fork)
  return { current: shown(current), next: shown(later[0]), last: shown(later.at(-1)) }
}

/** Forks at the same time are one. */
function forksByTime({ timeForks }: ExecutionSchedule): Fork[] {
  const forks: Fork[] = [{ activationTime: 0, blobs: undefined }]
  for (const { timestamp, blobs } of timeForks) {
    if (forks.at(-1)?.activationTime === timestamp) forks.pop()
    forks.push({ activationTime: timestamp, blobs })
  }
  return forks
}

function forkConfig(
  schedule: ExecutionSchedule,
  genesis: { readonly hash: Hash; readonly timestamp: number },
  { activationTime, blobs }: Fork,
): JsonObject {
  const names = activeForks(schedule, activationTime)
  return {
    activationTime,
    blobSchedule: blobs === undefined ? null : { ...blobs },
    chainId: quantity(schedule.chainId),
    forkId: data(forkHash(schedule, genesis, activationTime)),
    precompiles: Object.fromEntries(PRECOMPILES.filter(({ since }) => names.has(since)).flatMap(({ named }) => named)),
    systemContracts: systemContracts(names, schedule.depositContract),
  }
}

/** By the time a fork by time begins, all forks by number have. */
function activeForks({ timeForks, blockForks }: ExecutionSchedule, time: number): ReadonlySet<string> {
  const byTime = timeForks.filter(({ timestamp }) => timestamp <= time)
  return new Set(['chainstart', ...blockForks.map(({ name }) => name), ...byTime.map(({ name }) => name)])
}

const precompile = (name: string, address: number): readonly [string, string] => [
  name,
  `0x${address.toString(16).padStart(40, '0')}`,
]

/** Names: EIP-7910 and the EIPs that brought them. */
const PRECOMPILES = [
  {
    since: 'chainstart',
    named: [precompile('ECREC', 1), precompile('SHA256', 2), precompile('RIPEMD160', 3), precompile('ID', 4)],
  },
  {
    since: 'byzantium',
    named: [
      precompile('MODEXP', 5),
      precompile('BN254_ADD', 6),
      precompile('BN254_MUL', 7),
      precompile('BN254_PAIRING', 8),
    ],
  },
  { since: 'istanbul', named: [precompile('BLAKE2F', 9)] },
  { since: 'cancun', named: [precompile('KZG_POINT_EVALUATION', 10)] },
  {
    since: 'prague',
    named: [
      precompile('BLS12_G1ADD', 11),
      precompile('BLS12_G1MSM', 12),
      precompile('BLS12_G2ADD', 13),
      precompile('BLS12_G2MSM', 14),
      precompile('BLS12_PAIRING_CHECK', 15),
      precompile('BLS12_MAP_FP_TO_G1', 16),
      precompile('BLS12_MAP_FP2_TO_G2', 17),
    ],
  },
  { since: 'osaka', named: [precompile('P256VERIFY', 0x100)] },
] as const

/** EIP-4788, EIP-2935, EIP-6110, EIP-7002, EIP-7251. */
function systemContracts(forks: ReadonlySet<string>, depositContract: Uint8Array | undefined): JsonObject {
  return {
    ...(forks.has('cancun') && { BEACON_ROOTS_ADDRESS: '0x000f3df6d732807ef1319fb7b8bb8522d0beac02' }),
    ...(forks.has('prague') && {
      HISTORY_STORAGE_ADDRESS: '0x0000f90827f1c53a10cb7a02335b175320002935',
      DEPOSIT_CONTRACT_ADDRESS: depositContract === undefined ? MAINNET_DEPOSITS : data(depositContract),
      WITHDRAWAL_REQUEST_PREDEPLOY_ADDRESS: '0x00000961ef480eb55e80d19ad83579a64c007002',
      CONSOLIDATION_REQUEST_PREDEPLOY_ADDRESS: '0x0000bbddc7ce488642fb579f8b00f3a590007251',
    }),
  }
}

/** Where a configuration names none. */
const MAINNET_DEPOSITS = '0x00000000219ab540356cbb839cbe05303d7705fa'
