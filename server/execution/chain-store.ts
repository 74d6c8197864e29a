/** The blocks of a chain with its branches, and which of them are canonical. Knows nothing of states. */
import type { Hash, Keccak } from '../../src/chain/bytes.ts'
import { decodeRawBlock } from '../../src/execution/block/raw-block.ts'
import { hashKey } from '../../src/state/hash-key.ts'
import { UnavailableError, type ExecutionBlock, type ExecutionHeader } from './execution-source.ts'
import { ForgottenBlocks } from './forgotten-blocks.ts'
import { packReceipts, unpackReceipts } from './packed-receipts.ts'
import { candidates, marksOf } from './transaction-marks.ts'

export interface StoredBlock {
  readonly block: ExecutionBlock
  readonly accessList: Uint8Array | undefined
  readonly packedReceipts: Uint8Array
  readonly marks: Uint32Array
}

/** How the canonical chain moved. */
export interface Reorganization {
  /** Canonical now, oldest first. */
  readonly added: readonly ExecutionBlock[]
  /** Canonical no more, newest first. */
  readonly removed: readonly ExecutionBlock[]
}

/** No such block was accepted, or it is not held any more. */
export class UnknownBlockError extends Error {
  override name = 'UnknownBlockError'
}

/** How much a store holds. */
export interface ChainLimits {
  /** Canonical blocks. */
  readonly blocks: number
  /** Of bodies, receipts and access lists, of all branches. */
  readonly bytes: number
  /** Canonical blocks that are held however large they are. */
  readonly always: number
}

/**
 * Nine hours of blocks every 4 s; what a server of 700 MB can spare, where states, what is being made, and garbage take
 * the most: an hour of blocks of 5 Mgas; and as 128 states are served, from each of which BLOCKHASH reaches 256 blocks back.
 */
const CHAIN_LIMITS: ChainLimits = { blocks: 8192, bytes: 64 * 1024 * 1024, always: 384 }

/**
 * Always: the canonical chain has no gaps from {@link oldest} to the head; each block's parent is here, unless it is older
 * than that; the genesis block is never dropped. It stays within its limits; side branches go with the canonical blocks
 * of their numbers.
 */
export class ChainStore {
  readonly #keccak: Keccak
  readonly #genesis: ExecutionBlock
  readonly #blocks = new Map<string, StoredBlock>()
  readonly #byNumber = new Map<number, StoredBlock[]>()
  readonly #canonical = new Map<number, StoredBlock>()
  readonly #forgotten = new ForgottenBlocks()
  #head: ExecutionBlock
  /** Number of the canonical block that is dropped next. */
  #droppedNext: number
  #newest: number
  /** From one fork on all blocks have one. */
  #firstAccessList: number | undefined
  #bytes = 0

  constructor(
    genesis: ExecutionBlock,
    keccak: Keccak,
    private readonly limits: ChainLimits = CHAIN_LIMITS,
  ) {
    this.#keccak = keccak
    this.#genesis = genesis
    this.#head = genesis
    this.#droppedNext = genesis.number + 1
    this.#newest = genesis.number
    this.add(genesis, [], undefined)
    this.#canonical.set(genesis.number, this.#blocks.get(hashKey(genesis.hash))!)
  }

  get genesis(): ExecutionBlock {
    return this.#genesis
  }

  get head(): ExecutionBlock {
    return this.#head
  }

  /** Number from which on all canonical blocks are held. */
  get oldest(): number {
    return this.#droppedNext === this.#genesis.number + 1 ? this.#genesis.number : this.#droppedNext
  }

  /** The largest number of any branch. */
  get newest(): number {
    return this.#newest
  }

  /** Number of the oldest canonical block that is held with an access list; undefined while none is. */
  get oldestAccessList(): number | undefined {
    const first = this.#firstAccessList
    return first === undefined ? undefined : Math.max(first, this.oldest)
  }

  /** Undefined: there never was one here. @throws {UnavailableError} where it is not held any more, or that cannot be told */
  block(hash: Hash): StoredBlock | undefined {
    const known = this.#blocks.get(hashKey(hash))
    if (known !== undefined) return known
    switch (this.#forgotten.block(hash)) {
      case 'neverHeld':
        return undefined
      case 'forgotten':
        throw new UnavailableError(`the block is older than block ${this.oldest}, the oldest that is held`)
      case 'unknown':
        throw new UnavailableError(`no such block is held; it may be older than block ${this.oldest}`)
    }
  }

  /** Without telling why there is none. */
  held(hash: Hash): StoredBlock | undefined {
    return this.#blocks.get(hashKey(hash))
  }

  /** Of the canonical chain; throws as {@link block}. */
  blockAt(number: number): StoredBlock | undefined {
    const known = this.#canonical.get(number)
    if (known !== undefined || number > this.#head.number || number < this.#genesis.number) return known
    throw new UnavailableError(`block ${number} is not held any more; the oldest that is: ${this.oldest}`)
  }

  isCanonical({ number, hash }: ExecutionBlock): boolean {
    const canonical = this.#canonical.get(number)
    return canonical !== undefined && hashKey(canonical.block.hash) === hashKey(hash)
  }

  /** Blocks of that number, of all branches. */
  allAt(number: number): readonly StoredBlock[] {
    return this.#byNumber.get(number) ?? []
  }

  /** Ancestors of a block, its parent first, as far as they are held; at most so many. */
  ancestorsOf(block: ExecutionHeader, most: number): ExecutionBlock[] {
    const ancestors: ExecutionBlock[] = []
    let at = this.held(block.parentHash)
    for (; at !== undefined && ancestors.length < most; at = this.held(at.block.parentHash)) ancestors.push(at.block)
    return ancestors
  }

  receipts(stored: StoredBlock): readonly Uint8Array[] {
    return unpackReceipts(stored.packedReceipts)
  }

  /** Of the canonical chain; throws as {@link block}. */
  locateTransaction(hash: Hash): { readonly blockHash: Hash; readonly index: number } | undefined {
    for (let number = this.#head.number; number >= this.#droppedNext; number--) {
      const { block, marks } = this.#canonical.get(number)!
      for (const index of candidates(marks, hash)) {
        const transaction = decodeRawBlock(block.rlp, this.#keccak).transactions[index]!
        if (hashKey(this.#keccak(transaction) as Hash) === hashKey(hash)) return { blockHash: block.hash, index }
      }
    }
    switch (this.#forgotten.transaction(hash)) {
      case 'neverHeld':
        return undefined
      case 'forgotten':
      case 'unknown':
        throw new UnavailableError(`not in a block that is held; it may be in one before block ${this.oldest}`)
    }
  }

  /** The parent is held. One that is here already stays as it is. */
  add(block: ExecutionBlock, receipts: readonly Uint8Array[], accessList: Uint8Array | undefined): void {
    const key = hashKey(block.hash)
    if (this.#blocks.has(key)) return
    const marks = marksOf(decodeRawBlock(block.rlp, this.#keccak).transactions, this.#keccak)
    const stored: StoredBlock = { block, accessList, packedReceipts: packReceipts(receipts), marks }
    this.#blocks.set(key, stored)
    this.#byNumber.set(block.number, [...this.allAt(block.number), stored])
    this.#bytes += sizeOf(stored)
    this.#newest = Math.max(this.#newest, block.number)
    if (accessList !== undefined) this.#firstAccessList = Math.min(block.number, this.#firstAccessList ?? block.number)
  }

  /**
   * Makes a block the newest canonical one, and drops what is too old then.
   * @param firm canonical blocks up to this number stay @throws {UnknownBlockError}
   */
  setHead(hash: Hash, firm: number): Reorganization {
    const stored = this.held(hash)
    if (stored === undefined) throw new UnknownBlockError('the block for the head was never accepted, or is not held')
    const added: StoredBlock[] = []
    let at: StoredBlock = stored
    while (!this.isCanonical(at.block)) {
      added.push(at)
      const parent = this.held(at.block.parentHash)
      if (parent === undefined) throw new UnknownBlockError(`block ${at.block.number} leads to no canonical block`)
      at = parent
    }
    if (at.block.number < firm) throw new UnknownBlockError(`the branch leaves the chain before block ${firm}`)
    const removed: StoredBlock[] = []
    for (let number = this.#head.number; number > at.block.number; number--) {
      removed.push(this.#canonical.get(number)!)
      this.#canonical.delete(number)
    }
    for (const block of added) this.#canonical.set(block.block.number, block)
    this.#head = stored.block
    this.#dropOld()
    return { added: added.reverse().map(blockOf), removed: removed.map(blockOf) }
  }

  #dropOld(): void {
    const { blocks, bytes, always } = this.limits
    for (; ; this.#droppedNext++) {
      const count = this.#head.number - this.#droppedNext + 1
      if (count <= always || (count <= blocks && this.#bytes <= bytes)) return
      for (const stored of this.allAt(this.#droppedNext)) {
        this.#blocks.delete(hashKey(stored.block.hash))
        this.#forgotten.add(stored.block.hash, this.isCanonical(stored.block) ? stored.marks : NO_MARKS)
        this.#bytes -= sizeOf(stored)
      }
      this.#byNumber.delete(this.#droppedNext)
      this.#canonical.delete(this.#droppedNext)
    }
  }
}

const NO_MARKS = new Uint32Array(0)

function blockOf({ block }: StoredBlock): ExecutionBlock {
  return block
}

function sizeOf({ block, accessList, packedReceipts, marks }: StoredBlock): number {
  return block.rlp.length + block.header.length + (accessList?.length ?? 0) + packedReceipts.length + marks.byteLength
}
