/** The tree of a block body, Capella to Gloas, down to what is proven in it (consensus-specs, `BeaconBlockBody` of each fork). */
import { isAtLeast } from '../../../src/chain/beacon-config.ts'
import type { PresetName } from '../../../src/chain/beacon-preset.ts'
import type { ForkName } from '../../../src/chain/network.ts'
import type { SyncAggregate } from '../../../src/consensus/containers/ssz-types.ts'
import type { MerkleNode } from '../../../src/consensus/multiproof/merkle-node.ts'
import type { BlockBody, PayloadBid } from '../../beacon-api/block-body.ts'
import {
  bytesTree,
  container,
  listTree,
  progressiveContainer,
  progressiveListTree,
  rootOnly,
} from './hash-tree-root.ts'
import { payloadTree } from './payload-tree.ts'
import { requestsTree } from './requests-tree.ts'
import { leaf, uint64Leaf } from './sparse-tree.ts'

/** @throws {RangeError} where the body's execution is not that of the fork */
export function bodyTree(fork: ForkName, preset: PresetName, body: BlockBody): MerkleNode {
  const { execution } = body
  if (isAtLeast(fork, 'gloas') !== (execution.kind === 'bid')) throw new RangeError(`a ${execution.kind} in ${fork}`)
  const first = [
    rootOnly(bytesTree(body.randaoReveal)),
    // Eth1Data: nothing votes here.
    rootOnly(container([leaf(ZERO), uint64Leaf(0), leaf(ZERO)])),
    leaf(body.graffiti),
  ]
  const aggregate = rootOnly(syncAggregateTree(body.syncAggregate))
  if (execution.kind === 'bid') {
    const noneOfFive = Array.from({ length: 5 }, () => progressiveListTree([]))
    return progressiveContainer([
      ...first,
      ...noneOfFive,
      aggregate,
      progressiveListTree([]),
      container([bidTree(execution.bid), bytesTree(NO_SIGNATURE)]),
      progressiveListTree([]),
      rootOnly(requestsTree(fork, execution.parentRequests)),
    ])
  }
  const limits = isAtLeast(fork, 'electra') ? ELECTRA_LIMITS : CAPELLA_LIMITS
  return container([
    ...first,
    ...limits.map((depth) => listTree([], depth)),
    aggregate,
    payloadTree(preset, execution.payload),
    listTree([], BLS_CHANGES_LIMIT),
    ...(isAtLeast(fork, 'deneb') ? [listTree([], BLOB_COMMITMENTS_LIMIT)] : []),
    ...(isAtLeast(fork, 'electra') ? [rootOnly(requestsTree(fork, execution.requests ?? []))] : []),
  ])
}

const ZERO = new Uint8Array(32)
const NO_SIGNATURE = new Uint8Array(96)

/**
 * Limits as powers of two: MAX_PROPOSER_SLASHINGS, MAX_ATTESTER_SLASHINGS, MAX_ATTESTATIONS, MAX_DEPOSITS,
 * MAX_VOLUNTARY_EXITS; those of attestations fell in Electra (EIP-7549).
 */
const CAPELLA_LIMITS = [4, 1, 7, 4, 4]
const ELECTRA_LIMITS = [4, 0, 3, 4, 4]
/** MAX_BLS_TO_EXECUTION_CHANGES, a power of two. */
const BLS_CHANGES_LIMIT = 4
/** MAX_BLOB_COMMITMENTS_PER_BLOCK, a power of two. */
const BLOB_COMMITMENTS_LIMIT = 12

const syncAggregateTree = ({ syncCommitteeBits, syncCommitteeSignature }: SyncAggregate): MerkleNode =>
  container([bytesTree(syncCommitteeBits.uint8Array), bytesTree(syncCommitteeSignature)])

function bidTree(bid: PayloadBid): MerkleNode {
  return progressiveContainer([
    leaf(bid.parentBlockHash),
    leaf(bid.parentBlockRoot),
    leaf(bid.blockHash),
    leaf(bid.prevRandao),
    bytesTree(bid.feeRecipient),
    uint64Leaf(bid.gasLimit),
    uint64Leaf(bid.builderIndex),
    uint64Leaf(bid.slot),
    // Value and execution payment: nothing is paid.
    uint64Leaf(0),
    uint64Leaf(0),
    progressiveListTree([]),
    leaf(bid.executionRequestsRoot),
  ])
}
