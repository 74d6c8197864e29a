/** The one trie that given keys and values make, from nothing. */
import { NO_CHILD, RADIX, branch, leaf, prefixed } from './node.ts'
import type { LoadedNode, Node } from './node.ts'
import { commonLength } from './nibbles.ts'
import type { Nibbles } from './nibbles.ts'

export interface Item {
  /** The whole key. */
  readonly key: Nibbles
  readonly value: Uint8Array
}

/**
 * @param items sorted by key, no key twice; all share their first `depth` nibbles, which lead to the result
 * @returns undefined for no items
 */
export function build(items: readonly Item[], depth: number): LoadedNode | undefined {
  return buildRange(items, depth, 0, items.length)
}

function buildRange(items: readonly Item[], depth: number, from: number, to: number): LoadedNode | undefined {
  const first = items[from]
  if (first === undefined || from === to) return undefined
  if (to - from === 1) return leaf(first.key.subarray(depth), first.value)
  const last = items[to - 1]!
  // Sorted, so what the outermost two share, all share.
  const shared = commonLength(first.key.subarray(depth), last.key, depth)
  const fork = depth + shared
  const endsHere = first.key.length === fork
  const children: (Node | number)[] = new Array<number>(RADIX).fill(NO_CHILD)
  for (let at = endsHere ? from + 1 : from; at < to;) {
    const nibble = items[at]!.key[fork]!
    let end = at + 1
    while (end < to && items[end]!.key[fork] === nibble) end++
    children[nibble] = buildRange(items, fork + 1, at, end) ?? NO_CHILD
    at = end
  }
  return prefixed(first.key.subarray(depth, fork), branch(children, endsHere ? first.value : undefined))
}
