/** The leaves of one trie in the order of their keys, for ranges: pages that are replaced whole when a leaf in them changes. */
import { LeafRun, type Leaf } from './leaf-run.ts'

/** A changed leaf costs the copy of its page, a page about 350 bytes of its own: in between lies the least of both. */
const MAX_PAGE_LEAVES = 128

/** Always: pages are not empty, and their keys ascend from page to page. A page in somebody's hands never changes. */
export class SortedLeaves {
  #pages: readonly LeafRun[]

  constructor(pages: readonly LeafRun[] = []) {
    this.#pages = pages
  }

  /** @param leaves ascending, no key twice */
  static of(leaves: readonly Leaf[]): SortedLeaves {
    return new SortedLeaves(paged(leaves))
  }

  get pages(): readonly LeafRun[] {
    return this.#pages
  }

  get isEmpty(): boolean {
    return this.#pages.length === 0
  }

  /** Puts the leaves of `changes` in, and takes out those that have an empty value there. */
  apply(changes: LeafRun): void {
    const pages: LeafRun[] = []
    let at = 0
    for (const [index, page] of this.#pages.entries()) {
      const next = this.#pages[index + 1]
      const start = at
      while (at < changes.length && (next === undefined || next.compare(0, changes.key(at)) > 0)) at++
      if (start === at) pages.push(page)
      else append(pages, merged(page, changes, start, at))
    }
    if (this.#pages.length === 0) append(pages, merged(NO_LEAVES, changes, 0, changes.length))
    this.#pages = pages
  }

  /** Leaves from `origin` on: the page they begin in, and where in it. */
  seek(origin: Uint8Array): { readonly page: number; readonly index: number } {
    let [low, high] = [0, this.#pages.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const page = this.#pages[middle]!
      if (page.compare(page.length - 1, origin) < 0) low = middle + 1
      else high = middle
    }
    return { page: low, index: this.#pages[low]?.seek(origin) ?? 0 }
  }
}

const NO_LEAVES = LeafRun.of([])

function merged(page: LeafRun, changes: LeafRun, from: number, to: number): Leaf[] {
  const leaves: Leaf[] = []
  let index = 0
  for (let at = from; at < to; at++) {
    const change = changes.leaf(at)
    for (; index < page.length && page.compare(index, change.key) < 0; index++) leaves.push(page.leaf(index))
    if (index < page.length && page.compare(index, change.key) === 0) index++
    if (change.value.length > 0) leaves.push(change)
  }
  for (; index < page.length; index++) leaves.push(page.leaf(index))
  return leaves
}

/** Adds leaves as pages; what has become few joins the page before, so that deletions leave no trail of tiny pages. */
function append(pages: LeafRun[], leaves: Leaf[]): void {
  const last = pages.at(-1)
  if (last !== undefined && last.length + leaves.length <= MAX_PAGE_LEAVES / 2) {
    pages.pop()
    leaves = [...Array.from({ length: last.length }, (_, index) => last.leaf(index)), ...leaves]
  }
  pages.push(...paged(leaves))
}

function paged(leaves: readonly Leaf[]): LeafRun[] {
  const count = Math.ceil(leaves.length / MAX_PAGE_LEAVES)
  const size = Math.ceil(leaves.length / Math.max(1, count))
  return Array.from({ length: count }, (_, index) => LeafRun.of(leaves.slice(index * size, (index + 1) * size)))
}
