/**
 * The leaves of one state in order: those of the oldest state held, under what each block since has changed. A heap of
 * cursors, because a state may lie under 256 such layers and a range asks for a few thousand leaves of it.
 */
import { compareKeys, type Leaf, type LeafRun } from './leaf-run.ts'
import type { SortedLeaves } from './sorted-leaves.ts'

/** @param layers the newest first. Views; what is yielded holds until the next change of `base`. */
export function* mergeLeaves(
  base: SortedLeaves | undefined,
  layers: readonly LeafRun[],
  origin: Uint8Array,
): Generator<Leaf, void, undefined> {
  const heap = new CursorHeap()
  for (const [age, run] of layers.entries()) heap.push(cursorIn([run], 0, run.seek(origin), age))
  if (base !== undefined) {
    const { page, index } = base.seek(origin)
    heap.push(cursorIn(base.pages, page, index, layers.length))
  }
  for (let first = heap.first; first !== undefined; first = heap.first) {
    const leaf = first.leaf
    heap.advance()
    // Older layers have the same key: what the newest says counts.
    while (heap.first !== undefined && compareKeys(heap.first.leaf.key, leaf.key) === 0) heap.advance()
    if (leaf.value.length > 0) yield leaf
  }
}

interface Cursor {
  readonly pages: readonly LeafRun[]
  page: number
  index: number
  /** 0 is the newest. */
  readonly age: number
  leaf: Leaf
}

/** Undefined past the end. */
function cursorIn(pages: readonly LeafRun[], page: number, index: number, age: number): Cursor | undefined {
  const run = pages[page]
  return run && index < run.length ? { pages, page, index, age, leaf: run.leaf(index) } : undefined
}

function isBefore(a: Cursor, b: Cursor): boolean {
  return (compareKeys(a.leaf.key, b.leaf.key) || a.age - b.age) < 0
}

/** The smallest key on top, of equal ones the newest. */
class CursorHeap {
  readonly #cursors: Cursor[] = []

  get first(): Cursor | undefined {
    return this.#cursors[0]
  }

  push(cursor: Cursor | undefined): void {
    if (cursor === undefined) return
    const cursors = this.#cursors
    let at = cursors.push(cursor) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(cursors[at]!, cursors[above]!)) return
      swap(cursors, at, above)
      at = above
    }
  }

  /** Moves the first cursor on by a leaf. */
  advance(): void {
    const cursors = this.#cursors
    const [first] = cursors
    if (first === undefined) return
    if (!next(first)) {
      const last = cursors.pop()!
      if (cursors.length === 0) return
      cursors[0] = last
    }
    this.#sink()
  }

  #sink(): void {
    const cursors = this.#cursors
    for (let at = 0; ;) {
      let least = at
      for (const below of [2 * at + 1, 2 * at + 2]) {
        if (below < cursors.length && isBefore(cursors[below]!, cursors[least]!)) least = below
      }
      if (least === at) return
      swap(cursors, at, least)
      at = least
    }
  }
}

function next(cursor: Cursor): boolean {
  cursor.index++
  if (cursor.index === cursor.pages[cursor.page]!.length) {
    cursor.page++
    cursor.index = 0
  }
  const run = cursor.pages[cursor.page]
  if (run === undefined) return false
  cursor.leaf = run.leaf(cursor.index)
  return true
}

function swap(cursors: Cursor[], a: number, b: number): void {
  ;[cursors[a], cursors[b]] = [cursors[b]!, cursors[a]!]
}
