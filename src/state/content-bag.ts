/**
 * Bags of trie nodes and bytecode as witnesses carry them: an unordered heap of byte strings whose only names are their
 * hashes. Each item is hashed once, here; from then on its hash is proof of what it is. What is in a bag says nothing
 * about what is needed: only items that a proven root leads to are ever read.
 */
import type { Hash, Keccak } from '../chain/bytes.ts'
import { hashKey } from './hash-key.ts'
import type { NodeSource } from './trie/node-source.ts'

/** Bytecode by hash, with the same contract as {@link NodeSource}: the bytes have that keccak256. */
export interface CodeSource {
  /** Undefined when it is not at hand. */
  code(hash: Hash): Uint8Array | undefined
}

export class NodeBag implements NodeSource {
  private constructor(private readonly items: ReadonlyMap<string, Uint8Array>) {}

  /** Items are kept, not copied; repeated ones count once. Whoever decodes the bag bounds its size. */
  static from(nodes: Iterable<Uint8Array>, keccak: Keccak): NodeBag {
    return new NodeBag(byHash(nodes, keccak))
  }

  get size(): number {
    return this.items.size
  }

  node(hash: Hash): Uint8Array | undefined {
    return this.items.get(hashKey(hash))
  }
}

export class CodeBag implements CodeSource {
  private constructor(private readonly items: ReadonlyMap<string, Uint8Array>) {}

  /** As {@link NodeBag.from}. */
  static from(codes: Iterable<Uint8Array>, keccak: Keccak): CodeBag {
    return new CodeBag(byHash(codes, keccak))
  }

  get size(): number {
    return this.items.size
  }

  code(hash: Hash): Uint8Array | undefined {
    return this.items.get(hashKey(hash))
  }
}

/** Sources of code asked in order, the cheapest first. */
export function layeredCodes(...layers: readonly CodeSource[]): CodeSource {
  return {
    code(hash) {
      for (const layer of layers) {
        const bytes = layer.code(hash)
        if (bytes !== undefined) return bytes
      }
      return undefined
    },
  }
}

function byHash(items: Iterable<Uint8Array>, keccak: Keccak): Map<string, Uint8Array> {
  const map = new Map<string, Uint8Array>()
  for (const item of items) map.set(hashKey(keccak(item) as Hash), item)
  return map
}
