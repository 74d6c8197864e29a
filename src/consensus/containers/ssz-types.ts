/**
 * SSZ types of the light-client containers (consensus-specs, `light-client/sync-protocol.md` of each fork). The field
 * order is the same in every fork; header and branch lengths change. Bellatrix has Altair's containers, Fulu Electra's. From
 * Gloas on a header names the execution block by its hash alone, so that no message has a part of variable size.
 */
import './sha256-hasher.ts'
import type { ValueOf } from '@chainsafe/ssz'
import {
  BitVectorType,
  ByteVectorType,
  ContainerType,
  UintBigintType,
  UintNumberType,
  VectorCompositeType,
} from '@chainsafe/ssz'
import type { BeaconPreset, PresetName } from '../../chain/beacon-preset.ts'
import { ExtraDataType } from './extra-data-type.ts'

/** The forks that changed a light-client container. */
export type ContainerFork = 'altair' | 'capella' | 'deneb' | 'electra' | 'gloas'

const options = { jsonCase: 'eth2' } as const

const bytes20 = new ByteVectorType(20)
const bytes32 = new ByteVectorType(32)
const bytes48 = new ByteVectorType(48)
const bytes96 = new ByteVectorType(96)
const uint64 = new UintNumberType(8)

export const BeaconBlockHeaderType = new ContainerType(
  { slot: uint64, proposerIndex: uint64, parentRoot: bytes32, stateRoot: bytes32, bodyRoot: bytes32 },
  options,
)
export type BeaconBlockHeader = ValueOf<typeof BeaconBlockHeaderType>

export const SigningDataType = new ContainerType({ objectRoot: bytes32, domain: bytes32 }, options)

const capellaExecutionFields = {
  parentHash: bytes32,
  feeRecipient: bytes20,
  stateRoot: bytes32,
  receiptsRoot: bytes32,
  logsBloom: new ByteVectorType(256),
  prevRandao: bytes32,
  blockNumber: uint64,
  gasLimit: uint64,
  gasUsed: uint64,
  timestamp: uint64,
  extraData: new ExtraDataType(),
  baseFeePerGas: new UintBigintType(32),
  blockHash: bytes32,
  transactionsRoot: bytes32,
  withdrawalsRoot: bytes32,
}

export const CapellaExecutionHeaderType = new ContainerType(capellaExecutionFields, options)
export type CapellaExecutionHeader = ValueOf<typeof CapellaExecutionHeaderType>

export const DenebExecutionHeaderType = new ContainerType(
  { ...capellaExecutionFields, blobGasUsed: uint64, excessBlobGas: uint64 },
  options,
)
export type DenebExecutionHeader = ValueOf<typeof DenebExecutionHeaderType>

/** What the codecs below give; it follows the wire, so absent parts are all zero. */
export interface WireHeader {
  readonly beacon: BeaconBlockHeader
  /** Capella to Fulu. */
  readonly execution?: CapellaExecutionHeader | DenebExecutionHeader
  /** Gloas. */
  readonly executionBlockHash?: Uint8Array
  readonly executionBranch?: Uint8Array[]
}

/** The parts of {@link ContainerType} used here, so that the containers of all forks have one type. */
export interface Codec<T> {
  readonly fixedSize: number | null
  readonly minSize: number
  readonly maxSize: number
  deserialize(bytes: Uint8Array): T
  serialize(value: T): Uint8Array
  fromJson(json: unknown): T
  toJson(value: T): unknown
  hashTreeRoot(value: T): Uint8Array
  equals(a: T, b: T): boolean
  defaultValue(): T
}

const branch = (depth: number) => new VectorCompositeType(bytes32, depth)

/** floorlog2(EXECUTION_PAYLOAD_GINDEX): the execution header's depth in the block body. */
const EXECUTION_DEPTH = 4

/**
 * floorlog2(EXECUTION_BLOCK_HASH_GINDEX_GLOAS): the depth of the execution block's hash in a block body of Gloas, whose
 * containers are progressive (EIP-7688).
 */
export const EXECUTION_BLOCK_HASH_DEPTH = 11

const AltairHeaderType = new ContainerType({ beacon: BeaconBlockHeaderType }, options)
const CapellaHeaderType = new ContainerType(
  { beacon: BeaconBlockHeaderType, execution: CapellaExecutionHeaderType, executionBranch: branch(EXECUTION_DEPTH) },
  options,
)
const DenebHeaderType = new ContainerType(
  { beacon: BeaconBlockHeaderType, execution: DenebExecutionHeaderType, executionBranch: branch(EXECUTION_DEPTH) },
  options,
)
const GloasHeaderType = new ContainerType(
  {
    beacon: BeaconBlockHeaderType,
    executionBlockHash: bytes32,
    executionBranch: branch(EXECUTION_BLOCK_HASH_DEPTH),
  },
  options,
)

function syncCommitteeType(size: number) {
  return new ContainerType({ pubkeys: new VectorCompositeType(bytes48, size), aggregatePubkey: bytes48 }, options)
}
export type SyncCommittee = ValueOf<ReturnType<typeof syncCommitteeType>>

function syncAggregateType(size: number) {
  return new ContainerType({ syncCommitteeBits: new BitVectorType(size), syncCommitteeSignature: bytes96 }, options)
}
export type SyncAggregate = ValueOf<ReturnType<typeof syncAggregateType>>

/**
 * The messages of one fork.
 * @param header the header's type; all of them have the shape of {@link WireHeader}
 * @param committeeDepth of a sync committee in the state
 * @param finalityDepth of the finalized checkpoint's root in the state
 */
function messageTypes(
  header: typeof AltairHeaderType | typeof CapellaHeaderType | typeof DenebHeaderType | typeof GloasHeaderType,
  committeeDepth: number,
  finalityDepth: number,
  size: number,
) {
  // The header types differ only in fields that WireHeader has as optional.
  const headerType = header as typeof AltairHeaderType
  const committee = syncCommitteeType(size)
  const attested = { attestedHeader: headerType }
  const finality = { finalizedHeader: headerType, finalityBranch: branch(finalityDepth) }
  const signature = { syncAggregate: syncAggregateType(size), signatureSlot: uint64 }
  const bootstrap = new ContainerType(
    { header: headerType, currentSyncCommittee: committee, currentSyncCommitteeBranch: branch(committeeDepth) },
    options,
  )
  const update = new ContainerType(
    {
      ...attested,
      nextSyncCommittee: committee,
      nextSyncCommitteeBranch: branch(committeeDepth),
      ...finality,
      ...signature,
    },
    options,
  )
  return {
    bootstrap: bootstrap as Codec<WireBootstrap>,
    update: update as Codec<WireUpdate>,
    finalityUpdate: new ContainerType({ ...attested, ...finality, ...signature }, options) as Codec<WireFinalityUpdate>,
    optimisticUpdate: new ContainerType({ ...attested, ...signature }, options) as Codec<WireOptimisticUpdate>,
  }
}

export interface WireBootstrap {
  readonly header: WireHeader
  readonly currentSyncCommittee: SyncCommittee
  readonly currentSyncCommitteeBranch: Uint8Array[]
}

export interface WireOptimisticUpdate {
  readonly attestedHeader: WireHeader
  readonly syncAggregate: SyncAggregate
  readonly signatureSlot: number
}

export interface WireFinalityUpdate extends WireOptimisticUpdate {
  readonly finalizedHeader: WireHeader
  readonly finalityBranch: Uint8Array[]
}

export interface WireUpdate extends WireFinalityUpdate {
  readonly nextSyncCommittee: SyncCommittee
  readonly nextSyncCommitteeBranch: Uint8Array[]
}

function typesOfPreset(size: number) {
  return {
    syncCommittee: syncCommitteeType(size),
    messages: {
      altair: messageTypes(AltairHeaderType, 5, 6, size),
      capella: messageTypes(CapellaHeaderType, 5, 6, size),
      deneb: messageTypes(DenebHeaderType, 5, 6, size),
      electra: messageTypes(DenebHeaderType, 6, 7, size),
      gloas: messageTypes(GloasHeaderType, 11, 9, size),
    } satisfies Record<ContainerFork, unknown>,
  }
}

const built = new Map<PresetName, ReturnType<typeof typesOfPreset>>()

/** The types for a preset, built when first asked for. */
export function lightClientTypes(preset: BeaconPreset): ReturnType<typeof typesOfPreset> {
  const known = built.get(preset.name)
  if (known !== undefined) return known
  const types = typesOfPreset(preset.syncCommitteeSize)
  built.set(preset.name, types)
  return types
}

/** hash_tree_root(SigningData(object_root, domain)): what is signed. */
export const signingRoot = (objectRoot: Uint8Array, domain: Uint8Array): Uint8Array =>
  SigningDataType.hashTreeRoot({ objectRoot, domain })

/** ForkDigest: the first 4 bytes of a fork's data root. */
export const FORK_DIGEST_LENGTH = 4
