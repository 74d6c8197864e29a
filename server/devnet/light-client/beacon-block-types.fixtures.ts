/**
 * SignedBeaconBlock of each fork as `@chainsafe/ssz` types, written down from consensus-specs (`beacon-chain.md` of
 * Capella to Gloas), so that what generated blocks are made of is measured by something else.
 */
import {
  BitArray,
  BitVectorType,
  ByteListType,
  ByteVectorType,
  ContainerType,
  ListCompositeType,
  ProgressiveContainerType,
  ProgressiveListCompositeType,
  UintBigintType,
  UintNumberType,
  type CompositeType,
  type Type,
} from '@chainsafe/ssz'
import type { PresetName } from '../../../src/chain/beacon-preset.ts'

const bytes20 = new ByteVectorType(20)
const bytes32 = new ByteVectorType(32)
const bytes48 = new ByteVectorType(48)
const bytes96 = new ByteVectorType(96)
const uint64 = new UintNumberType(8)
/** Of any size. */
const amount = new UintBigintType(8)
const options = { jsonCase: 'eth2' } as const

type AnyComposite = CompositeType<unknown, unknown, unknown>
type Fields = Readonly<Record<string, Type<unknown>>>

const container = (fields: Fields) => new ContainerType({ ...fields }, options)
const progressive = (fields: Fields) =>
  new ProgressiveContainerType({ ...fields }, BitArray.fromBoolArray(Object.keys(fields).map(() => true)), options)
const list = (item: unknown, limit: number) => new ListCompositeType(item as AnyComposite, limit)
const progressiveList = (item: unknown) => new ProgressiveListCompositeType(item as AnyComposite)

/** Operations of which no block here has any: the root of an empty list does not depend on its items. */
const operation = bytes32

const eth1Data = container({ depositRoot: bytes32, depositCount: uint64, blockHash: bytes32 })
const withdrawal = container({ index: uint64, validatorIndex: uint64, address: bytes20, amount: uint64 })
const commitment = bytes48

const syncAggregate = (size: number) =>
  container({ syncCommitteeBits: new BitVectorType(size), syncCommitteeSignature: bytes96 })

const depositRequest = container({
  pubkey: bytes48,
  withdrawalCredentials: bytes32,
  amount,
  signature: bytes96,
  index: amount,
})
const withdrawalRequest = container({ sourceAddress: bytes20, validatorPubkey: bytes48, amount })
const consolidationRequest = container({ sourceAddress: bytes20, sourcePubkey: bytes48, targetPubkey: bytes48 })
const builderDeposit = container({
  pubkey: bytes48,
  withdrawalCredentials: bytes32,
  amount,
  signature: bytes96,
})
const builderExit = container({ sourceAddress: bytes20, pubkey: bytes48 })

const electraRequests = container({
  deposits: list(depositRequest, 8192),
  withdrawals: list(withdrawalRequest, 16),
  consolidations: list(consolidationRequest, 2),
})
const gloasRequests = progressive({
  deposits: progressiveList(depositRequest),
  withdrawals: progressiveList(withdrawalRequest),
  consolidations: progressiveList(consolidationRequest),
  builderDeposits: progressiveList(builderDeposit),
  builderExits: progressiveList(builderExit),
})

function payload(fork: 'capella' | 'deneb', maxWithdrawals: number) {
  return container({
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
    extraData: new ByteListType(32),
    baseFeePerGas: new UintBigintType(32),
    blockHash: bytes32,
    transactions: list(new ByteListType(2 ** 30), 2 ** 20),
    withdrawals: list(withdrawal, maxWithdrawals),
    ...(fork === 'deneb' && { blobGasUsed: uint64, excessBlobGas: uint64 }),
  })
}

const bid = progressive({
  parentBlockHash: bytes32,
  parentBlockRoot: bytes32,
  blockHash: bytes32,
  prevRandao: bytes32,
  feeRecipient: bytes20,
  gasLimit: uint64,
  builderIndex: uint64,
  slot: uint64,
  value: uint64,
  executionPayment: uint64,
  blobKzgCommitments: progressiveList(commitment),
  executionRequestsRoot: bytes32,
})

export type BodyFork = 'capella' | 'deneb' | 'electra' | 'fulu' | 'gloas'

export function bodyType(fork: BodyFork, preset: PresetName) {
  const size = preset === 'mainnet' ? 512 : 32
  const head = { randaoReveal: bytes96, eth1Data, graffiti: bytes32 }
  if (fork === 'gloas') {
    return progressive({
      ...head,
      proposerSlashings: progressiveList(operation),
      attesterSlashings: progressiveList(operation),
      attestations: progressiveList(operation),
      deposits: progressiveList(operation),
      voluntaryExits: progressiveList(operation),
      syncAggregate: syncAggregate(size),
      blsToExecutionChanges: progressiveList(operation),
      signedExecutionPayloadBid: container({ message: bid, signature: bytes96 }),
      payloadAttestations: progressiveList(operation),
      parentExecutionRequests: gloasRequests,
    })
  }
  const isElectra = fork === 'electra' || fork === 'fulu'
  return container({
    ...head,
    proposerSlashings: list(operation, 16),
    attesterSlashings: list(operation, isElectra ? 1 : 2),
    attestations: list(operation, isElectra ? 8 : 128),
    deposits: list(operation, 16),
    voluntaryExits: list(operation, 16),
    syncAggregate: syncAggregate(size),
    executionPayload: payload(fork === 'capella' ? 'capella' : 'deneb', preset === 'mainnet' ? 16 : 4),
    blsToExecutionChanges: list(operation, 16),
    ...(fork !== 'capella' && { blobKzgCommitments: list(commitment, 4096) }),
    ...(isElectra && { executionRequests: electraRequests }),
  })
}

export const signedBlockType = (fork: BodyFork, preset: PresetName) =>
  container({
    message: container({
      slot: uint64,
      proposerIndex: uint64,
      parentRoot: bytes32,
      stateRoot: bytes32,
      body: bodyType(fork, preset),
    }),
    signature: bytes96,
  })
