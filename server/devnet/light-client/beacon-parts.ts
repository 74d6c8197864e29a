/** Blocks and states of a beacon chain as far as light clients look: what is proven to them, the rest made up. */
import { sha256 } from '@noble/hashes/sha2.js'
import { forkAtSlot } from '../../../src/chain/beacon-config.ts'
import { asHash, type Hash } from '../../../src/chain/bytes.ts'
import type { Network } from '../../../src/chain/network.ts'
import type { LightClientHeader, ProvenExecution } from '../../../src/consensus/containers/light-client-objects.ts'
import { executionKindAtSlot } from '../../../src/consensus/containers/light-client-objects.ts'
import type { SyncCommittee } from '../../../src/consensus/containers/ssz-types.ts'
import {
  BeaconBlockHeaderType,
  CapellaExecutionHeaderType,
  DenebExecutionHeaderType,
  lightClientTypes,
} from '../../../src/consensus/containers/ssz-types.ts'
import { EXECUTION_PAYLOAD_LEAF, PARENT_BLOCK_HASH_LEAF, stateLeaves } from './container-gindices.ts'
import { SparseTree } from './sparse-tree.ts'

export interface StateOptions {
  readonly slot: number
  readonly current: SyncCommittee
  readonly next: SyncCommittee
  /** Zero where the chain has finalized only its genesis. */
  readonly finalizedRoot: Uint8Array
}

/** The proofs that a state gives. */
export interface ProvenState {
  readonly root: Uint8Array
  readonly finalityBranch: readonly Uint8Array[]
  readonly currentSyncCommitteeBranch: readonly Uint8Array[]
  readonly nextSyncCommitteeBranch: readonly Uint8Array[]
}

export function stateOf(network: Network, seed: string, options: StateOptions): ProvenState {
  const { slot, current, next, finalizedRoot } = options
  const { syncCommittee } = lightClientTypes(network.preset)
  const leaves = stateLeaves(forkAtSlot(network, slot).name)
  const tree = new SparseTree(
    `${seed}, state ${slot}`,
    new Map([
      [leaves.currentSyncCommittee, syncCommittee.hashTreeRoot(current)],
      [leaves.nextSyncCommittee, syncCommittee.hashTreeRoot(next)],
      [leaves.finalizedRoot, finalizedRoot],
    ]),
  )
  return {
    root: tree.root,
    finalityBranch: tree.branch(leaves.finalizedRoot),
    currentSyncCommitteeBranch: tree.branch(leaves.currentSyncCommittee),
    nextSyncCommitteeBranch: tree.branch(leaves.nextSyncCommittee),
  }
}

export interface HeaderOptions {
  readonly slot: number
  readonly parentRoot: Uint8Array
  readonly stateRoot: Uint8Array
  /** Of the payload that the block's own builds on. */
  readonly parentBlockHash: Hash
}

/** The hash of the payload of that slot's block. */
export const payloadHash = (seed: string, slot: number): Hash =>
  asHash(sha256(new TextEncoder().encode(`${seed}, payload ${slot}`)))

/** block_to_light_client_header */
export function headerOf(network: Network, seed: string, options: HeaderOptions): LightClientHeader {
  const { slot, parentRoot, stateRoot, parentBlockHash } = options
  const { gindex, leaf, prove } = executionOf(network, seed, slot, parentBlockHash)
  const body = new SparseTree(`${seed}, body ${slot}`, new Map([[gindex, leaf]]))
  return {
    beacon: { slot, proposerIndex: 1, parentRoot, stateRoot, bodyRoot: body.root },
    execution: prove(body.branch(gindex)),
  }
}

export const rootOf = ({ beacon }: LightClientHeader): Uint8Array => BeaconBlockHeaderType.hashTreeRoot(beacon)

interface Execution {
  readonly gindex: number
  readonly leaf: Uint8Array
  readonly prove: (branch: Uint8Array[]) => ProvenExecution | undefined
}

function executionOf(network: Network, seed: string, slot: number, parentBlockHash: Hash): Execution {
  const kind = executionKindAtSlot(network, slot)
  if (kind === 'blockHash') {
    const prove = (branch: Uint8Array[]): ProvenExecution => ({ kind, blockHash: parentBlockHash, branch })
    return { gindex: PARENT_BLOCK_HASH_LEAF, leaf: parentBlockHash, prove }
  }
  const fields = {
    parentHash: parentBlockHash,
    blockNumber: slot,
    timestamp: slot * network.slotSeconds,
    blockHash: payloadHash(seed, slot),
    extraData: Uint8Array.of(0xbe, 0xa4),
  }
  const gindex = EXECUTION_PAYLOAD_LEAF
  if (kind === 'deneb') {
    const header = { ...DenebExecutionHeaderType.defaultValue(), ...fields }
    return {
      gindex,
      leaf: DenebExecutionHeaderType.hashTreeRoot(header),
      prove: (branch) => ({ kind, header, branch }),
    }
  }
  const header = { ...CapellaExecutionHeaderType.defaultValue(), ...fields }
  const leaf = CapellaExecutionHeaderType.hashTreeRoot(header)
  return { gindex, leaf, prove: (branch) => kind && { kind, header, branch } }
}
