/** Nodes and codes that a block made, as sources to read them from. */
import { hashKey } from '../../src/state/hash-key.ts'
import type { CodeSource } from '../../src/state/content-bag.ts'
import type { HashedBytes, NodeSource } from '../../src/state/trie/node-source.ts'

/** The hashes are trusted: whoever lists the bytes has made or checked them. */
export function contentOf({
  nodes,
  codes,
}: {
  readonly nodes: readonly HashedBytes[]
  readonly codes: readonly HashedBytes[]
}): { readonly nodes: NodeSource; readonly codes: CodeSource } {
  const nodesByHash = byHash(nodes)
  const codesByHash = byHash(codes)
  return {
    nodes: { node: (hash) => nodesByHash.get(hashKey(hash)) },
    codes: { code: (hash) => codesByHash.get(hashKey(hash)) },
  }
}

function byHash(items: readonly HashedBytes[]): ReadonlyMap<string, Uint8Array> {
  return new Map(items.map(({ hash, bytes }) => [hashKey(hash), bytes]))
}
