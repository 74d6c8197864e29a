/** Nodes and codes that have passed through, by their hashes, the newest of them. */
import type { Hash, Keccak } from '../../../../src/chain/bytes.ts'
import type { CodeSource } from '../../../../src/state/content-bag.ts'
import type { NodeSource } from '../../../../src/state/trie/node-source.ts'
import { RecentItems } from '../recent-items.ts'

/** What the last hundred blocks of mainnet touch, about. */
const MAX_BYTES = 64 * 1024 * 1024

/** Always: what is given for a hash has it; at most {@link MAX_BYTES} are held, the least recently seen go first. */
export class SeenContent implements NodeSource, CodeSource {
  readonly #items = new RecentItems<Uint8Array>(MAX_BYTES, ({ length }) => length)

  constructor(private readonly keccak: Keccak) {}

  add(items: Iterable<Uint8Array>): void {
    // Copies: the bytes are often views into a whole answer, which would be held with them.
    for (const item of items) this.#items.put(this.keccak(item) as Hash, item.slice())
  }

  node(hash: Hash): Uint8Array | undefined {
    return this.#items.get(hash)
  }

  code(hash: Hash): Uint8Array | undefined {
    return this.#items.get(hash)
  }
}
