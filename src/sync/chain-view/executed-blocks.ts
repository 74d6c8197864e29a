/**
 * Which blocks of the chain were executed here, and since which one without a gap.
 *
 * Always: a block counts only while the chain holds it, and holds a block at or above it up to which all were executed. Of
 * another branch's blocks nothing follows but for what both have in common.
 */
import type { Hash } from '../../chain/bytes.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'

export interface NamedBlock {
  readonly number: number
  readonly hash: Hash
}

/** Blocks that were executed here without a gap: those after `anchor`, up to `newest`. */
export interface ExecutedRange {
  readonly anchor: NamedBlock
  readonly newest: RawHeader
}

interface Held {
  readonly anchor: NamedBlock
  /** Was in the chain when it was noted. */
  readonly newest: NamedBlock
}

export class ExecutedBlocks {
  /** As it came last: it may be ahead of the chain that is known here, or of a branch that it left. */
  #told: ExecutedRange | undefined
  #held: Held | undefined

  constructor(private readonly isCanonical: (block: NamedBlock) => boolean) {}

  get told(): ExecutedRange | undefined {
    return this.#told
  }

  /** Undefined where nothing is executed. */
  tell(range: ExecutedRange | undefined): void {
    this.#told = range
    if (range === undefined) this.#held = undefined
    this.range()
  }

  /** The chain is another. @param removed in it no more, newest first: up to the block below them, what was executed still is */
  chainChanged(removed: readonly RawHeader[]): void {
    const fork = removed.at(-1)
    const held = this.#held
    if (fork !== undefined && held !== undefined && held.newest.number >= fork.number)
      this.#held = { ...held, newest: { number: fork.number - 1, hash: fork.parentHash } }
    this.range()
  }

  /** Those of the chain; undefined where there are none that can be told. */
  range(): Held | undefined {
    if (this.#told !== undefined && this.isCanonical(this.#told.newest)) this.#held = this.#told
    return this.#held !== undefined && this.isCanonical(this.#held.newest) ? this.#held : undefined
  }

  /** The block before those that were executed here without a gap; undefined of a block that was not. */
  anchorOf(block: NamedBlock): NamedBlock | undefined {
    const range = this.range()
    if (range === undefined || !this.isCanonical(block)) return undefined
    const { anchor, newest } = range
    return block.number > anchor.number && block.number <= newest.number ? anchor : undefined
  }
}
