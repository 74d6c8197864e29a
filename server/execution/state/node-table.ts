/**
 * Counted trie nodes by hash, in few large pieces of memory: half a million nodes as objects of their own would cost
 * several times their bytes, and each would be looked at by every garbage collection. Measured: 190 bytes a node on a
 * state of 100,000 accounts and 300,000 slots, all told.
 */
import type { Hash } from '../../../src/chain/bytes.ts'
import type { NodeSource } from '../../../src/state/trie/node-source.ts'

/** Where a node lies; valid for as long as something counts it. */
export type NodeId = number

/** Memory is given out in cells of so many bytes: the smallest nodes take three, the largest 18. */
const CELL_BYTES = 32
const SMALLEST_CELLS = 3
const CELLS_PER_SLAB = 32_768
/** 1 MiB: so little is lost at the end of one, and a small state does not begin with more. */
export const SLAB_BYTES = CELL_BYTES * CELLS_PER_SLAB
/** An entry: hash, count, length, bytes. */
const COUNT_AT = 32
const LENGTH_AT = 36
const BYTES_AT = 40
/** A branch of a state has 532 bytes at most; what is far above it is no node and would break the slabs. */
const MAX_NODE_BYTES = 4096
/** Slots of an empty index; a power of two. */
const FIRST_SLOTS = 1024
/** Above this part of its slots the index doubles: linear probing then needs about two looks. */
const MAX_LOAD = 0.6

/** A slab and how much of it entries fill, one after the other: what a table is kept on disk as. */
export interface PackedSlab {
  readonly bytes: Uint8Array
  readonly usedBytes: number
}

/**
 * Always: each hash is in the table once, with a count above zero; what counts nothing is gone and its memory used again.
 */
export class NodeTable implements NodeSource {
  readonly #slabs: Slab[] = []
  /** Cells used from the start of each slab on. */
  readonly #used: number[] = []
  /** Free pieces by their number of cells. */
  readonly #free: NodeId[][] = []
  /** Ids by hash, open addressing; 0 is a free slot, because no entry lies in the first cell. */
  #index = new Uint32Array(FIRST_SLOTS)
  #size = 0
  #cells = 0

  /** Takes the slabs as its own. @throws {RangeError} for slabs that no table has written */
  static fromSlabs(slabs: readonly Uint8Array[], usedBytes: readonly number[]): NodeTable {
    const table = new NodeTable()
    // Enough for the smallest nodes at once: growing step by step took half of the loading.
    const most = usedBytes.reduce((sum, bytes) => sum + bytes, 0) / (SMALLEST_CELLS * CELL_BYTES)
    while (most / table.#index.length > MAX_LOAD) table.#index = new Uint32Array(table.#index.length * 2)
    for (const [index, bytes] of slabs.entries()) table.#adopt(bytes, usedBytes[index]!)
    return table
  }

  /** Different nodes. */
  get size(): number {
    return this.#size
  }

  /** In use by nodes; what is held from the system is as much as there ever was. */
  get bytes(): number {
    return this.#cells * CELL_BYTES
  }

  /** A copy, because the memory is used again once the node is not counted any more. */
  node(hash: Hash): Uint8Array | undefined {
    const id = this.find(hash)
    return id === 0 ? undefined : this.bytesOf(id).slice()
  }

  /** The same without copying, for whoever is done before anything is released. */
  readonly views: NodeSource = {
    node: (hash) => {
      const id = this.find(hash)
      return id === 0 ? undefined : this.bytesOf(id)
    },
  }

  /** A view that holds until the node is released for the last time. */
  bytesOf(id: NodeId): Uint8Array {
    const { bytes, view } = this.#slabOf(id)
    const at = offsetOf(id)
    return bytes.subarray(at + BYTES_AT, at + BYTES_AT + view.getUint32(at + LENGTH_AT))
  }

  /** 0 where it is not here. */
  find(hash: Hash): NodeId {
    const index = this.#index
    for (let slot = firstSlot(hash, index.length); ; slot = (slot + 1) & (index.length - 1)) {
      const id = index[slot]!
      if (id === 0 || this.#holds(id, hash)) return id
    }
  }

  /** Counts a node once more. @param bytes its bytes, copied where it is new */
  count(hash: Hash, bytes: Uint8Array): NodeId {
    const known = this.find(hash)
    if (known !== 0) {
      this.#addToCount(known, 1)
      return known
    }
    if ((this.#size + 1) / this.#index.length > MAX_LOAD) this.#grow()
    const id = this.#allocate(bytes.length)
    const slab = this.#slabOf(id)
    const at = offsetOf(id)
    slab.bytes.set(hash, at)
    slab.view.setUint32(at + COUNT_AT, 1)
    slab.view.setUint32(at + LENGTH_AT, bytes.length)
    slab.bytes.set(bytes, at + BYTES_AT)
    this.#insert(id)
    return id
  }

  /** Takes back one count. */
  release(id: NodeId): void {
    if (this.#addToCount(id, -1) > 0) return
    this.#remove(id)
    const cells = cellsFor(this.bytesOf(id).length)
    this.#cells -= cells
    const free = (this.#free[cells] ??= [])
    free.push(id)
  }

  /** Of a table from which nothing was ever released. */
  pack(): PackedSlab[] {
    if (this.#free.some((pieces) => pieces !== undefined && pieces.length > 0)) {
      throw new Error('a table with gaps: pack it before anything is released')
    }
    return this.#slabs.map(({ bytes }, index) => ({ bytes, usedBytes: this.#used[index]! * CELL_BYTES }))
  }

  #allocate(length: number): NodeId {
    if (length > MAX_NODE_BYTES) throw new RangeError(`a node of ${length} bytes; at most ${MAX_NODE_BYTES} expected`)
    const cells = cellsFor(length)
    this.#cells += cells
    const free = this.#free[cells]?.pop()
    if (free !== undefined) return free
    if (this.#slabs.length === 0 || this.#used.at(-1)! + cells > CELLS_PER_SLAB)
      this.#addSlab(new Uint8Array(SLAB_BYTES))
    const slab = this.#slabs.length - 1
    const cell = this.#used[slab]!
    this.#used[slab] = cell + cells
    return slab * CELLS_PER_SLAB + cell
  }

  #addSlab(bytes: Uint8Array): void {
    this.#slabs.push({ bytes, view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length) })
    // The first cell of all stands for "none".
    this.#used.push(this.#slabs.length === 1 ? 1 : 0)
  }

  #adopt(bytes: Uint8Array, usedBytes: number): void {
    if (bytes.length !== SLAB_BYTES || usedBytes > SLAB_BYTES) throw new RangeError(`a slab of ${bytes.length} bytes`)
    this.#addSlab(bytes)
    const slab = this.#slabs.length - 1
    const { view } = this.#slabs[slab]!
    let cell = this.#used[slab]!
    while (cell * CELL_BYTES < usedBytes) {
      const length = view.getUint32(cell * CELL_BYTES + LENGTH_AT)
      if (length > MAX_NODE_BYTES) throw new RangeError(`a slab with a node of ${length} bytes`)
      if ((this.#size + 1) / this.#index.length > MAX_LOAD) this.#grow()
      this.#insert(slab * CELLS_PER_SLAB + cell)
      cell += cellsFor(length)
      this.#cells += cellsFor(length)
    }
    this.#used[slab] = cell
  }

  #insert(id: NodeId): void {
    place(this.#index, id, this.#hashOf(id))
    this.#size++
  }

  /** Linear probing without marks: what follows the gap moves up where it may (Knuth, TAOCP 6.4, algorithm R). */
  #remove(id: NodeId): void {
    const index = this.#index
    const mask = index.length - 1
    let gap = firstSlot(this.#hashOf(id), index.length)
    while (index[gap] !== id) gap = (gap + 1) & mask
    for (let slot = (gap + 1) & mask; index[slot] !== 0; slot = (slot + 1) & mask) {
      const home = firstSlot(this.#hashOf(index[slot]!), index.length)
      if (((slot - home) & mask) < ((slot - gap) & mask)) continue
      index[gap] = index[slot]!
      gap = slot
    }
    index[gap] = 0
    this.#size--
  }

  #grow(): void {
    const larger = new Uint32Array(this.#index.length * 2)
    for (const id of this.#index) if (id !== 0) place(larger, id, this.#hashOf(id))
    this.#index = larger
  }

  #holds(id: NodeId, hash: Hash): boolean {
    const { bytes } = this.#slabOf(id)
    const at = offsetOf(id)
    for (let i = 0; i < 32; i++) if (bytes[at + i] !== hash[i]) return false
    return true
  }

  #hashOf(id: NodeId): Uint8Array {
    const at = offsetOf(id)
    return this.#slabOf(id).bytes.subarray(at, at + 32)
  }

  #addToCount(id: NodeId, change: 1 | -1): number {
    const { view } = this.#slabOf(id)
    const at = offsetOf(id) + COUNT_AT
    const count = view.getUint32(at) + change
    view.setUint32(at, count)
    return count
  }

  #slabOf(id: NodeId): Slab {
    return this.#slabs[Math.floor(id / CELLS_PER_SLAB)]!
  }
}

interface Slab {
  readonly bytes: Uint8Array
  readonly view: DataView
}

function cellsFor(length: number): number {
  return Math.ceil((BYTES_AT + length) / CELL_BYTES)
}

function offsetOf(id: NodeId): number {
  return (id % CELLS_PER_SLAB) * CELL_BYTES
}

/** Any four bytes of a keccak256 spread evenly. */
function firstSlot(hash: Uint8Array, slots: number): number {
  return ((hash[0]! << 24) | (hash[1]! << 16) | (hash[2]! << 8) | hash[3]!) & (slots - 1)
}

function place(index: Uint32Array, id: NodeId, hash: Uint8Array): void {
  let slot = firstSlot(hash, index.length)
  while (index[slot] !== 0) slot = (slot + 1) & (index.length - 1)
  index[slot] = id
}
