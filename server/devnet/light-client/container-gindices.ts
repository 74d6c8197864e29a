/**
 * Generalized indices worked out from the containers' field numbers, so that fixtures do not take over the product's
 * constants. Field numbers: consensus-specs, `BeaconState` and `BeaconBlockBody` of each fork.
 */
import { isAtLeast } from '../../../src/chain/beacon-config.ts'
import type { ForkName } from '../../../src/chain/network.ts'

/** Gindex of a field of an ordinary container that lies at `container` and has this many fields. */
export function fieldGindex(container: number, fields: number, field: number): number {
  return container * 2 ** Math.ceil(Math.log2(fields)) + field
}

/**
 * Gindex of a field of a progressive container that lies at `container` (EIP-7688): its fields fill subtrees of 1, 4, 16,
 * 64 … leaves. At each step the left child is the subtree, the right one the rest.
 */
export function progressiveFieldGindex(container: number, field: number): number {
  // The right child of the container holds the active fields.
  let at = 2 * container
  let leaves = 1
  let left = field
  while (left >= leaves) {
    left -= leaves
    leaves *= 4
    at = 2 * at + 1
  }
  return 2 * at * leaves + left
}

const GENESIS_TIME = 0
const GENESIS_VALIDATORS_ROOT = 1
const SLOT = 2
const BLOCK_ROOTS = 5
const FINALIZED_CHECKPOINT = 20
const CURRENT_SYNC_COMMITTEE = 22
const NEXT_SYNC_COMMITTEE = 23
/** `latest_execution_payload_header`, since Bellatrix; from Gloas on `latest_block_hash`. */
const LATEST_EXECUTION = 24
/** Since Capella. */
const HISTORICAL_SUMMARIES = 27
/** Until Deneb a state has at most 32 fields, in Electra and Fulu more. */
const STATE_FIELDS = { altair: 32, electra: 64 }

export interface StateLeaves {
  readonly finalizedRoot: number
  readonly currentSyncCommittee: number
  readonly nextSyncCommittee: number
}

export function stateLeaves(fork: ForkName): StateLeaves {
  const gindex = stateFieldGindex(fork)
  return {
    // A checkpoint is its epoch and its root.
    finalizedRoot: fieldGindex(gindex(FINALIZED_CHECKPOINT), 2, 1),
    currentSyncCommittee: gindex(CURRENT_SYNC_COMMITTEE),
    nextSyncCommittee: gindex(NEXT_SYNC_COMMITTEE),
  }
}

/** What else somebody may want to be shown: which chain and slot the state is of, and its execution block. */
export function identityLeaves(fork: ForkName) {
  const gindex = stateFieldGindex(fork)
  return {
    genesisTime: gindex(GENESIS_TIME),
    genesisValidatorsRoot: gindex(GENESIS_VALIDATORS_ROOT),
    slot: gindex(SLOT),
    latestExecution: gindex(LATEST_EXECUTION),
  }
}

/** Where a state keeps the roots of past blocks. */
export function historyLeaves(fork: ForkName): { readonly blockRoots: number; readonly historicalSummaries: number } {
  const gindex = stateFieldGindex(fork)
  return { blockRoots: gindex(BLOCK_ROOTS), historicalSummaries: gindex(HISTORICAL_SUMMARIES) }
}

function stateFieldGindex(fork: ForkName): (field: number) => number {
  if (isAtLeast(fork, 'gloas')) return (field) => progressiveFieldGindex(1, field)
  const fields = isAtLeast(fork, 'electra') ? STATE_FIELDS.electra : STATE_FIELDS.altair
  return (field) => fieldGindex(1, fields, field)
}

/** `execution_payload` of a body, Capella to Fulu, which has up to 16 fields. */
export const EXECUTION_PAYLOAD_LEAF = fieldGindex(1, 16, 9)

/** `signed_execution_payload_bid.message` of a body of Gloas. */
const BID = fieldGindex(progressiveFieldGindex(1, 10), 2, 0)

/** Its `parent_block_hash`. */
export const PARENT_BLOCK_HASH_LEAF = progressiveFieldGindex(BID, 0)

/** What clients are shown of a body: the hash of the payload; in Gloas of both that the bid names, and the parent's root. */
export function bodyLeaves(fork: ForkName): readonly number[] {
  if (isAtLeast(fork, 'gloas')) return [0, 1, 2].map((field) => progressiveFieldGindex(BID, field))
  const fields = isAtLeast(fork, 'deneb') ? PAYLOAD_FIELDS.deneb : PAYLOAD_FIELDS.capella
  return [fieldGindex(EXECUTION_PAYLOAD_LEAF, fields, BLOCK_HASH)]
}

const PAYLOAD_FIELDS = { capella: 15, deneb: 17 }
/** Field of a payload. */
const BLOCK_HASH = 12
