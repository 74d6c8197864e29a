/**
 * Many changes of a trie in one descent.
 *
 * The usual advice for a minimal witness is to insert first and to delete last. Going down once with all changes at once
 * does better: each node is visited once with everything that happens below it, so a branch decides whether it collapses
 * when the fate of all its children is known. Its last child is asked for only when the branch really goes away, and
 * once. A missing node does not stop the descent: all that a first pass can find missing is reported together.
 */
import type { DataFault } from '../data-fault.ts'
import { build } from './build-nodes.ts'
import type { Item } from './build-nodes.ts'
import { NO_CHILD, RADIX, branch, extension, leaf, prefixed } from './node.ts'
import type { Branch, Extension, Leaf, LoadedNode, Node } from './node.ts'
import { NO_NIBBLES, commonLength, compareNibbles, joinNibbles } from './nibbles.ts'
import type { Nibbles } from './nibbles.ts'
import { childHash, childPath, hashOf } from './node-loader.ts'
import type { NodeLoader } from './node-loader.ts'
import type { AskedFor } from './node-source.ts'

export interface Change {
  readonly key: Nibbles
  /** Undefined is a deletion; never empty. */
  readonly value: Uint8Array | undefined
  readonly askedFor: AskedFor | undefined
}

export interface Changed {
  /** Undefined for the empty trie. Meaningless when there are faults. */
  readonly top: Node | undefined
  /** Empty when the changes are complete. */
  readonly faults: readonly DataFault[]
}

/**
 * Leaves the given nodes as they are (except that hashes are replaced by the nodes they name).
 * @param changes sorted by {@link compareNibbles}, no key twice
 * @throws {MalformedNodeError}
 */
export function changeNodes(top: Node | undefined, changes: readonly Change[], loader: NodeLoader): Changed {
  const run: Run = { changes, loader, faults: [] }
  const first = changes[0]
  if (first === undefined) return { top, faults: [] }
  if (top === undefined) return { top: insertAll(run, 0, 0, changes.length), faults: [] }
  const loaded = loader.load(top, first.key, 0)
  if (loaded === undefined) return { top, faults: [loader.fault(hashOf(top), NO_NIBBLES, first.askedFor)] }
  return { top: changeNode(run, loaded, 0, 0, changes.length), faults: run.faults }
}

interface Run {
  readonly changes: readonly Change[]
  readonly loader: NodeLoader
  readonly faults: DataFault[]
}

/** In all of these the changes `[from, to)` (at least one) share their first `depth` nibbles, which lead to the node. */
function changeNode(run: Run, node: LoadedNode, depth: number, from: number, to: number): LoadedNode | undefined {
  switch (node.kind) {
    case 'leaf':
      return changeLeaf(run, node, depth, from, to)
    case 'extension':
      return changeExtension(run, node, depth, from, to)
    case 'branch':
      return changeBranch(run, node, depth, from, to)
  }
}

function insertAll(run: Run, depth: number, from: number, to: number): LoadedNode | undefined {
  return build(insertions(run, from, to), depth)
}

function insertions(run: Run, from: number, to: number): Item[] {
  const items: Item[] = []
  for (let i = from; i < to; i++) {
    const { key, value } = run.changes[i]!
    if (value !== undefined) items.push({ key, value })
  }
  return items
}

function changeLeaf(run: Run, node: Leaf, depth: number, from: number, to: number): LoadedNode | undefined {
  const items = insertions(run, from, to)
  const own = findSuffix(run, node.path, depth, from, to)
  if (own === undefined) {
    if (items.length === 0) return node
    const key = joinNibbles(run.changes[from]!.key.subarray(0, depth), node.path)
    const place = items.findIndex((item) => compareNibbles(key, item.key) < 0)
    items.splice(place < 0 ? items.length : place, 0, { key, value: node.value })
  } else if (items.length === 1 && own.value !== undefined && sameBytes(own.value, node.value)) {
    return node
  }
  return build(items, depth)
}

function changeExtension(run: Run, node: Extension, depth: number, from: number, to: number): LoadedNode | undefined {
  const shared = sharedLength(run, node.path, depth, from, to)
  if (shared === undefined) return node
  const path = node.path.subarray(0, shared)
  const [start, end] = narrow(run, path, depth, from, to)
  if (shared < node.path.length) {
    return prefixed(path, changeBranch(run, splitAt(node, shared), depth + shared, start, end))
  }
  const { key, askedFor } = run.changes[start]!
  const child = run.loader.loadBranch(node, key, depth)
  if (child === undefined) {
    run.faults.push(run.loader.fault(hashOf(node.child), key.slice(0, depth + shared), askedFor))
    return node
  }
  const changed = changeBranch(run, child, depth + shared, start, end)
  return changed === child ? node : prefixed(path, changed)
}

/** The branch that takes the place of an extension's path from `shared` on; so far the extension's own child is in it. */
function splitAt({ path, child }: Extension, shared: number): Branch {
  const children: (Node | number)[] = new Array<number>(RADIX).fill(NO_CHILD)
  const rest = path.subarray(shared + 1)
  children[path[shared]!] = rest.length === 0 ? child : extension(rest, child)
  return branch(children, undefined)
}

function changeBranch(run: Run, node: Branch, depth: number, from: number, to: number): LoadedNode | undefined {
  const { changes, faults } = run
  const faultsBefore = faults.length
  const first = changes[from]!
  const endsHere = first.key.length === depth
  const value = endsHere && !sameValue(first.value, node.value) ? first.value : node.value
  let children: (Node | number)[] | undefined
  for (let at = endsHere ? from + 1 : from; at < to;) {
    const nibble = changes[at]!.key[depth]!
    let end = at + 1
    while (end < to && changes[end]!.key[depth] === nibble) end++
    const changed = changeChild(run, node, depth, at, end)
    if (children === undefined && changed !== node.children[nibble]) children = node.children.slice()
    if (children !== undefined) children[nibble] = changed
    at = end
  }
  // With a child missing nobody can say whether the branch stays one, and the result is not going to be used.
  if (faults.length > faultsBefore) return node
  if (children === undefined && value === node.value) return node
  return settle(run, node, children ?? node.children, value, depth, from, to)
}

function changeChild(run: Run, parent: Branch, depth: number, from: number, to: number): Node | number {
  const { key, askedFor } = run.changes[from]!
  const nibble = key[depth]!
  if (parent.children[nibble] === NO_CHILD) return insertAll(run, depth + 1, from, to) ?? NO_CHILD
  const child = run.loader.loadChild(parent, key, depth)
  if (child !== undefined) return changeNode(run, child, depth + 1, from, to) ?? NO_CHILD
  run.faults.push(run.loader.fault(childHash(parent, nibble), key.slice(0, depth + 1), askedFor))
  return parent.children[nibble]!
}

/** What becomes of a branch with new content: a branch, or, when one thing is left in it, that thing with a longer path. */
function settle(
  run: Run,
  before: Branch,
  children: (Node | number)[],
  value: Uint8Array | undefined,
  depth: number,
  from: number,
  to: number,
): LoadedNode | undefined {
  let occupied = 0
  let last = 0
  for (let nibble = 0; nibble < RADIX; nibble++) {
    if (children[nibble] === NO_CHILD) continue
    occupied++
    last = nibble
  }
  if (occupied + (value === undefined ? 0 : 1) > 1) return branch(children, value, before.base)
  if (value !== undefined) return leaf(NO_NIBBLES, value)
  if (occupied === 0) return undefined
  const path = childPath(run.changes[from]!.key, depth, last)
  const child = children[last] as Node | number
  const loaded = child === before.children[last] ? run.loader.loadChild(before, path, depth) : (child as LoadedNode)
  if (loaded !== undefined) return prefixed(Uint8Array.of(last), loaded)
  run.faults.push(run.loader.fault(childHash(before, last), path, deletion(run, from, to).askedFor))
  return before
}

/** The change that a collapse is due to, as far as one can be named. */
function deletion(run: Run, from: number, to: number): Change {
  for (let i = from; i < to; i++) {
    if (run.changes[i]!.value === undefined) return run.changes[i]!
  }
  return run.changes[from]!
}

/** The change of exactly this key, if there is one. */
function findSuffix(run: Run, suffix: Nibbles, depth: number, from: number, to: number): Change | undefined {
  for (let i = from; i < to; i++) {
    const { key } = run.changes[i]!
    if (key.length - depth === suffix.length && commonLength(suffix, key, depth) === suffix.length) {
      return run.changes[i]
    }
  }
  return undefined
}

/** How much of an extension's path survives the changes; undefined when none of them concerns it. */
function sharedLength(run: Run, path: Nibbles, depth: number, from: number, to: number): number | undefined {
  let shared: number | undefined
  for (let i = from; i < to; i++) {
    const { key, value } = run.changes[i]!
    const common = commonLength(path, key, depth)
    // Deleting what the path proves to be absent changes nothing.
    if (common < path.length && value === undefined) continue
    shared = Math.min(shared ?? common, common)
  }
  return shared
}

/** The part of `[from, to)` whose keys go on with `path`: together, because the changes are sorted. */
function narrow(run: Run, path: Nibbles, depth: number, from: number, to: number): [start: number, end: number] {
  const goesOn = (i: number): boolean => commonLength(path, run.changes[i]!.key, depth) === path.length
  let start = from
  while (start < to && !goesOn(start)) start++
  let end = start
  while (end < to && goesOn(end)) end++
  return [start, end]
}

function sameValue(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && sameBytes(a, b))
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
