/** The blocks of a local chain, and the states of the newest of them. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash, Keccak } from '../../src/chain/bytes.ts'
import { equalBytes } from '../../src/execution/words.ts'
import type { BuiltState } from './build-state.ts'
import type { Genesis, HeadChoice, InvalidBlock, NewBlock, SourcedState } from './chain-input.ts'
import { ChainStore, UnknownBlockError, type Reorganization } from './chain-store.ts'
import { UnavailableError, type ExecutionBlock, type ExecutionHeader } from './execution-source.ts'
import { BLOCK_HASH_REACH } from './make-witness.ts'
import { readBlock, UnfitBlockError } from './read-block.ts'
import type { ProvenState } from '../../src/state/account-proof.ts'
import { StateDatabase, type HeldState } from './state/state-database.ts'

/** States served: the head's and those of the blocks before it, as ordinary nodes do (geth, and devp2p's snap/1). */
export const SERVED_STATES = 128
/** States kept: as many again, so that a long reorganization, or a slow reader, finds its parent's state. */
const KEPT_STATES = 256
/**
 * Past this much memory of nodes fewer are kept, down to those served and room for a reorganization of an epoch. A genesis
 * of 100,000 accounts and 300,000 slots has 90 MB; blocks of 450 changed leaves add half a MB each.
 */
const MAX_STATE_BYTES = 192 * 1024 * 1024
const MIN_KEPT_STATES = SERVED_STATES + 32

/**
 * Always: the states of the last {@link SERVED_STATES} canonical blocks can be had whole, whatever is accepted meanwhile. All
 * is held in memory and bounded: see {@link ChainStore} and {@link StateDatabase}.
 */
export class HeldChain {
  readonly blocks: ChainStore
  readonly states: StateDatabase
  /** Block of the oldest state held; canonical. */
  #oldestState: ExecutionBlock
  #safe: ExecutionBlock | undefined
  #finalized: ExecutionBlock | undefined

  /** Takes a built genesis state over. @throws {UnfitBlockError} where the state is not the genesis block's */
  constructor(
    { block, state }: Genesis<BuiltState | SourcedState>,
    private readonly keccak: Keccak,
  ) {
    if (!equalBytes(block.stateRoot, state.root)) {
      throw new UnfitBlockError(`the genesis block is of another state than the one given: ${bytesToHex(state.root)}`)
    }
    this.blocks = new ChainStore(block, keccak)
    this.#oldestState = block
    this.states = new StateDatabase(block.hash, state, keccak)
  }

  get head(): ExecutionBlock {
    return this.blocks.head
  }

  get safe(): ExecutionBlock | undefined {
    return this.#safe
  }

  get finalized(): ExecutionBlock | undefined {
    return this.#finalized
  }

  /** Number of the oldest block whose state is served. */
  get oldestServed(): number {
    return Math.max(this.#oldestState.number, this.head.number - SERVED_STATES + 1)
  }

  /**
   * Takes a block on any parent whose state is held, whole or not at all; its own state is then held too. The head stays.
   * The block is not executed: that its nodes lead to its stateRoot, and its receipts to its receiptsRoot, is checked. One
   * that is held already is given back.
   * @throws {UnknownBlockError} for a parent that is not held @throws {UnfitBlockError} @throws {BlockEncodingError}
   * @throws {DataFaultError} where `nodes` and `codes` do not make up the state @throws {UnknownStateError} for a parent
   *   without a state
   */
  accept(fresh: NewBlock): ExecutionBlock {
    const block = this.#read(fresh)
    if (this.blocks.held(block.hash) !== undefined) return block
    const { stateRoot: root, parentHash: parent, hash: id } = block
    this.states.add({ id, root, parent, nodes: fresh.nodes, codes: fresh.codes })
    this.blocks.add(block, fresh.receipts, fresh.accessList)
    return block
  }

  /**
   * Takes a block whose stateRoot is the root of nothing, as a faulty producer makes them. It is served, and its witness
   * shows what is wrong with it; a state after it cannot be had, nor can a block on top of it.
   * @throws {UnknownBlockError} @throws {UnfitBlockError} @throws {BlockEncodingError}
   */
  acceptInvalid(fresh: InvalidBlock): ExecutionBlock {
    const block = this.#read(fresh)
    this.blocks.add(block, fresh.receipts, fresh.accessList)
    return block
  }

  /**
   * Makes a block that was accepted the head of the canonical chain, on whatever branch it is.
   * @throws {UnknownBlockError} where one of the blocks is not held, or the branch leaves the chain before the oldest
   *   state; nothing has changed then
   */
  setHead({ head, safe, finalized }: HeadChoice): Reorganization {
    const [safeBlock, finalizedBlock] = [this.#accepted(safe), this.#accepted(finalized)]
    const change = this.blocks.setHead(head, this.#oldestState.number)
    this.#safe = safeBlock ?? this.#safe
    this.#finalized = finalizedBlock ?? this.#finalized
    this.#dropStates()
    return change
  }

  /** @throws {UnavailableError} */
  stateAfter({ hash, number }: ExecutionHeader): HeldState {
    const state = this.states.state(hash)
    if (state === undefined || number < this.oldestServed) {
      throw new UnavailableError(`the state after block ${number} is not held; the oldest: ${this.oldestServed}`)
    }
    return state
  }

  /** @throws {UnavailableError} */
  stateWithRoot(root: Hash): HeldState {
    for (let number = this.blocks.newest; number >= this.oldestServed; number--) {
      for (const { block } of this.blocks.allAt(number)) {
        const state = this.states.state(block.hash)
        if (state !== undefined && equalBytes(state.root, root)) return state
      }
    }
    throw new UnavailableError(
      `no state with the root ${bytesToHex(root)} is held; the oldest is of block ${this.oldestServed}`,
    )
  }

  proven({ root }: HeldState): ProvenState {
    return { root, nodes: this.states, keccak: this.keccak }
  }

  /** Of the block and of those before it, as far as BLOCKHASH reaches from the next. */
  hashesUpTo(block: ExecutionHeader): ReadonlyMap<number, Hash> {
    const ancestors = this.blocks.ancestorsOf(block, BLOCK_HASH_REACH - 1)
    return new Map([block, ...ancestors].map(({ number, hash }) => [number, hash]))
  }

  #read(fresh: InvalidBlock): ExecutionBlock {
    const block = readBlock(fresh, this.keccak)
    const parent = this.blocks.held(block.parentHash)
    if (parent === undefined) throw new UnknownBlockError(`the parent ${bytesToHex(block.parentHash)} is not held`)
    if (block.number !== parent.block.number + 1) {
      throw new UnfitBlockError(`block ${block.number} says it follows block ${parent.block.number}`)
    }
    return block
  }

  #accepted(hash: Hash | undefined): ExecutionBlock | undefined {
    if (hash === undefined) return undefined
    const stored = this.blocks.held(hash)
    if (stored === undefined)
      throw new UnknownBlockError(`${bytesToHex(hash)} was never accepted, or is not held any more`)
    return stored.block
  }

  /** The oldest state follows the head, along blocks that have states, and never goes back. */
  #dropStates(): void {
    for (let number = this.#oldestState.number + 1; number <= this.head.number - MIN_KEPT_STATES + 1; number++) {
      if (number > this.head.number - KEPT_STATES + 1 && this.states.size.bytes <= MAX_STATE_BYTES) return
      const { block } = this.blocks.blockAt(number)!
      if (this.states.state(block.hash) === undefined) return
      this.states.makeOldest(block.hash)
      this.#oldestState = block
    }
  }
}
