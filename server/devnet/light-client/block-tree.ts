/** The blocks of a generated chain with the branches it left, and how they are found. */
import { bytesToHex } from '@ethereumjs/util'
import { asRoot, type Hash, type Root } from '../../../src/chain/bytes.ts'
import type { LightClientHeader } from '../../../src/consensus/containers/light-client-objects.ts'
import type { SyncAggregate } from '../../../src/consensus/containers/ssz-types.ts'
import { merkleLeaf, type MerkleNode } from '../../../src/consensus/multiproof/merkle-node.ts'
import type { BlockBody } from '../../beacon-api/block-body.ts'
import type { ProvenState } from './beacon-parts.ts'
import type { ExecutionParent, MadePayload } from './execution-payloads.ts'
import type { StateHistory } from './state-history.ts'

export interface SyntheticBlock {
  readonly slot: number
  readonly root: Root
  readonly header: LightClientHeader
  /** Undefined for the first one. */
  readonly parent: SyntheticBlock | undefined
  /** `orphan`: of a branch that the chain leaves again. */
  readonly kind: 'chain' | 'orphan'
  /** The newest block that the block's state calls finalized: that of the start of {@link finalizedEpoch}, or the one before. */
  readonly finalized: SyntheticBlock | undefined
  /** Negative where nothing is. */
  readonly finalizedEpoch: number
  /** Only its root and its branches, once it is old: see {@link KEPT_STATES}. */
  state: ProvenState
  /** Down to what light clients read in the body. */
  readonly tree: MerkleNode
  /** The signatures of the block before it that this one carries. */
  readonly syncAggregate: SyncAggregate
  /** Without the payload, once it is old: see {@link MAX_PAYLOAD_BYTES}. */
  execution: BlockExecution
  /** Undefined before Capella, where bodies are not made whole, and where the payload is held no more. */
  body: BlockBody | undefined
  /** Undefined where the state is held no more. */
  history: StateHistory | undefined
}

/**
 * Blocks, the newest, whose states are held whole, 20 kB each: more than the fifty checkpoints or so that anybody asks
 * proofs of, with pauses of finality.
 */
const KEPT_STATES = 1024

/**
 * Of the payloads held, the newest: half of what their execution chain spares for the same blocks, as receipts take the
 * other half there. Of full blocks of 30 Mgas that is hundreds, and nobody asks for blocks that finality left long ago.
 */
const MAX_PAYLOAD_BYTES = 32 * 1024 * 1024

export interface BlockExecution {
  /** What the block's payload builds on; from Gloas on, what the block itself proves. */
  readonly parent: ExecutionParent
  /** The execution block that it holds, or from Gloas on promises. Undefined before Capella. */
  readonly block: ExecutionParent | undefined
  /** Of that block, where it is more than a hash and the beacon block's own. */
  readonly payload: MadePayload | undefined
  /** From Gloas on a payload may never be revealed. */
  readonly isRevealed: boolean
}

/**
 * Always: {@link kept} has the blocks that the chain keeps, in the order of their slots; no two blocks have one slot; at
 * any slot the head is the newest block at or before it, whether it is kept or not.
 */
export class BlockTree {
  readonly kept: SyntheticBlock[] = []
  /** All of them, orphans too, in the order of their slots. */
  readonly #all: SyntheticBlock[] = []
  /** Place of the oldest block that has its payload. */
  #oldestPayload = 0
  #payloadBytes = 0
  /** As hex: by root, by root of the post-state, by block hash of the payload. */
  readonly #byRoot = new Map<string, SyntheticBlock>()
  readonly #byStateRoot = new Map<string, SyntheticBlock>()
  readonly #byPayload = new Map<string, SyntheticBlock>()

  /** @param block later than all that are there */
  add(block: SyntheticBlock): void {
    this.#all.push(block)
    if (block.kind === 'chain') this.kept.push(block)
    this.#byRoot.set(bytesToHex(block.root), block)
    this.#byStateRoot.set(bytesToHex(block.state.root), block)
    const { block: brought } = block.execution
    if (brought !== undefined) this.#byPayload.set(bytesToHex(brought.blockHash), block)
    this.#forgetOld(block)
  }

  /** The only place where a block changes. */
  #forgetOld(newest: SyntheticBlock): void {
    const old = this.#all.at(-1 - KEPT_STATES)
    if (old !== undefined) {
      old.state = { ...old.state, tree: merkleLeaf(asRoot(old.state.root)) }
      old.history = undefined
    }
    this.#payloadBytes += payloadBytes(newest)
    for (; this.#payloadBytes > MAX_PAYLOAD_BYTES; this.#oldestPayload++) {
      const block = this.#all[this.#oldestPayload]
      if (block === undefined || block === newest) break
      this.#payloadBytes -= payloadBytes(block)
      block.execution = { ...block.execution, payload: undefined }
      block.body = undefined
    }
  }

  byRoot(root: Root): SyntheticBlock | undefined {
    return this.#byRoot.get(bytesToHex(root))
  }

  byStateRoot(stateRoot: Root): SyntheticBlock | undefined {
    return this.#byStateRoot.get(bytesToHex(stateRoot))
  }

  byPayload(blockHash: Hash): SyntheticBlock | undefined {
    return this.#byPayload.get(bytesToHex(blockHash))
  }

  /** @throws {RangeError} where there is no block yet */
  headAt(slot: number): SyntheticBlock {
    return requireBlock(newestUntil(this.#all, slot), slot)
  }

  /** The newest kept one at or before a slot. @throws {RangeError} where there is none */
  keptAt(slot: number): SyntheticBlock {
    return requireBlock(newestUntil(this.kept, slot), slot)
  }

  /** The newest at or before a slot of the block and those it builds on. */
  ancestorAt(block: SyntheticBlock, slot: number): SyntheticBlock | undefined {
    let at: SyntheticBlock | undefined = block
    while (at?.kind === 'orphan' && at.slot > slot) at = at.parent
    if (at === undefined || at.slot <= slot) return at
    return newestUntil(this.kept, slot)
  }

  /** The block and those it builds on, of some slots, the last excluded, in their order. */
  branch(head: SyntheticBlock, fromSlot: number, toSlot: number): SyntheticBlock[] {
    const orphans: SyntheticBlock[] = []
    let kept: SyntheticBlock | undefined = head
    for (; kept?.kind === 'orphan'; kept = kept.parent) orphans.unshift(kept)
    const end = kept === undefined ? 0 : countUntil(this.kept, Math.min(kept.slot, toSlot - 1))
    const ofChain = this.kept.slice(countUntil(this.kept, fromSlot - 1), end)
    return [...ofChain, ...orphans.filter(({ slot }) => slot >= fromSlot && slot < toSlot)]
  }
}

/** About: of what is large in it. */
function payloadBytes({ execution: { payload } }: SyntheticBlock): number {
  if (payload === undefined) return 0
  const { transactions, accessList } = payload.carried.payload
  return transactions.reduce((sum, { length }) => sum + length, accessList?.rlp.length ?? 0)
}

function requireBlock(block: SyntheticBlock | undefined, slot: number): SyntheticBlock {
  if (block === undefined) throw new RangeError(`the chain has no block at or before slot ${slot}`)
  return block
}

const newestUntil = (blocks: readonly SyntheticBlock[], slot: number): SyntheticBlock | undefined =>
  blocks[countUntil(blocks, slot) - 1]

/** How many of the blocks, which are in the order of their slots, are at or before one. */
function countUntil(blocks: readonly SyntheticBlock[], slot: number): number {
  let [from, to] = [0, blocks.length]
  while (from < to) {
    const middle = (from + to) >> 1
    if ((blocks[middle]?.slot ?? Infinity) <= slot) from = middle + 1
    else to = middle
  }
  return from
}
