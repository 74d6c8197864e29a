/**
 * Where each content lies, for millions of them: an open-addressing table in one typed array.
 *
 * A slot takes 20 bytes (27 to 53 per content at the load kept), where a `Map` with hex keys takes about 200. It holds
 * the first 64 bits of the hash, because whoever reads a content compares all 256 bits of its keccak256 anyway. Two
 * contents with equal first 64 bits (one pair in 10^7 databases by chance, 2^32 hashes of work by malice) share a slot:
 * one of them is then not found and is fetched again, nothing worse.
 */

export interface Location {
  readonly page: number
  readonly offset: number
  /** In bytes. */
  readonly length: number
  /** A small number that belongs to the owner of the index. */
  readonly tag: number
}

/** First word, second word of the hash, page, offset, length and tag. */
const WORDS = 5
/** In the slot's page word; page ids start at 1. */
const EMPTY = 0
const REMOVED = 0xffffffff
/** 1,024 slots, 20 kB: a new store. */
const FIRST_CAPACITY = 1024
/** Linear probing stays below nine probes for a miss up to here. */
const MOST_LOAD = 0.75
/** Length and tag share a word: lengths below 16 MiB, tags below 256. */
const LENGTH_BITS = 24

export class HashIndex {
  private slots = new Uint32Array(FIRST_CAPACITY * WORDS)
  private mask = FIRST_CAPACITY - 1
  private live = 0
  /** Slots that are not empty: live ones and removed ones, which probes have to pass. */
  private used = 0

  get size(): number {
    return this.live
  }

  /** The hash, or its first 8 bytes, lies in `bytes` from `start` on; so in the methods below. */
  find(bytes: Uint8Array, start = 0): Location | undefined {
    const at = this.seek(word(bytes, start), word(bytes, start + 4))
    return at < 0 ? undefined : this.location(at)
  }

  /** Adds, or moves what is there. `page` is from 1 to 2^32 - 2. Returns whether it is new. */
  set(bytes: Uint8Array, location: Location, start = 0): boolean {
    const first = word(bytes, start)
    const second = word(bytes, start + 4)
    let at = this.seek(first, second)
    const isNew = at < 0
    if (isNew) {
      if (this.used + 1 > (this.mask + 1) * MOST_LOAD) this.rebuild()
      at = this.vacancy(first)
      this.used++
      this.live++
    }
    this.slots[at] = first
    this.slots[at + 1] = second
    this.slots[at + 2] = location.page
    this.slots[at + 3] = location.offset
    this.slots[at + 4] = ((location.tag << LENGTH_BITS) | location.length) >>> 0
    return isNew
  }

  /** Returns where it was. */
  delete(bytes: Uint8Array, start = 0): Location | undefined {
    const at = this.seek(word(bytes, start), word(bytes, start + 4))
    if (at < 0) return undefined
    const location = this.location(at)
    this.remove(at)
    return location
  }

  /** Sweeps the whole table (30 ms for two million contents): for many pages at once. Returns what was removed. */
  deletePages(pages: ReadonlySet<number>): Location[] {
    const removed: Location[] = []
    for (let at = 0; at < this.slots.length; at += WORDS) {
      if (!pages.has(this.slots[at + 2]!)) continue
      removed.push(this.location(at))
      this.remove(at)
    }
    return removed
  }

  private location(at: number): Location {
    const lengthAndTag = this.slots[at + 4]!
    return {
      page: this.slots[at + 2]!,
      offset: this.slots[at + 3]!,
      length: lengthAndTag & ((1 << LENGTH_BITS) - 1),
      tag: lengthAndTag >>> LENGTH_BITS,
    }
  }

  private remove(at: number): void {
    this.slots[at + 2] = REMOVED
    this.live--
  }

  /** Index of the slot's first word, -1 where there is none. Ends, because a quarter of the slots is empty. */
  private seek(first: number, second: number): number {
    for (let slot = first & this.mask; ; slot = (slot + 1) & this.mask) {
      const at = slot * WORDS
      const page = this.slots[at + 2]!
      if (page === EMPTY) return -1
      if (page !== REMOVED && this.slots[at] === first && this.slots[at + 1] === second) return at
    }
  }

  private vacancy(first: number): number {
    let slot = first & this.mask
    while (this.slots[slot * WORDS + 2] !== EMPTY) slot = (slot + 1) & this.mask
    return slot * WORDS
  }

  /** Leaves the removed slots behind, and doubles the table when the live ones alone fill half of what is allowed. */
  private rebuild(): void {
    const old = this.slots
    const capacity = this.mask + 1
    const next = this.live > (capacity * MOST_LOAD) / 2 ? capacity * 2 : capacity
    this.slots = new Uint32Array(next * WORDS)
    this.mask = next - 1
    this.used = this.live
    for (let at = 0; at < old.length; at += WORDS) {
      const page = old[at + 2]!
      if (page === EMPTY || page === REMOVED) continue
      const to = this.vacancy(old[at]!)
      // A loop, because a view and a copy per slot are ten times slower.
      for (let nth = 0; nth < WORDS; nth++) this.slots[to + nth] = old[at + nth]!
    }
  }
}

function word(hash: Uint8Array, at: number): number {
  return ((hash[at]! << 24) | (hash[at + 1]! << 16) | (hash[at + 2]! << 8) | hash[at + 3]!) >>> 0
}
