/** Nodes and codes as they arrive: each hashed once, and then known by nothing else. */
import type { Hash, Keccak } from '../../chain/bytes.ts'
import type { CodeSource } from '../../state/content-bag.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { NodeSource } from '../../state/trie/node-source.ts'
import { WitnessError } from './witness-error.ts'

/** As much as a stateless block may hold: twice this as hex in 256 MiB of JSON. */
const MAX_BYTES = 134_217_728

export class FetchedContent implements NodeSource, CodeSource {
  readonly #items = new Map<string, Uint8Array>()
  #size = 0

  constructor(private readonly keccak: Keccak) {}

  /** Useless ones do no harm but that they count. @throws {WitnessError} when there is too much of it */
  add(items: Iterable<Uint8Array>): void {
    for (const item of items) {
      const key = hashKey(this.keccak(item) as Hash)
      if (this.#items.has(key)) continue
      this.#size += item.length
      if (this.#size > MAX_BYTES) throw new WitnessError(`more than ${MAX_BYTES} bytes of nodes and codes came`)
      this.#items.set(key, item.slice())
    }
  }

  node(hash: Hash): Uint8Array | undefined {
    return this.#items.get(hashKey(hash))
  }

  code(hash: Hash): Uint8Array | undefined {
    return this.#items.get(hashKey(hash))
  }

  has(hash: Hash): boolean {
    return this.#items.has(hashKey(hash))
  }
}
