/** Where a trie gets its nodes from, and what it says when one is not there. */
import type { AddressBytes, Hash } from '../../chain/bytes.ts'

/**
 * Content-addressed and synchronous. The contract: the bytes returned for a hash have that keccak256. Whoever fills the
 * source hashes each node once on arrival; the trie does not hash them again.
 */
export interface NodeSource {
  /** Encoded node, or undefined when it is not at hand (which says nothing about the state). */
  node(hash: Hash): Uint8Array | undefined
}

/** Bytes and their keccak256, as a commit yields them and a store takes them. */
export interface HashedBytes {
  readonly hash: Hash
  readonly bytes: Uint8Array
}

/** On whose behalf a trie is read: it ends up in the data fault, so that a fetcher can ask for a proof instead. */
export interface AskedFor {
  readonly account?: AddressBytes
  readonly slot?: Uint8Array
}

/** Sources asked in order, the cheapest first: memory, then what a block came with, then the store's cache. */
export function layeredNodes(...layers: readonly NodeSource[]): NodeSource {
  return {
    node(hash) {
      for (const layer of layers) {
        const bytes = layer.node(hash)
        if (bytes !== undefined) return bytes
      }
      return undefined
    },
  }
}
