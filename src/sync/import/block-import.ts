/**
 * Imports blocks: follows the head it is given, fetches the blocks below it, prepares several and executes them one by one,
 * each on the state of its parent.
 *
 * Promises:
 * - A block is called verified only after it was executed on a parent that is verified, or on an anchor: a block whose
 *   header the hashes below a signed head prove.
 * - Nothing waits for ever: every fetch, preview, turn and record has a limit of time, and what could not be had is tried
 *   again, later and later, while it is wanted.
 * - What is refused stays refused: neither it nor anything above it is executed, verified or taken for an anchor.
 * - Events are told in the order in which they happen, never from within a call of this class by the one who is told.
 *
 * Time, fetching, execution and keeping are parameters ({@link ImportTools}).
 */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash } from '../../chain/bytes.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { BlockTree } from './block-tree.ts'
import { BlockWork } from './block-work.ts'
import { MAX_LAG, STATE_SERVING_WINDOW } from './constants.ts'
import type { BlockCaps, TurnOutcome } from './execution-turn.ts'
import { HeadFinder } from './head-finder.ts'
import { headProblem, searchDepth, type HeadRules } from './head-rules.ts'
import type { HeadSearch } from './head-search.ts'
import { isGround, isRefused, type ImportBlock } from './import-block.ts'
import type { ImportEvent, ImportHead } from './import-events.ts'
import { ImportLedger } from './import-ledger.ts'
import { NO_MARKS, type ImportMarks } from './import-marks.ts'
import type { ImportStatus, PivotKind } from './import-status.ts'
import type { ImportTools } from './import-tools.ts'
import { importStatus } from './import-view.ts'

export interface BlockImportOptions {
  readonly tools: ImportTools
  readonly caps: BlockCaps
  /** Default MAX_LAG; at most the window in which states are served. */
  readonly maxLag?: number
  /** Headers of blocks whose state is in the store, each after its parent; from {@link resumeImport}. */
  readonly resumed?: readonly RawHeader[]
  readonly marks?: ImportMarks
  /** Told as it happens; must not throw. */
  readonly onEvent: (event: ImportEvent) => void
}

export class BlockImport {
  private tree: BlockTree | undefined
  private head: ImportHead | undefined
  /** The newest head whose place in the tree is known. */
  private target: ImportBlock | undefined
  private readonly finder: HeadFinder
  private readonly work: BlockWork
  private readonly ledger: ImportLedger
  private latest: ImportBlock | undefined
  /** Below the oldest block that was executed: where trust in signed headers ends. */
  private since: RawHeader | undefined
  private finalized: RawHeader | undefined
  /** `again`: something happened within a step. */
  private stepping: 'no' | 'yes' | 'again' = 'no'
  private readonly maxLag: number
  private isClosed = false

  constructor(private readonly options: BlockImportOptions) {
    const { tools, caps, maxLag = MAX_LAG, resumed = [], marks = NO_MARKS } = options
    this.maxLag = Math.min(maxLag, STATE_SERVING_WINDOW - 1)
    this.ledger = new ImportLedger(marks, tools, options.onEvent)
    const onChange = () => this.step()
    this.finder = new HeadFinder({
      tools,
      isKnown: (hash) => this.tree?.get(hash) !== undefined,
      downTo: (number) => searchDepth(number, this.tree?.root.header, this.headRules()),
      onFound: (result, head) => this.onFound(result, head),
      onEnd: onChange,
    })
    this.work = new BlockWork({
      ...{ tools, caps, onChange },
      ledger: this.ledger,
      tree: () => this.tree,
      onTurn: (block, outcome) => this.onTurn(block, outcome),
    })
    const { clock } = tools
    for (const header of resumed) {
      this.tree ??= new BlockTree(header, clock.now())
      this.tree.insert(header, clock.now(), { kind: 'anchor' })
    }
  }

  /** A new head to follow, also one of another branch or one that is behind. */
  setHead(head: ImportHead): void {
    if (this.isClosed) return
    this.head = head
    this.finder.hurry()
    this.step()
  }

  /** Branches without this block are let go. Blocks that are not known here are ignored. */
  setFinalized(hash: Hash): void {
    const block = this.tree?.get(hash)
    if (this.isClosed || this.tree === undefined || block === undefined) return
    this.finalized = block.header
    this.tree.finalize(block)
    const { number } = block.header
    const path = new Set(this.tree.path(block).map(({ header }): string => bytesToHex(header.hash)))
    const over = this.ledger.marks.disputes.filter((dispute) => dispute.number <= number && !path.has(dispute.hash))
    this.ledger.settle(new Set(over.map((dispute) => dispute.hash)))
    this.step()
  }

  status(): ImportStatus {
    const { target, since, ledger, work, finder } = this
    return importStatus({
      ...{ target, since, ledger },
      path: this.path(),
      spending: (block) => work.spending(block),
      records: work.writing,
      headProblem: finder.problem,
    })
  }

  /** Ends everything under way but the writing of records. */
  close(): void {
    this.isClosed = true
    this.finder.close()
    this.work.close()
  }

  /** Starts whatever can be started now. Called after everything that happens. */
  private step(): void {
    if (this.stepping !== 'no') {
      this.stepping = 'again'
      return
    }
    try {
      do {
        this.stepping = 'yes'
        if (!this.isClosed) this.stepOnce()
      } while ((this.stepping as string) === 'again')
    } finally {
      this.stepping = 'no'
    }
  }

  private stepOnce(): void {
    this.locate()
    const { tree } = this
    if (tree === undefined) return
    this.passLag(tree)
    const todo = this.openPath()
    this.work.endAllBut(todo)
    this.tellLatest()
    const [next] = todo
    if (next === undefined) return
    this.work.start(todo, tree.parent(next)!)
  }

  /** From the root to the target. */
  private path(): ImportBlock[] {
    const { tree, target } = this
    if (tree === undefined) return []
    return [tree.root, ...(target === undefined ? [] : tree.path(target))]
  }

  /** What is to be done on the way to the head: up to it, or to the first block that is refused. */
  private openPath(): ImportBlock[] {
    const open = this.path().filter((block) => !isGround(block))
    const refused = open.findIndex(isRefused)
    return refused < 0 ? open : open.slice(0, refused)
  }

  private locate(): void {
    const { head, tree } = this
    if (head === undefined) return
    const block = tree?.get(head.hash)
    if (block !== undefined) return this.follow(block, head)
    this.finder.find(head)
  }

  private headRules(): HeadRules {
    return { disputes: this.ledger.marks.disputes, finalized: this.finalized }
  }

  private onFound(result: Exclude<HeadSearch, { kind: 'failed' }>, head: ImportHead): string | undefined {
    const { clock } = this.options.tools
    const problem = headProblem(result, head, this.headRules())
    if (problem !== undefined) return problem
    if (result.kind === 'unconnected') this.startOver(result.chain)
    const tree = this.tree!
    for (const header of result.chain) {
      // Below the root where it starts over; pruned meanwhile where it was connected: the next search sees to that.
      if (tree.get(header.parentHash) === undefined) continue
      const known = tree.get(header.hash)
      const block = known ?? tree.insert(header, clock.now())
      if (block === undefined)
        return `the ${tree.size} blocks held are undecided; before some are, no more are taken in`
      if (block !== known) this.ledger.report(block)
      this.recallDispute(block)
    }
    const block = tree.get(head.hash)
    if (block === undefined) return undefined
    this.work.takeBody(block, result.body)
    this.follow(block, head)
    return undefined
  }

  /** Begins a tree at the head's parent, whose state is proven by the head. */
  private startOver(chain: readonly RawHeader[]): void {
    const { clock } = this.options.tools
    const head = chain.at(-1)!
    const root = chain.at(-2) ?? head
    const before = this.tree
    const from = this.path().findLast(isGround)
    this.tree = new BlockTree(root, clock.now())
    this.target = undefined
    this.since = root
    if (before === undefined || from === undefined)
      return this.ledger.pivoted({ kind: 'start', from, to: root, skippedFrom: undefined, reason: 'the first head' })
    const isReorganization = chain[0]!.number <= from.header.number
    const reason = isReorganization
      ? `the head does not descend from block ${before.root.header.number}, the oldest that is kept`
      : `the head is ${head.number - from.header.number} blocks ahead`
    const kind = isReorganization ? 'reorganization' : 'gap'
    this.ledger.pivoted({ kind, from, to: root, skippedFrom: from.header.number + 1, reason })
  }

  private follow(block: ImportBlock, { standing }: ImportHead): void {
    const { tree, target } = this
    if (tree === undefined) return
    if (standing === 'signed' && !block.signed) {
      for (const changed of tree.sign(block)) this.ledger.refused(changed, tree.parent(changed))
    }
    if (target === block || !this.isAnchored(block)) return
    if (target !== undefined && tree.get(target.header.hash) === target) {
      const isSameBranch = tree.isAncestorOrSelf(target, block) || tree.isAncestorOrSelf(block, target)
      if (!isSameBranch) this.ledger.log.count('reorganizations')
    }
    this.target = block
  }

  /** Whether the newest ground below it was verified, or is proven by a signed block: nothing is executed on any other. */
  private isAnchored(block: ImportBlock): boolean {
    const { tree } = this
    const ground = tree && [tree.root, ...tree.path(block)].findLast(isGround)
    return ground !== undefined && (ground.standing.kind === 'verified' || tree!.isBelowSigned(ground))
  }

  /** Goes on at the head where the way there has become too long. */
  private passLag(tree: BlockTree): void {
    const open = this.openPath()
    const goal = open.at(-1)
    if (open.length <= this.maxLag || goal === undefined || !tree.isBelowSigned(goal)) return
    this.pivot(tree.parent(goal)!, 'lag', `${open.length} blocks behind the head, more than ${this.maxLag}`)
  }

  /** Takes a block of the path for proven by its header alone; what is passed stays unverified, and marked. */
  private pivot(anchor: ImportBlock, kind: PivotKind, reason: string): void {
    const { tree } = this
    if (tree === undefined) return
    const path = [tree.root, ...tree.path(anchor)]
    const from = path.findLast(isGround)
    const passed = path.filter((block) => !isGround(block))
    for (const block of passed) {
      tree.progress(block, { kind: 'skipped', reason })
      block.body = undefined
      block.times.ended = this.options.tools.clock.now()
      this.ledger.report(block)
    }
    tree.reroot(anchor)
    this.since = anchor.header
    this.ledger.pivoted({ kind, from, to: anchor.header, skippedFrom: passed[0]?.header.number, reason })
  }

  private onTurn(block: ImportBlock, outcome: TurnOutcome): void {
    switch (outcome.kind) {
      case 'verified':
        return this.verified(block, outcome)
      case 'invalid':
        this.tree!.refuse(block, outcome.problem)
        this.ledger.refused(block, this.tree!.parent(block), outcome.bundle)
        for (const one of this.tree!.descendants(block)) this.ledger.refused(one, this.tree!.parent(one))
        return
      case 'over-cap':
        if (!this.tree!.isBelowSigned(block)) return this.work.fail(block, outcome.reason)
        return this.pivot(block, 'over-cap', `block ${block.header.number} is passed unverified: ${outcome.reason}`)
      case 'state-gone': {
        const goal = this.openPath().at(-1)
        // At the head there is no newer state to go on from: somebody may still have it.
        if (goal === undefined || goal === block || !this.tree!.isBelowSigned(goal))
          return this.work.fail(block, outcome.reason)
        return this.pivot(this.tree!.parent(goal)!, 'state-gone', outcome.reason)
      }
      case 'unavailable':
        return this.work.fail(block, outcome.reason)
    }
  }

  private verified(block: ImportBlock, { keep, overturned }: TurnOutcome & { readonly kind: 'verified' }): void {
    const { clock } = this.options.tools
    const parent = this.tree!.parent(block)
    if (parent?.standing.kind === 'anchor') this.since = parent.header
    this.tree!.verify(block)
    block.body = undefined
    block.failures = 0
    block.times.ended = clock.now()
    block.lag = (this.target?.header.number ?? block.header.number) - block.header.number
    this.tree!.trim(block)
    this.work.record(block, keep)
    this.ledger.verified(block, overturned)
  }

  /** A block of an earlier session's dispute: it is not executed again to be believed. */
  private recallDispute(block: ImportBlock): void {
    const hash = bytesToHex(block.header.hash)
    const mark = this.ledger.marks.disputes.find((dispute) => dispute.hash === hash)
    if (mark === undefined || isRefused(block) || isGround(block)) return
    block.signed = true
    this.tree!.refuse(block, { field: 'dispute', expected: undefined, actual: undefined, message: mark.reason })
    this.ledger.refused(block, this.tree!.parent(block))
  }

  private tellLatest(): void {
    const latest = this.path().findLast(({ standing }) => standing.kind === 'verified')
    if (latest === undefined || latest === this.latest) return
    this.latest = latest
    this.ledger.latest(latest.header)
  }
}
