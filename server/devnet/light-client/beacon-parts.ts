/** Blocks and states of a beacon chain as far as light clients look: what is proven to them, the rest made up. */
import { BitArray } from '@chainsafe/ssz'
import { forkAtSlot } from '../../../src/chain/beacon-config.ts'
import { asHash, asRoot, type Hash } from '../../../src/chain/bytes.ts'
import type { Network } from '../../../src/chain/network.ts'
import type { LightClientHeader, ProvenExecution } from '../../../src/consensus/containers/light-client-objects.ts'
import { executionKindAtSlot } from '../../../src/consensus/containers/light-client-objects.ts'
import type { BeaconBlockHeader, SyncAggregate, SyncCommittee } from '../../../src/consensus/containers/ssz-types.ts'
import { BeaconBlockHeaderType, lightClientTypes } from '../../../src/consensus/containers/ssz-types.ts'
import type { MerkleNode } from '../../../src/consensus/multiproof/merkle-node.ts'
import type { BlockBody, BodyExecution } from '../../beacon-api/block-body.ts'
import { bodyTree } from './body-tree.ts'
import {
  bodyLeaves,
  EXECUTION_PAYLOAD_LEAF,
  historyLeaves,
  identityLeaves,
  PARENT_BLOCK_HASH_LEAF,
  stateLeaves,
} from './container-gindices.ts'
import { makePayload } from './execution-payloads.ts'
import { container } from './hash-tree-root.ts'
import { bodyOf } from './made-up-body.ts'
import { capellaHeader, denebHeader, payloadTree } from './payload-tree.ts'
import { seededBytes } from './seeded.ts'
import { branchOf, leaf, onlyPaths, sparseTree, uint64Leaf } from './sparse-tree.ts'
import type { StateHistory } from './state-history.ts'
import { summariesField } from './state-history.ts'

export interface StateOptions {
  readonly slot: number
  readonly current: SyncCommittee
  readonly next: SyncCommittee
  /** Zero where the chain has finalized only its genesis. */
  readonly finalizedRoot: Uint8Array
  /** Default: 0. */
  readonly finalizedEpoch?: number
  /** Default: made up. */
  readonly history?: StateHistory
  /** Root of the newest payload's header; from Gloas on its hash, which no later block can take back. Default: made up. */
  readonly latestExecution?: Uint8Array | undefined
}

/** The proofs that a state gives. */
export interface ProvenState {
  readonly root: Uint8Array
  /** Goes down to what is proven in it, and from the roots of past blocks into these. */
  readonly tree: MerkleNode
  readonly finalityBranch: readonly Uint8Array[]
  readonly currentSyncCommitteeBranch: readonly Uint8Array[]
  readonly nextSyncCommitteeBranch: readonly Uint8Array[]
}

export function stateOf(network: Network, seed: string, options: StateOptions): ProvenState {
  const { slot, current, next, finalizedRoot, finalizedEpoch = 0, history, latestExecution } = options
  const fork = forkAtSlot(network, slot).name
  const leaves = stateLeaves(fork)
  const identity = identityLeaves(fork)
  const parts = new Map([
    [leaves.currentSyncCommittee, committeeLeaf(network, current)],
    [leaves.nextSyncCommittee, committeeLeaf(network, next)],
    [leaves.finalizedRoot - 1, uint64Leaf(finalizedEpoch)],
    [leaves.finalizedRoot, leaf(finalizedRoot)],
    [identity.genesisTime, uint64Leaf(network.genesisTime)],
    [identity.genesisValidatorsRoot, leaf(network.genesisValidatorsRoot)],
    [identity.slot, uint64Leaf(slot)],
  ])
  if (latestExecution !== undefined) parts.set(identity.latestExecution, leaf(latestExecution))
  if (history !== undefined) {
    const { blockRoots, historicalSummaries } = historyLeaves(fork)
    parts.set(blockRoots, history.blockRoots)
    const summaries = summariesField(network, slot, history)
    if (summaries !== undefined) parts.set(historicalSummaries, summaries)
  }
  const tree = sparseTree(`${seed}, state ${slot}`, parts)
  return {
    root: tree.root,
    tree,
    finalityBranch: branchOf(tree, leaves.finalizedRoot),
    currentSyncCommitteeBranch: branchOf(tree, leaves.currentSyncCommittee),
    nextSyncCommitteeBranch: branchOf(tree, leaves.nextSyncCommittee),
  }
}

export interface HeaderOptions {
  readonly slot: number
  readonly parentRoot: Uint8Array
  readonly stateRoot: Uint8Array
  /** Undefined before Capella, of whose bodies nothing is proven: any root does. */
  readonly body: BlockBody | undefined
}

/** A block as its light-client header (block_to_light_client_header), and as the tree whose root is the block's. */
export function blockOf(
  network: Network,
  seed: string,
  options: HeaderOptions,
): { readonly header: LightClientHeader; readonly tree: MerkleNode } {
  const { slot, parentRoot, stateRoot, body } = options
  const { name: fork } = forkAtSlot(network, slot)
  const tree =
    body === undefined
      ? sparseTree(`${seed}, body ${slot}`, new Map())
      : onlyPaths(bodyTree(fork, network.preset.name, body), bodyLeaves(fork))
  const beacon = { slot, proposerIndex: 1, parentRoot, stateRoot, bodyRoot: tree.root }
  const execution = body && provenExecution(network, body.execution, tree)
  return { header: { beacon, execution }, tree: headerTree(beacon, tree) }
}

/** A hash for the payload of a slot whose block is not made. */
export const payloadHash = (seed: string, slot: number): Hash => asHash(seededBytes(`${seed}, payload ${slot}`))

export interface LoneHeaderOptions {
  readonly slot: number
  readonly parentRoot: Uint8Array
  readonly stateRoot: Uint8Array
  /** Of the payload that the block's own builds on. */
  readonly parentBlockHash: Hash
}

/** The header of a block that is on no chain, with a made-up payload. */
export function headerOf(network: Network, seed: string, options: LoneHeaderOptions): LightClientHeader {
  const { slot, parentBlockHash } = options
  if (executionKindAtSlot(network, slot) === undefined)
    return blockOf(network, seed, { ...options, body: undefined }).header
  const parentRoot = asRoot(options.parentRoot)
  const parent = { blockHash: parentBlockHash, blockNumber: slot - 1 }
  const body = bodyOf(network, seed, {
    slot,
    parentRoot,
    syncAggregate: nobodySigned(network),
    parent,
    brought: { kind: 'own', made: makePayload(network, seed, slot, parent, parentRoot) },
    parentRequests: [],
  })
  return blockOf(network, seed, { ...options, body }).header
}

/** The aggregate of a block that carries no signatures: G2_POINT_AT_INFINITY (consensus-specs, `eth_fast_aggregate_verify`). */
export function nobodySigned({ preset }: Network): SyncAggregate {
  const syncCommitteeSignature = new Uint8Array(96)
  syncCommitteeSignature[0] = 0xc0
  return { syncCommitteeBits: BitArray.fromBitLen(preset.syncCommitteeSize), syncCommitteeSignature }
}

export const rootOf = ({ beacon }: LightClientHeader): Uint8Array => BeaconBlockHeaderType.hashTreeRoot(beacon)

/** By committee: its root takes three hashes a member, and every state of a period has it. */
const committeeLeaves = new WeakMap<SyncCommittee, MerkleNode>()

function committeeLeaf(network: Network, committee: SyncCommittee): MerkleNode {
  const known = committeeLeaves.get(committee)
  if (known !== undefined) return known
  const made = leaf(lightClientTypes(network.preset).syncCommittee.hashTreeRoot(committee))
  committeeLeaves.set(committee, made)
  return made
}

function headerTree(header: BeaconBlockHeader, body: MerkleNode): MerkleNode {
  const fields = [
    uint64Leaf(header.slot),
    uint64Leaf(header.proposerIndex),
    leaf(header.parentRoot),
    leaf(header.stateRoot),
    body,
  ]
  return container(fields)
}

/** What a state holds of the newest payload, when the block with this body is in it. */
export const latestExecutionOf = ({ preset }: Network, { execution }: BlockBody): Uint8Array =>
  execution.kind === 'bid' ? execution.bid.parentBlockHash : payloadTree(preset.name, execution.payload).root

function provenExecution({ preset }: Network, execution: BodyExecution, body: MerkleNode): ProvenExecution {
  if (execution.kind === 'bid') {
    const { parentBlockHash: blockHash } = execution.bid
    return { kind: 'blockHash', blockHash, branch: branchOf(body, PARENT_BLOCK_HASH_LEAF) }
  }
  const { payload } = execution
  const branch = branchOf(body, EXECUTION_PAYLOAD_LEAF)
  return payload.blob === undefined
    ? { kind: 'capella', header: capellaHeader(preset.name, payload), branch }
    : { kind: 'deneb', header: denebHeader(preset.name, payload), branch }
}
