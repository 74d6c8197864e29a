/**
 * Notes what is really read from a source. Around everything a block reads, that is the block's witness metadata; around
 * a witness that came from outside, it is the part worth storing: useless items of a bag are never among it.
 */
import type { Hash } from '../chain/bytes.ts'
import type { CodeSource } from './content-bag.ts'
import { hashKey, hashOfKey } from './hash-key.ts'
import type { HashedBytes, NodeSource } from './trie/node-source.ts'

/** Always: each item that the source answered with is listed once, in the order of first reading; misses are not. */
export class RecordingNodeSource implements NodeSource {
  private readonly found = new Map<string, Uint8Array>()

  /** @param onFirst told of each item that is listed from now on */
  constructor(
    private readonly source: NodeSource,
    private readonly onFirst: (hash: Hash) => void = () => undefined,
  ) {}

  node(hash: Hash): Uint8Array | undefined {
    const bytes = this.source.node(hash)
    if (bytes === undefined) return undefined
    const key = hashKey(hash)
    if (!this.found.has(key)) this.onFirst(hash)
    this.found.set(key, bytes)
    return bytes
  }

  /** Items listed. */
  get size(): number {
    return this.found.size
  }

  read(): HashedBytes[] {
    return listed(this.found)
  }
}

/** The same for bytecode. */
export class RecordingCodeSource implements CodeSource {
  private readonly found = new Map<string, Uint8Array>()

  constructor(private readonly source: CodeSource) {}

  code(hash: Hash): Uint8Array | undefined {
    const bytes = this.source.code(hash)
    if (bytes !== undefined) this.found.set(hashKey(hash), bytes)
    return bytes
  }

  read(): HashedBytes[] {
    return listed(this.found)
  }
}

function listed(found: ReadonlyMap<string, Uint8Array>): HashedBytes[] {
  return Array.from(found, ([key, bytes]) => ({ hash: hashOfKey(key), bytes }))
}
