/** A Merkle-Patricia trie of which only some nodes are at hand (yellow paper, appendix D). */
import { asHash } from '../../chain/bytes.ts'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { DataFaultError } from '../data-fault.ts'
import type { DataFault } from '../data-fault.ts'
import { hashKey } from '../hash-key.ts'
import { changeNodes } from './change-nodes.ts'
import type { Change } from './change-nodes.ts'
import { HASH_LENGTH, encodedNode, referenceOf } from './encode-node.ts'
import { commonLength, compareNibbles, toNibbles } from './nibbles.ts'
import { NO_CHILD, hashNode } from './node.ts'
import type { LoadedNode, Node } from './node.ts'
import { NodeLoader, childHash, hashOf } from './node-loader.ts'
import type { AskedFor, HashedBytes, NodeSource } from './node-source.ts'

/** keccak256 of the encoding of nothing, 0x80: the root of the trie without keys. */
export const EMPTY_ROOT: Hash = asHash(
  Uint8Array.from([
    0x56, 0xe8, 0x1f, 0x17, 0x1b, 0xcc, 0x55, 0xa6, 0xff, 0x83, 0x45, 0xe6, 0x92, 0xc0, 0xf8, 0x6e, 0x5b, 0x48, 0xe0,
    0x1b, 0x99, 0x6c, 0xad, 0xc0, 0x01, 0x62, 0x2f, 0xb5, 0xe3, 0x63, 0xb4, 0x21,
  ]),
)

export interface PartialTrieOptions {
  /** Proven by the caller; everything the trie answers follows from it. */
  readonly root: Hash
  readonly source: NodeSource
  readonly keccak: Keccak
  /** keccak256(address) when this is an account's storage; only reported in faults. */
  readonly owner?: Hash
}

export type Lookup =
  /** `value` is a view into the node: copy it before it leaves the thread, and never write to it. */
  | { readonly kind: 'found'; readonly value: Uint8Array }
  /** Proven: the path of the key ends in something else. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'missing'; readonly fault: DataFault }

export interface TrieEntry {
  readonly key: Uint8Array
  /** Kept, not copied. Undefined or empty deletes the key, present or not. */
  readonly value: Uint8Array | undefined
  readonly askedFor?: AskedFor
}

export interface Commit {
  readonly root: Hash
  /** Children before parents. */
  readonly nodes: HashedBytes[]
}

/**
 * Always: the root is that of the last change that succeeded; an answer comes from nodes that hang together by hashes
 * below that root; a node that is not at hand is a fault and never an absence; a change that faults changes nothing.
 * Keys of any length may be mixed. Memory grows with the nodes that reads and changes touch: make a trie for a block or
 * a run of blocks, not for good.
 */
export class PartialTrie {
  private top: Node | undefined
  private readonly loader: NodeLoader
  private readonly keccak: Keccak

  constructor(private readonly options: PartialTrieOptions) {
    this.keccak = options.keccak
    this.loader = new NodeLoader(options.source, options.owner)
    this.top = hashKey(options.root) === hashKey(EMPTY_ROOT) ? undefined : hashNode(options.root)
  }

  /** What the trie says about a key, without throwing for what is missing. @throws {MalformedNodeError} */
  lookup(key: Uint8Array, askedFor?: AskedFor): Lookup {
    const nibbles = toNibbles(key)
    let node = this.top
    let depth = 0
    while (node !== undefined) {
      const loaded: LoadedNode | undefined = this.loader.load(node, nibbles, depth)
      if (loaded === undefined) return this.missing(hashOf(node), nibbles.slice(0, depth), askedFor)
      switch (loaded.kind) {
        case 'leaf': {
          const { path, value } = loaded
          const same = path.length === nibbles.length - depth && commonLength(path, nibbles, depth) === path.length
          return same ? { kind: 'found', value } : ABSENT
        }
        case 'extension': {
          if (commonLength(loaded.path, nibbles, depth) < loaded.path.length) return ABSENT
          node = this.loader.loadBranch(loaded, nibbles, depth)
          depth += loaded.path.length
          if (node === undefined) return this.missing(hashOf(loaded.child), nibbles.slice(0, depth), askedFor)
          break
        }
        case 'branch': {
          if (depth === nibbles.length) {
            return loaded.value === undefined ? ABSENT : { kind: 'found', value: loaded.value }
          }
          const nibble = nibbles[depth]!
          if (loaded.children[nibble] === NO_CHILD) return ABSENT
          node = this.loader.loadChild(loaded, nibbles, depth)
          depth++
          if (node === undefined) return this.missing(childHash(loaded, nibble), nibbles.slice(0, depth), askedFor)
        }
      }
    }
    return ABSENT
  }

  /**
   * The value of a key, undefined when it is proven to have none. The value is a view: see {@link Lookup}.
   * @throws {DataFaultError} when a node on the key's path is not at hand
   * @throws {MalformedNodeError}
   */
  get(key: Uint8Array, askedFor?: AskedFor): Uint8Array | undefined {
    const found = this.lookup(key, askedFor)
    switch (found.kind) {
      case 'found':
        return found.value
      case 'absent':
        return undefined
      case 'missing':
        throw new DataFaultError(found.fault)
    }
  }

  /** @throws {DataFaultError} and {@link MalformedNodeError}; the trie is then unchanged */
  put(key: Uint8Array, value: Uint8Array, askedFor?: AskedFor): void {
    this.batch([{ key, value, ...(askedFor !== undefined && { askedFor }) }])
  }

  /** Deleting what is proven absent is no error. @throws {DataFaultError} and {@link MalformedNodeError} as `put` */
  delete(key: Uint8Array, askedFor?: AskedFor): void {
    this.batch([{ key, value: undefined, ...(askedFor !== undefined && { askedFor }) }])
  }

  /**
   * All changes together, in an order of the trie's own choosing; of several entries for one key the last counts. A
   * sibling is needed only for a collapse that remains when all is done.
   * @throws {DataFaultError} with everything that is known to be missing; the trie is then unchanged and the same batch
   *   can be repeated once the nodes have arrived
   * @throws {MalformedNodeError} the trie is unchanged as well
   */
  batch(entries: Iterable<TrieEntry>): void {
    const { top, faults } = changeNodes(this.top, sortedChanges(entries), this.loader)
    const [first, ...others] = faults
    if (first !== undefined) throw new DataFaultError(first, others)
    this.top = top
  }

  /** Hashes what has changed since the last call, each node once. */
  root(): Hash {
    if (this.top === undefined) return EMPTY_ROOT
    const ref = referenceOf(this.top, this.keccak)
    return (ref.length === HASH_LENGTH ? ref.slice() : this.keccak(ref)) as Hash
  }

  /**
   * The root and the nodes below it that were made since the last commit, children before parents, so that a store that
   * is cut off never holds a parent it cannot follow. Intermediate nodes of earlier roots are not among them; equal nodes
   * may be listed more than once. The trie goes on from here.
   */
  commit(): Commit {
    const root = this.root()
    const nodes: HashedBytes[] = []
    const { top } = this
    // The root counts as a node of its own even when it is short enough to be embedded.
    if (top !== undefined && top.kind !== 'hash' && top.ref!.length < HASH_LENGTH && top.fresh) {
      nodes.push({ hash: root, bytes: encodedNode(top) })
    }
    collectFresh(top, nodes)
    return { root, nodes }
  }

  /** A trie with the same content that goes its own way from here, for the price of an object. Only one of them commits. */
  fork(): PartialTrie {
    const fork = new PartialTrie(this.options)
    fork.top = this.top
    return fork
  }

  private missing(hash: Hash, path: Uint8Array, askedFor: AskedFor | undefined): Lookup {
    return { kind: 'missing', fault: this.loader.fault(hash, path, askedFor) }
  }
}

const ABSENT: Lookup = { kind: 'absent' }

function sortedChanges(entries: Iterable<TrieEntry>): Change[] {
  const changes: Change[] = []
  for (const { key, value, askedFor } of entries) {
    changes.push({ key: toNibbles(key), value: value?.length === 0 ? undefined : value, askedFor })
  }
  // The sort is stable, so of equal keys the last given stands last.
  changes.sort((a, b) => compareNibbles(a.key, b.key))
  return changes.filter((change, i) => {
    const next = changes[i + 1]
    return next === undefined || compareNibbles(change.key, next.key) !== 0
  })
}

function collectFresh(node: Node | number | undefined, nodes: HashedBytes[]): void {
  // A node that is not fresh has none below it: changing one makes all nodes above it anew.
  if (typeof node !== 'object' || node.kind === 'hash' || !node.fresh) return
  node.fresh = false
  if (node.kind === 'extension') collectFresh(node.child, nodes)
  if (node.kind === 'branch') for (const child of node.children) collectFresh(child, nodes)
  if (node.ref!.length === HASH_LENGTH) nodes.push({ hash: node.ref as Hash, bytes: encodedNode(node) })
}
