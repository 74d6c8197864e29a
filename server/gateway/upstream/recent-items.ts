/** Values by their hashes or roots, those that were used last. */
import type { Hash, Root } from '../../../src/chain/bytes.ts'
import { hashKey } from '../../../src/state/hash-key.ts'

/** Of an entry besides what it holds: the key, two objects. */
const ENTRY_BYTES = 200

/** Always: the values have at most `maxBytes` together, by what `sizeOf` says; the least recently used go first. */
export class RecentItems<V> {
  readonly #items = new Map<string, V>()
  #bytes = 0

  constructor(
    private readonly maxBytes: number,
    private readonly sizeOf: (value: V) => number,
  ) {}

  get bytes(): number {
    return this.#bytes
  }

  get(hash: Hash | Root): V | undefined {
    const key = hashKey(hash as Hash)
    const value = this.#items.get(key)
    if (value === undefined) return undefined
    this.#items.delete(key)
    this.#items.set(key, value)
    return value
  }

  put(hash: Hash | Root, value: V): void {
    const key = hashKey(hash as Hash)
    const old = this.#items.get(key)
    if (old !== undefined) this.#drop(key, old)
    this.#items.set(key, value)
    this.#bytes += this.sizeOf(value) + ENTRY_BYTES
    for (const [oldest, item] of this.#items) {
      if (this.#bytes <= this.maxBytes) return
      this.#drop(oldest, item)
    }
  }

  #drop(key: string, value: V): void {
    this.#items.delete(key)
    this.#bytes -= this.sizeOf(value) + ENTRY_BYTES
  }
}
