/** The blocks that are known and the one among them that is followed: what of the way there is open, and where it begins anew. */
import { bytesToHex } from '@ethereumjs/util'
import type { Clock } from '../../chain/clock.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { BlockTree } from './block-tree.ts'
import { isGround, isRefused, type ImportBlock } from './import-block.ts'
import type { ImportHead } from './import-events.ts'
import type { ImportLedger } from './import-ledger.ts'
import type { PivotKind } from './import-status.ts'

/**
 * Always: the target's newest ground was verified, or is proven by a signed block, when it became the target; what a pivot
 * passes is marked in the ledger.
 */
export class FollowedChain {
  #tree: BlockTree | undefined
  #target: ImportBlock | undefined
  #since: RawHeader | undefined
  #finalized: RawHeader | undefined

  /** @param resumed headers of blocks whose state is at hand, each after its parent */
  constructor(
    private readonly ledger: ImportLedger,
    private readonly clock: Clock,
    resumed: readonly RawHeader[],
  ) {
    for (const header of resumed) {
      this.#tree ??= new BlockTree(header, clock.now())
      this.#tree.insert(header, clock.now(), { kind: 'anchor' })
    }
  }

  get tree(): BlockTree | undefined {
    return this.#tree
  }

  /** The newest head whose place in the tree is known. */
  get target(): ImportBlock | undefined {
    return this.#target
  }

  /** Below the oldest block that was executed: where trust in signed headers ends. */
  get since(): RawHeader | undefined {
    return this.#since
  }

  get finalized(): RawHeader | undefined {
    return this.#finalized
  }

  /** From the root to the target. */
  path(): ImportBlock[] {
    const tree = this.#tree
    if (tree === undefined) return []
    return [tree.root, ...(this.#target === undefined ? [] : tree.path(this.#target))]
  }

  /** What is to be done on the way to the target: up to it, or to the first block that is refused. */
  openPath(): ImportBlock[] {
    const open = this.path().filter((block) => !isGround(block))
    const refused = open.findIndex(isRefused)
    return refused < 0 ? open : open.slice(0, refused)
  }

  /** Branches without this block of the tree are let go, and disputes on them are over. */
  finalize(block: ImportBlock): void {
    const tree = this.#tree!
    this.#finalized = block.header
    tree.finalize(block)
    const { number } = block.header
    const path = new Set(tree.path(block).map(({ header }): string => bytesToHex(header.hash)))
    const over = this.ledger.marks.disputes.filter((dispute) => dispute.number <= number && !path.has(dispute.hash))
    this.ledger.settle(new Set(over.map((dispute) => dispute.hash)))
  }

  /** Makes the head's block of the tree the target, where something that is believed is below it. */
  follow(block: ImportBlock, { standing }: ImportHead): void {
    const tree = this.#tree
    const target = this.#target
    if (tree === undefined) return
    if (standing === 'signed' && !block.signed) {
      for (const changed of tree.sign(block)) this.ledger.refused(changed, tree.parent(changed))
    }
    if (target === block || !isAnchored(tree, block)) return
    if (target !== undefined && tree.get(target.header.hash) === target) {
      const isSameBranch = tree.isAncestorOrSelf(target, block) || tree.isAncestorOrSelf(block, target)
      if (!isSameBranch) this.ledger.log.count('reorganizations')
    }
    this.#target = block
  }

  /** Begins a tree at the head's parent, whose state is proven by the head: the last of the chain. */
  startOver(chain: readonly RawHeader[]): void {
    const head = chain.at(-1)!
    const root = chain.at(-2) ?? head
    const before = this.#tree
    const from = this.path().findLast(isGround)
    this.#tree = new BlockTree(root, this.clock.now())
    this.#target = undefined
    this.#since = root
    if (before === undefined || from === undefined)
      return this.ledger.pivoted({ kind: 'start', from, to: root, skippedFrom: undefined, reason: 'the first head' })
    const isReorganization = chain[0]!.number <= from.header.number
    const reason = isReorganization
      ? `the head does not descend from block ${before.root.header.number}, the oldest that is kept`
      : `the head is ${head.number - from.header.number} blocks ahead`
    const kind = isReorganization ? 'reorganization' : 'gap'
    this.ledger.pivoted({ kind, from, to: root, skippedFrom: from.header.number + 1, reason })
  }

  /** Takes a block of the path for proven by its header alone; what is passed stays unverified, and marked. */
  pivot(anchor: ImportBlock, kind: PivotKind, reason: string): void {
    const tree = this.#tree
    if (tree === undefined) return
    const path = [tree.root, ...tree.path(anchor)]
    const from = path.findLast(isGround)
    const passed = path.filter((block) => !isGround(block))
    for (const block of passed) {
      tree.progress(block, { kind: 'skipped', reason })
      block.body = undefined
      block.times.ended = this.clock.now()
      this.ledger.report(block)
    }
    tree.reroot(anchor)
    this.#since = anchor.header
    this.ledger.pivoted({ kind, from, to: anchor.header, skippedFrom: passed[0]?.header.number, reason })
  }

  /** The block, whose parent is ground, was executed. */
  verify(block: ImportBlock): void {
    const tree = this.#tree!
    const parent = tree.parent(block)
    if (parent?.standing.kind === 'anchor') this.#since = parent.header
    tree.verify(block)
    block.body = undefined
    block.failures = 0
    block.times.ended = this.clock.now()
    block.lag = (this.#target?.header.number ?? block.header.number) - block.header.number
    tree.trim(block)
  }
}

/** Whether the newest ground below it was verified, or is proven by a signed block: nothing is executed on any other. */
function isAnchored(tree: BlockTree, block: ImportBlock): boolean {
  const ground = [tree.root, ...tree.path(block)].findLast(isGround)
  return ground !== undefined && (ground.standing.kind === 'verified' || tree.isBelowSigned(ground))
}
