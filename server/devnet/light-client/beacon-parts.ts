/** Blocks and states of a beacon chain as far as light clients look: what is proven to them, the rest made up. */
import { forkAtSlot } from '../../../src/chain/beacon-config.ts'
import type { Hash, Root } from '../../../src/chain/bytes.ts'
import { asHash, asRoot } from '../../../src/chain/bytes.ts'
import type { Network } from '../../../src/chain/network.ts'
import type { ExecutionPayload } from '../../../src/consensus/containers/execution-payload.ts'
import type { LightClientHeader, ProvenExecution } from '../../../src/consensus/containers/light-client-objects.ts'
import { executionKindAtSlot } from '../../../src/consensus/containers/light-client-objects.ts'
import type {
  BeaconBlockHeader,
  CapellaExecutionHeader,
  DenebExecutionHeader,
  SyncCommittee,
} from '../../../src/consensus/containers/ssz-types.ts'
import {
  BeaconBlockHeaderType,
  CapellaExecutionHeaderType,
  DenebExecutionHeaderType,
  lightClientTypes,
} from '../../../src/consensus/containers/ssz-types.ts'
import type { MerkleNode } from '../../../src/consensus/multiproof/merkle-node.ts'
import { merkleBranch } from '../../../src/consensus/multiproof/merkle-node.ts'
import { BID_LEAVES, EXECUTION_PAYLOAD_LEAF, historyLeaves, stateLeaves } from './container-gindices.ts'
import { makePayload } from './execution-payloads.ts'
import { seededBytes } from './seeded.ts'
import { branchOf, leaf, merkleize, sparseTree, uint64Leaf, zeroTree } from './sparse-tree.ts'
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
  const { slot, current, next, finalizedRoot, finalizedEpoch = 0, history } = options
  const fork = forkAtSlot(network, slot).name
  const leaves = stateLeaves(fork)
  const parts = new Map([
    [leaves.currentSyncCommittee, committeeLeaf(network, current)],
    [leaves.nextSyncCommittee, committeeLeaf(network, next)],
    [leaves.finalizedRoot - 1, uint64Leaf(finalizedEpoch)],
    [leaves.finalizedRoot, leaf(finalizedRoot)],
  ])
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
  /** Of the payload that the block's own builds on. */
  readonly parentBlockHash: Hash
  /** Of the block: in it, or promised by it from Gloas on. Default: one on top of the parent. */
  readonly payload?: ExecutionPayload
}

/** A hash for the payload of a slot whose block is not made. */
export const payloadHash = (seed: string, slot: number): Hash => asHash(seededBytes(`${seed}, payload ${slot}`))

/** block_to_light_client_header */
export function headerOf(network: Network, seed: string, options: HeaderOptions): LightClientHeader {
  return blockOf(network, seed, options).header
}

/** A block as its light-client header, and as the tree whose root is the block's. */
export function blockOf(
  network: Network,
  seed: string,
  options: HeaderOptions,
): { readonly header: LightClientHeader; readonly tree: MerkleNode } {
  const { slot, parentRoot, stateRoot } = options
  const { parts, prove } = executionOf(network, seed, options)
  const body = sparseTree(`${seed}, body ${slot}`, parts)
  const beacon = { slot, proposerIndex: 1, parentRoot, stateRoot, bodyRoot: body.root }
  return { header: { beacon, execution: prove(body) }, tree: headerTree(beacon, body) }
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
  return merkleize(fields, Math.ceil(Math.log2(fields.length)))
}

interface Execution {
  /** Of the body, by generalized index. */
  readonly parts: ReadonlyMap<number, MerkleNode>
  readonly prove: (body: MerkleNode) => ProvenExecution | undefined
}

function executionOf(network: Network, seed: string, options: HeaderOptions): Execution {
  const { slot, parentRoot, parentBlockHash } = options
  const kind = executionKindAtSlot(network, slot)
  // A body of Altair has nothing that light clients read.
  if (kind === undefined) return { parts: new Map(), prove: () => undefined }
  const parent = { blockHash: parentBlockHash, blockNumber: slot - 1 }
  const payload = options.payload ?? makePayload(network, seed, slot, parent, asRoot(parentRoot)).carried.payload
  if (kind === 'blockHash') {
    const parts = new Map([
      [BID_LEAVES.parentBlockHash, leaf(parentBlockHash)],
      [BID_LEAVES.parentBlockRoot, leaf(parentRoot)],
      [BID_LEAVES.blockHash, leaf(payload.blockHash)],
    ])
    return {
      parts,
      prove: (body) => ({ kind, blockHash: parentBlockHash, branch: branchOf(body, BID_LEAVES.parentBlockHash) }),
    }
  }
  const header = executionHeaderOf(network, payload)
  const branch = (body: MerkleNode) => branchOf(body, EXECUTION_PAYLOAD_LEAF)
  if (kind === 'capella') {
    const tree = containerTree(CapellaExecutionHeaderType.fieldsEntries, header)
    const parts = new Map([[EXECUTION_PAYLOAD_LEAF, tree]])
    return { parts, prove: (body) => ({ kind, header, branch: branch(body) }) }
  }
  const blob = { blobGasUsed: payload.blob?.gasUsed ?? 0, excessBlobGas: Number(payload.blob?.excessGas ?? 0n) }
  const denebHeader: DenebExecutionHeader = { ...header, ...blob }
  const tree = containerTree(DenebExecutionHeaderType.fieldsEntries, denebHeader)
  const parts = new Map([[EXECUTION_PAYLOAD_LEAF, tree]])
  return { parts, prove: (body) => ({ kind, header: denebHeader, branch: branch(body) }) }
}

/** hash_tree_root of a list without items, whose limit is this power of two of chunks: its contents, and a length of 0. */
const emptyListRoot = (depth: number): Root => merkleBranch(zeroTree(depth), zeroTree(0)).root

/** MAX_TRANSACTIONS_PER_PAYLOAD and MAX_WITHDRAWALS_PER_PAYLOAD (minimal preset), as powers of two. */
const TRANSACTIONS_DEPTH = 20
const WITHDRAWALS_DEPTH = { mainnet: 4, minimal: 2 } as const

function executionHeaderOf(network: Network, payload: ExecutionPayload): CapellaExecutionHeader {
  return {
    parentHash: payload.parentHash,
    feeRecipient: payload.feeRecipient,
    stateRoot: payload.stateRoot,
    receiptsRoot: payload.receiptsRoot,
    logsBloom: payload.logsBloom,
    prevRandao: payload.prevRandao,
    blockNumber: payload.blockNumber,
    gasLimit: payload.gasLimit,
    gasUsed: payload.gasUsed,
    timestamp: payload.timestamp,
    extraData: payload.extraData,
    baseFeePerGas: payload.baseFeePerGas,
    blockHash: payload.blockHash,
    transactionsRoot: emptyListRoot(TRANSACTIONS_DEPTH),
    withdrawalsRoot: emptyListRoot(WITHDRAWALS_DEPTH[network.preset.name]),
  }
}

/** The tree of a container, down to its fields. */
function containerTree<T extends object>(
  entries: readonly { readonly fieldName: keyof T; readonly fieldType: { hashTreeRoot(value: never): Uint8Array } }[],
  value: T,
): MerkleNode {
  const fields = entries.map(({ fieldName, fieldType }) => leaf(fieldType.hashTreeRoot(value[fieldName] as never)))
  return merkleize(fields, Math.ceil(Math.log2(fields.length)))
}
