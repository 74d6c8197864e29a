/** The part of a trie that is at hand. */
import type { Hash } from '../../chain/bytes.ts'
import { hashKey } from '../hash-key.ts'
import { fromNibbles, joinNibbles, NO_NIBBLES } from './nibbles.ts'
import type { Nibbles } from './nibbles.ts'
import { NO_CHILD, RADIX, hashNode } from './node.ts'
import type { Node } from './node.ts'
import { NodeLoader, childPath, childRef } from './node-loader.ts'
import type { NodeSource } from './node-source.ts'
import { EMPTY_ROOT } from './partial-trie.ts'

export interface TrieLeaf {
  /** 32 bytes. */
  readonly key: Hash
  /** A view into the node. */
  readonly value: Uint8Array
}

/** Nibbles of a hashed key. */
const KEY_NIBBLES = 64

/**
 * The leaves of a trie of 32-byte keys that can be reached through the nodes of `source`, in order of their keys. What is
 * missing is left out, so this proves nothing about what it does not yield. Each hash is visited once: a root that is
 * nobody's could otherwise name the same node again and again, 16 times on each of 64 levels.
 * @throws {MalformedNodeError}
 */
export function* reachableLeaves(root: Hash, source: NodeSource, owner?: Hash): Generator<TrieLeaf, void, undefined> {
  const loader = new NodeLoader(source, owner)
  const seen = new Set<string>([hashKey(EMPTY_ROOT), hashKey(root)])
  if (seen.size === 1) return
  const pending: { readonly node: Node; readonly path: Nibbles }[] = [{ node: hashNode(root), path: NO_NIBBLES }]
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { path } = next
    const node = loader.load(next.node, path, path.length)
    switch (node?.kind) {
      case undefined:
        break
      case 'leaf': {
        const key = joinNibbles(path, node.path)
        if (key.length === KEY_NIBBLES) yield { key: fromNibbles(key) as Hash, value: node.value }
        break
      }
      case 'extension':
        push(node.child, joinNibbles(path, node.path))
        break
      case 'branch':
        for (let nibble = RADIX - 1; nibble >= 0; nibble--) {
          const child = node.children[nibble]!
          if (child === NO_CHILD) continue
          push(
            typeof child === 'number' ? hashNode(childRef(node, child)) : child,
            childPath(path, path.length, nibble),
          )
        }
    }
  }

  function push(node: Node, path: Nibbles): void {
    if (path.length > KEY_NIBBLES) return
    if (node.kind === 'hash') {
      const key = hashKey(node.ref)
      if (seen.has(key)) return
      seen.add(key)
    }
    pending.push({ node, path })
  }
}
