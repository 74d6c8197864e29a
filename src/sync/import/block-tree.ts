/**
 * The blocks between what is verified and the heads, by their parents.
 *
 * Always:
 * - Every block but the root has its parent in the tree; the root is verified or an anchor.
 * - A block is verified only where its parent is verified or an anchor; {@link BlockTree.verify} is the only way to it.
 * - What descends from a block that is invalid or in dispute is so too; it never becomes anything else.
 * - At most MAX_TREE_BLOCKS blocks.
 */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash } from '../../chain/bytes.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { hashKey } from '../../state/hash-key.ts'
import { MAX_TREE_BLOCKS, STATE_SERVING_WINDOW } from './constants.ts'
import { isGround, isRefused, newBlock, type ImportBlock, type Standing } from './import-block.ts'
import type { BlockProblem } from './import-tools.ts'

/** What would break the tree's invariants: a defect of the caller. */
export class BlockTreeError extends Error {
  override name = 'BlockTreeError'
}

/** How far an open block has come; the verdicts have methods of their own. */
export type Progress = Exclude<Standing, { readonly kind: 'anchor' | 'verified' | 'invalid' | 'disputed' }>

export class BlockTree {
  private readonly blocks = new Map<string, ImportBlock>()
  private bottom: ImportBlock

  constructor(root: RawHeader, now: number) {
    this.bottom = newBlock(root, now, { kind: 'anchor' })
    this.blocks.set(this.bottom.key, this.bottom)
  }

  get root(): ImportBlock {
    return this.bottom
  }

  get size(): number {
    return this.blocks.size
  }

  get(hash: Hash): ImportBlock | undefined {
    return this.blocks.get(hashKey(hash))
  }

  all(): Iterable<ImportBlock> {
    return this.blocks.values()
  }

  /**
   * Adds a block below whose parent is in the tree; gives the one there is if it was added before.
   * @returns undefined when the tree is full
   * @throws {BlockTreeError} without the parent
   */
  insert(header: RawHeader, now: number, standing: Standing = { kind: 'pending' }): ImportBlock | undefined {
    const known = this.get(header.hash)
    if (known !== undefined) return known
    const parent = this.get(header.parentHash)
    if (parent === undefined) throw new BlockTreeError(`block ${header.number} has no parent in the tree`)
    if (this.size >= MAX_TREE_BLOCKS) return undefined
    const block = newBlock(header, now, standing)
    this.blocks.set(block.key, block)
    if (isRefused(parent)) this.condemn(block, refusal(parent))
    return block
  }

  parent(block: ImportBlock): ImportBlock | undefined {
    return block === this.bottom ? undefined : this.get(block.header.parentHash)
  }

  /** From the root's child to `block`; empty for the root, and for a block that is not in the tree any more. */
  path(block: ImportBlock): ImportBlock[] {
    if (this.blocks.get(block.key) !== block) return []
    const path: ImportBlock[] = []
    for (let at: ImportBlock | undefined = block; at !== undefined && at !== this.bottom; at = this.parent(at)) {
      path.push(at)
    }
    return path.reverse()
  }

  isAncestorOrSelf(ancestor: ImportBlock, block: ImportBlock): boolean {
    let at: ImportBlock | undefined = block
    while (at !== undefined && at.header.number > ancestor.header.number) at = this.parent(at)
    return at === ancestor
  }

  descendants(block: ImportBlock): ImportBlock[] {
    return [...this.blocks.values()].filter((other) => other !== block && this.isAncestorOrSelf(block, other))
  }

  /** Whether it or a block above it is signed: then its header, and so its state root, is what a committee stands for. */
  isBelowSigned(block: ImportBlock): boolean {
    for (const other of this.blocks.values()) if (other.signed && this.isAncestorOrSelf(block, other)) return true
    return false
  }

  /** @throws {BlockTreeError} for a block whose parent is not verified and no anchor, or that is decided otherwise */
  verify(block: ImportBlock): void {
    const parent = this.parent(block)
    if (parent === undefined || !isGround(parent))
      throw new BlockTreeError(`block ${block.header.number} cannot be verified before its parent is`)
    this.assertOpen(block)
    block.standing = { kind: 'verified' }
  }

  /** @throws {BlockTreeError} for a block that is decided */
  progress(block: ImportBlock, standing: Progress): void {
    this.assertOpen(block)
    block.standing = standing
  }

  /**
   * Marks a block as invalid, or in dispute where it or a block above it is signed, and everything above it with it.
   * @throws {BlockTreeError} for a block that is verified
   */
  refuse(block: ImportBlock, problem: BlockProblem): void {
    if (isGround(block)) throw new BlockTreeError(`block ${block.header.number} is verified and cannot be refused`)
    const above = this.descendants(block)
    const kind = [block, ...above].some(({ signed }) => signed) ? 'disputed' : 'invalid'
    this.condemn(block, { kind, reason: problem.message, problem })
    for (const descendant of above) this.condemn(descendant, refusal(block))
  }

  /** A committee signed it: what is invalid at or below it is in dispute from now on. @returns the blocks that became so */
  sign(block: ImportBlock): ImportBlock[] {
    block.signed = true
    if (!isRefused(block)) return []
    const changed = this.path(block).filter(({ standing }) => standing.kind === 'invalid')
    const lowest = changed[0]
    if (lowest === undefined) return []
    const all = [lowest, ...this.descendants(lowest)].filter(({ standing }) => standing.kind === 'invalid')
    for (const one of all) if (one.standing.kind === 'invalid') one.standing = { ...one.standing, kind: 'disputed' }
    return all
  }

  /**
   * Makes a block the root: its state is the ground from now on, though nobody here executed it. What does not descend from
   * it is gone.
   * @returns what is gone
   * @throws {BlockTreeError} for a block that is refused: nothing is ever built on such a one
   */
  reroot(block: ImportBlock): ImportBlock[] {
    if (isRefused(block)) throw new BlockTreeError(`block ${block.header.number} is refused and cannot be an anchor`)
    const gone = this.keepAbove(block)
    if (!isGround(block)) block.standing = { kind: 'anchor' }
    return gone
  }

  /** Drops the branches that do not contain the finalized block; it and what is below it stays. @returns what is gone */
  finalize(block: ImportBlock): ImportBlock[] {
    const gone = [...this.blocks.values()].filter(
      (other) => !this.isAncestorOrSelf(other, block) && !this.isAncestorOrSelf(block, other),
    )
    for (const { key } of gone) this.blocks.delete(key)
    return gone
  }

  /** Lets go of what lies more than the window below a verified block. @returns what is gone */
  trim(verified: ImportBlock): ImportBlock[] {
    const path = this.path(verified)
    const root = path[path.length - 1 - STATE_SERVING_WINDOW]
    return root === undefined ? [] : this.keepAbove(root)
  }

  private keepAbove(root: ImportBlock): ImportBlock[] {
    const gone = [...this.blocks.values()].filter((other) => !this.isAncestorOrSelf(root, other))
    for (const { key } of gone) this.blocks.delete(key)
    this.bottom = root
    return gone
  }

  private condemn(block: ImportBlock, standing: Standing & { readonly kind: 'invalid' | 'disputed' }): void {
    block.standing = standing
    block.body = undefined
  }

  private assertOpen(block: ImportBlock): void {
    if (this.blocks.get(block.key) !== block)
      throw new BlockTreeError(`block ${block.header.number} is not in the tree`)
    if (isGround(block) || isRefused(block))
      throw new BlockTreeError(`block ${block.header.number} is ${block.standing.kind} and stays so`)
  }
}

/** What an ancestor's verdict means for what descends from it. */
function refusal({ header, standing }: ImportBlock): Standing & { readonly kind: 'invalid' | 'disputed' } {
  if (standing.kind !== 'invalid' && standing.kind !== 'disputed')
    throw new BlockTreeError('the ancestor is not refused')
  const { kind, problem } = standing
  const message = `it descends from block ${header.number} ${bytesToHex(header.hash)}, which is ${kind}`
  // The first of them explains itself.
  return { kind, problem, reason: standing.reason.startsWith('it descends from') ? standing.reason : message }
}
