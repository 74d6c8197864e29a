/** Leaves in the order of their keys, packed: three arrays for however many, and nothing in them ever changes. */
import type { Hash } from '../../../src/chain/bytes.ts'

export const KEY_BYTES = 32

export interface Leaf {
  readonly key: Hash
  /** Empty where the run says that there is no such leaf any more: a trie holds no empty values. */
  readonly value: Uint8Array
}

/** Always: keys ascend, none twice. */
export class LeafRun {
  constructor(
    private readonly keys: Uint8Array,
    /** Where each value ends in {@link values}. */
    private readonly ends: Uint32Array,
    private readonly values: Uint8Array,
  ) {}

  /** Copies. @param leaves ascending, no key twice */
  static of(leaves: readonly Leaf[]): LeafRun {
    const keys = new Uint8Array(leaves.length * KEY_BYTES)
    const ends = new Uint32Array(leaves.length)
    const values = new Uint8Array(leaves.reduce((size, { value }) => size + value.length, 0))
    let end = 0
    for (const [index, { key, value }] of leaves.entries()) {
      keys.set(key, index * KEY_BYTES)
      values.set(value, end)
      end += value.length
      ends[index] = end
    }
    return new LeafRun(keys, ends, values)
  }

  get length(): number {
    return this.ends.length
  }

  /** Bytes of all of it. */
  get size(): number {
    return this.keys.length + this.ends.byteLength + this.values.length
  }

  /** As they lie in memory, for a file. */
  get parts(): { readonly keys: Uint8Array; readonly ends: Uint32Array; readonly values: Uint8Array } {
    return { keys: this.keys, ends: this.ends, values: this.values }
  }

  /** A view. */
  key(index: number): Hash {
    return this.keys.subarray(index * KEY_BYTES, (index + 1) * KEY_BYTES) as Hash
  }

  /** A view. */
  value(index: number): Uint8Array {
    return this.values.subarray(index === 0 ? 0 : this.ends[index - 1], this.ends[index])
  }

  /** Views. */
  leaf(index: number): Leaf {
    return { key: this.key(index), value: this.value(index) }
  }

  /** As `compareKeys` of that leaf's key and `key`. */
  compare(index: number, key: Uint8Array): number {
    const at = index * KEY_BYTES
    for (let i = 0; i < KEY_BYTES; i++) {
      const difference = this.keys[at + i]! - key[i]!
      if (difference !== 0) return difference
    }
    return 0
  }

  /** Index of the first leaf whose key is `key` or comes after it; the length where there is none. */
  seek(key: Uint8Array): number {
    let [low, high] = [0, this.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.compare(middle, key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < KEY_BYTES; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return 0
}
