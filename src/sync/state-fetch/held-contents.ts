/** Nodes and codes that one block has at hand: what came for it, and what it found in the pool that all blocks share. */
import type { Hash } from '../../chain/bytes.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { HashedBytes } from '../../state/trie/node-source.ts'
import { MAX_BLOCK_BYTES } from './constants.ts'
import type { ContentPool } from './content-pool.ts'
import { FetchBoundError } from './fetch-error.ts'

/** Always: at most one content more than {@link MAX_BLOCK_BYTES}; whoever adds to it has checked the hash. */
export class HeldContents {
  readonly #held = new Map<string, Uint8Array>()
  #bytes = 0
  /** What came over the network for this block, by its hash. */
  readonly #fetched = new Set<string>()

  constructor(private readonly pool: Pick<ContentPool, 'peek'>) {}

  /** Of the pool too; what is found there is held from then on. */
  find(hash: Hash): Uint8Array | undefined {
    const held = this.own(hash)
    if (held !== undefined) return held
    const bytes = this.pool.peek(hash)
    if (bytes !== undefined) this.hold({ hash, bytes })
    return bytes
  }

  /** What this block holds itself. */
  own(hash: Hash): Uint8Array | undefined {
    return this.#held.get(hashKey(hash))
  }

  hold({ hash, bytes }: HashedBytes): void {
    const key = hashKey(hash)
    if (this.#held.has(key) || this.#bytes > MAX_BLOCK_BYTES) return
    this.#held.set(key, bytes)
    this.#bytes += bytes.length
  }

  get bytes(): number {
    return this.#bytes
  }

  clear(): void {
    this.#held.clear()
    this.#bytes = 0
  }

  /** It came over the network for this block. */
  take(content: HashedBytes): void {
    this.#fetched.add(hashKey(content.hash))
    this.hold(content)
  }

  wasFetched(hash: Hash): boolean {
    return this.#fetched.has(hashKey(hash))
  }

  /** @throws {FetchBoundError} */
  checkBounds(): void {
    if (this.#bytes > MAX_BLOCK_BYTES)
      throw new FetchBoundError(`the block needs more than ${MAX_BLOCK_BYTES} bytes of nodes and codes`)
  }
}
