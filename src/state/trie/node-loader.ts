/** Brings nodes of one trie from its source into memory and links them where they are referred to. */
import type { Hash } from '../../chain/bytes.ts'
import type { DataFault } from '../data-fault.ts'
import { RlpError } from '../rlp.ts'
import { decodeNode } from './decode-node.ts'
import { HASH_LENGTH } from './encode-node.ts'
import { MalformedNodeError } from './malformed-node-error.ts'
import { joinNibbles } from './nibbles.ts'
import type { Nibbles } from './nibbles.ts'
import type { Branch, Extension, LoadedNode, Node } from './node.ts'
import type { AskedFor, NodeSource } from './node-source.ts'

/**
 * Always: once a node has been found it is linked in place of its hash, so the source is asked for it once; one that
 * was not found is asked for again by the next operation, because it may have arrived.
 */
export class NodeLoader {
  constructor(
    private readonly source: NodeSource,
    private readonly owner: Hash | undefined,
  ) {}

  /**
   * @param key nibbles whose first `depth` lead to the node
   * @returns undefined when the source does not have it
   * @throws {MalformedNodeError}
   */
  load(node: Node, key: Nibbles, depth: number): LoadedNode | undefined {
    if (node.kind !== 'hash') return node
    node.target ??= this.fetch(node.ref, key, depth)
    return node.target
  }

  /** The same for a child of a branch that is there; `depth` is that of the branch, `key` passes through the child. */
  loadChild(parent: Branch, key: Nibbles, depth: number): LoadedNode | undefined {
    const nibble = key[depth]!
    const child = parent.children[nibble]!
    const loaded =
      typeof child === 'number'
        ? this.fetch(hashAt(parent.base, child), key, depth + 1)
        : this.load(child, key, depth + 1)
    if (loaded !== undefined) parent.children[nibble] = loaded
    return loaded
  }

  /** The branch that an extension leads to; `depth` is that of the extension. */
  loadBranch(parent: Extension, key: Nibbles, depth: number): Branch | undefined {
    const end = depth + parent.path.length
    const loaded = this.load(parent.child, key, end)
    if (loaded === undefined || loaded.kind === 'branch') return loaded
    throw this.malformed(hashOf(parent.child), key, end, `a ${loaded.kind} below an extension`)
  }

  /** The fault for a node that could not be loaded. */
  fault(hash: Hash, path: Nibbles, askedFor: AskedFor | undefined): DataFault {
    return {
      kind: 'node',
      hash,
      path,
      ...(this.owner !== undefined && { owner: this.owner }),
      ...(askedFor?.account !== undefined && { account: askedFor.account }),
      ...(askedFor?.slot !== undefined && { slot: askedFor.slot }),
    }
  }

  private fetch(hash: Hash, key: Nibbles, depth: number): LoadedNode | undefined {
    const bytes = this.source.node(hash)
    if (bytes === undefined) return undefined
    if (bytes.length < HASH_LENGTH && depth > 0) {
      throw this.malformed(hash, key, depth, `${bytes.length} bytes, which a parent embeds`)
    }
    try {
      const node = decodeNode(bytes)
      // The root's parent is the header, which holds a hash however short the node is; as a child it would be embedded.
      node.ref = bytes.length < HASH_LENGTH ? bytes : hash
      return node
    } catch (error) {
      if (error instanceof RlpError) throw this.malformed(hash, key, depth, error.message)
      throw error
    }
  }

  private malformed(hash: Hash, key: Nibbles, depth: number, reason: string): MalformedNodeError {
    return new MalformedNodeError(hash.slice() as Hash, key.slice(0, depth), reason, this.owner)
  }
}

/** The hash that a branch's child at `offset` has, as a view. */
export function childRef(parent: Branch, offset: number): Hash {
  return hashAt(parent.base, offset)
}

/** Copies the hash of a child that is still an offset: faults outlive the node and cross threads. */
export function childHash(parent: Branch, nibble: number): Hash {
  const child = parent.children[nibble]!
  return (typeof child === 'number' ? hashAt(parent.base, child) : child.ref!).slice() as Hash
}

/** Copies the hash of a node that could not be loaded, for the same reason. */
export function hashOf(node: Node): Hash {
  return node.ref!.slice() as Hash
}

export function childPath(key: Nibbles, depth: number, nibble: number): Nibbles {
  return joinNibbles(key.subarray(0, depth), Uint8Array.of(nibble))
}

function hashAt(base: Uint8Array, offset: number): Hash {
  return base.subarray(offset, offset + HASH_LENGTH) as Hash
}
