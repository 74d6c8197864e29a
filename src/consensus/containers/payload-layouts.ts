/**
 * Layouts of what carries an execution payload (consensus-specs, `beacon-chain.md` of Capella, Deneb, Electra and Gloas):
 * beacon blocks, of which all but the payload and its requests is ignored, and from Gloas on the envelope.
 */
import { bytesToHex } from '@ethereumjs/util'
import type { BeaconPreset } from '../../chain/beacon-preset.ts'
import type { ForkName } from '../../chain/network.ts'
import { DecodeError } from './decode-error.ts'
import { byteList, byteVector, container, list, uint256, uint64, type Layout, type ValueOf } from './plain-ssz.ts'

/** MAX_BYTES_PER_TRANSACTION (Bellatrix). */
const MAX_BYTES_PER_TRANSACTION = 2 ** 30

/**
 * MAX_TRANSACTIONS_PER_PAYLOAD is 2^20, and Gloas has no limit. What block verification takes is far less: so many are 344
 * million gas, and their trie, which is made before anything is proven, takes 0.2 s; that of 2^20 takes 12.
 */
const MAX_TRANSACTIONS = 16_384

/**
 * MAX_WITHDRAWALS_PER_PAYLOAD is 16 (4 in the minimal preset), but chains made for tests have more, and what there is will
 * be proven by a hash. As many as block verification takes.
 */
const MAX_WITHDRAWALS = 16_384

/** MAX_EXTRA_DATA_BYTES (Bellatrix). */
const MAX_EXTRA_DATA_BYTES = 32

/** MAX_DEPOSIT_REQUESTS_PER_PAYLOAD (Electra), the largest of the limits on requests; each is proven by a hash as well. */
const MAX_REQUESTS = 8192

/**
 * Gloas gives access lists no limit in bytes. Its gas does: an entry costs 2,000 gas at least (EIP-7928) and takes some 70
 * bytes, so this is what 480 million gas can buy.
 */
const MAX_ACCESS_LIST_BYTES = 2 ** 24

const bytes32 = byteVector(32)

const withdrawal = container({
  index: uint64,
  validator_index: uint64,
  address: byteVector(20),
  amount: uint64,
})

const capellaPayload = {
  parent_hash: bytes32,
  fee_recipient: byteVector(20),
  state_root: bytes32,
  receipts_root: bytes32,
  logs_bloom: byteVector(256),
  prev_randao: bytes32,
  block_number: uint64,
  gas_limit: uint64,
  gas_used: uint64,
  timestamp: uint64,
  extra_data: byteList(MAX_EXTRA_DATA_BYTES),
  base_fee_per_gas: uint256,
  block_hash: bytes32,
  transactions: list(byteList(MAX_BYTES_PER_TRANSACTION), MAX_TRANSACTIONS),
  withdrawals: list(withdrawal, MAX_WITHDRAWALS),
} as const

const denebPayload = { ...capellaPayload, blob_gas_used: uint64, excess_blob_gas: uint64 } as const

const gloasPayload = {
  ...denebPayload,
  block_access_list: byteList(MAX_ACCESS_LIST_BYTES),
  slot_number: uint64,
} as const

/** The payload of any fork: what later ones added is optional. */
export type WirePayload = ValueOf<{ kind: 'container'; fields: typeof capellaPayload }> &
  Partial<ValueOf<{ kind: 'container'; fields: typeof gloasPayload }>>

/**
 * One list of requests per type, as fixed-size items: their SSZ is the request data of EIP-7685. Deposits are EIP-6110's,
 * withdrawals EIP-7002's, consolidations EIP-7251's.
 */
const electraRequests = {
  deposits: list(
    container({
      pubkey: byteVector(48),
      withdrawal_credentials: bytes32,
      amount: uint64,
      signature: byteVector(96),
      index: uint64,
    }),
    MAX_REQUESTS,
  ),
  withdrawals: list(
    container({ source_address: byteVector(20), validator_pubkey: byteVector(48), amount: uint64 }),
    MAX_REQUESTS,
  ),
  consolidations: list(
    container({ source_address: byteVector(20), source_pubkey: byteVector(48), target_pubkey: byteVector(48) }),
    MAX_REQUESTS,
  ),
} as const

/** With those of builders (EIP-8282). */
const gloasRequests = {
  ...electraRequests,
  builder_deposits: list(
    container({
      pubkey: byteVector(48),
      withdrawal_credentials: bytes32,
      amount: uint64,
      signature: byteVector(96),
    }),
    MAX_REQUESTS,
  ),
  builder_exits: list(container({ source_address: byteVector(20), pubkey: byteVector(48) }), MAX_REQUESTS),
} as const

/** Request types (EIP-6110, EIP-7002, EIP-7251, EIP-8282) in their order, which is that of the container's fields too. */
export const REQUEST_LISTS = [
  { type: 0, name: 'deposits', layout: gloasRequests.deposits },
  { type: 1, name: 'withdrawals', layout: gloasRequests.withdrawals },
  { type: 2, name: 'consolidations', layout: gloasRequests.consolidations },
  { type: 3, name: 'builder_deposits', layout: gloasRequests.builder_deposits },
  { type: 4, name: 'builder_exits', layout: gloasRequests.builder_exits },
] as const

export type WireRequests = ValueOf<{ kind: 'container'; fields: typeof electraRequests }> &
  Partial<ValueOf<{ kind: 'container'; fields: typeof gloasRequests }>>

/** Forks that differ in how a block carries its payload, in their order. */
export const PAYLOAD_FORKS = ['capella', 'deneb', 'electra', 'gloas'] as const
export type PayloadFork = (typeof PAYLOAD_FORKS)[number]

/** @throws {DecodeError} unsupportedFork, before Capella */
export function payloadFork(fork: ForkName, what: string): PayloadFork {
  switch (fork) {
    case 'capella':
    case 'deneb':
    case 'electra':
    case 'gloas':
      return fork
    case 'fulu':
      return 'electra'
    case 'phase0':
    case 'altair':
    case 'bellatrix':
      throw new DecodeError('unsupportedFork', what, `payloads of ${fork}, before Capella, are not read`)
  }
}

export interface WireBlock {
  readonly message: {
    readonly slot: bigint
    readonly proposer_index: bigint
    readonly parent_root: Uint8Array
    readonly state_root: Uint8Array
    readonly body: { readonly execution_payload: WirePayload; readonly execution_requests?: WireRequests }
  }
}

/** SignedBeaconBlock of a fork before Gloas. */
export function blockLayout(fork: Exclude<PayloadFork, 'gloas'>, preset: BeaconPreset): Layout {
  const body = container({
    randao_reveal: ignoredBytes(96),
    eth1_data: { kind: 'ignored', length: 72, json: ETH1_DATA_JSON },
    graffiti: ignoredBytes(32),
    proposer_slashings: ignoredList,
    attester_slashings: ignoredList,
    attestations: ignoredList,
    deposits: ignoredList,
    voluntary_exits: ignoredList,
    sync_aggregate: syncAggregate(preset.syncCommitteeSize),
    execution_payload: container(fork === 'capella' ? capellaPayload : denebPayload),
    bls_to_execution_changes: ignoredList,
    ...(fork !== 'capella' && { blob_kzg_commitments: ignoredList }),
    ...(fork === 'electra' && { execution_requests: container(electraRequests) }),
  })
  const message = container({
    slot: uint64,
    proposer_index: uint64,
    parent_root: bytes32,
    state_root: bytes32,
    body,
  })
  return container({ message, signature: ignoredBytes(96) })
}

/** SignedExecutionPayloadEnvelope (Gloas). */
export const envelopeLayout = container({
  message: container({
    payload: container(gloasPayload),
    execution_requests: container(gloasRequests),
    builder_index: uint64,
    beacon_block_root: bytes32,
    parent_beacon_block_root: bytes32,
  }),
  signature: ignoredBytes(96),
})

function zeroHex(length: number) {
  return bytesToHex(new Uint8Array(length))
}

function ignoredBytes(length: number) {
  return { kind: 'ignored', length, json: zeroHex(length) } as const
}

const ignoredList = { kind: 'ignored', length: 'variable', json: [] } as const

const ETH1_DATA_JSON = { deposit_root: zeroHex(32), deposit_count: '0', block_hash: zeroHex(32) }

function syncAggregate(committeeSize: number): Layout {
  const json = { sync_committee_bits: zeroHex(committeeSize / 8), sync_committee_signature: zeroHex(96) }
  return { kind: 'ignored', length: committeeSize / 8 + 96, json }
}
