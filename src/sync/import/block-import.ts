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
import type { BlockTree } from './block-tree.ts'
import { BlockWork } from './block-work.ts'
import { MAX_LAG, STATE_SERVING_WINDOW } from './constants.ts'
import type { BlockCaps, TurnOutcome } from './execution-turn.ts'
import { FollowedChain } from './followed-chain.ts'
import { HeadFinder } from './head-finder.ts'
import { headProblem, searchDepth, type HeadRules } from './head-rules.ts'
import type { HeadSearch } from './head-search.ts'
import { isGround, isRefused, type ImportBlock } from './import-block.ts'
import type { ImportEvent, ImportHead } from './import-events.ts'
import { ImportLedger } from './import-ledger.ts'
import { NO_MARKS, type ImportMarks } from './import-marks.ts'
import type { BlockMoment, ImportStatus } from './import-status.ts'
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
  private readonly chain: FollowedChain
  private head: ImportHead | undefined
  private readonly finder: HeadFinder
  private readonly work: BlockWork
  private readonly ledger: ImportLedger
  private latest: ImportBlock | undefined
  /** `again`: something happened within a step. */
  private stepping: 'no' | 'yes' | 'again' = 'no'
  private readonly maxLag: number
  private isClosed = false

  constructor(private readonly options: BlockImportOptions) {
    const { tools, caps, maxLag = MAX_LAG, resumed = [], marks = NO_MARKS } = options
    this.maxLag = Math.min(maxLag, STATE_SERVING_WINDOW - 1)
    this.ledger = new ImportLedger(marks, tools, options.onEvent)
    this.chain = new FollowedChain(this.ledger, tools.clock, resumed)
    const onChange = () => this.step()
    this.finder = new HeadFinder({
      tools,
      isKnown: (hash) => this.chain.tree?.get(hash) !== undefined,
      downTo: (number) => searchDepth(number, this.chain.tree?.root.header, this.headRules()),
      onFound: (result, head) => this.onFound(result, head),
      onEnd: onChange,
    })
    this.work = new BlockWork({
      ...{ tools, caps, onChange },
      ledger: this.ledger,
      tree: () => this.chain.tree,
      onTurn: (block, outcome) => this.onTurn(block, outcome),
    })
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
    const block = this.chain.tree?.get(hash)
    if (this.isClosed || block === undefined) return
    this.chain.finalize(block)
    this.step()
  }

  status(): ImportStatus {
    const { chain, ledger, work, finder } = this
    return importStatus({
      ...{ target: chain.target, since: chain.since, ledger },
      path: chain.path(),
      spending: (block) => work.spending(block),
      records: work.writing,
      headProblem: finder.problem,
    })
  }

  /** What became of a block when, oldest first; undefined of one that is not among the newest. */
  moments(hash: Hash): readonly BlockMoment[] | undefined {
    return this.ledger.log.momentsOf(hash)
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
    const { tree } = this.chain
    if (tree === undefined) return
    this.passLag(tree)
    const todo = this.chain.openPath()
    this.work.endAllBut(todo)
    this.tellLatest()
    const [next] = todo
    if (next === undefined) return
    this.work.start(todo, tree.parent(next)!)
  }

  private locate(): void {
    const { head, chain } = this
    if (head === undefined) return
    const block = chain.tree?.get(head.hash)
    if (block !== undefined) return chain.follow(block, head)
    this.finder.find(head)
  }

  private headRules(): HeadRules {
    return { disputes: this.ledger.marks.disputes, finalized: this.chain.finalized }
  }

  private onFound(result: Exclude<HeadSearch, { kind: 'failed' }>, head: ImportHead): string | undefined {
    const { clock } = this.options.tools
    const problem = headProblem(result, head, this.headRules())
    if (problem !== undefined) return problem
    if (result.kind === 'unconnected') this.chain.startOver(result.chain)
    const tree = this.chain.tree!
    for (const header of result.chain) {
      // Below the root where it starts over; pruned meanwhile where it was connected: the next search sees to that.
      if (tree.get(header.parentHash) === undefined) continue
      const known = tree.get(header.hash)
      const block = known ?? tree.insert(header, clock.now())
      if (block === undefined)
        return `the ${tree.size} blocks held are undecided; before some are, no more are taken in`
      if (block !== known) this.ledger.report(block)
      this.recallDispute(tree, block)
    }
    const block = tree.get(head.hash)
    if (block === undefined) return undefined
    this.work.takeBody(block, result.body)
    this.chain.follow(block, head)
    return undefined
  }

  /** Goes on at the head where the way there has become too long. */
  private passLag(tree: BlockTree): void {
    const open = this.chain.openPath()
    const goal = open.at(-1)
    if (open.length <= this.maxLag || goal === undefined || !tree.isBelowSigned(goal)) return
    this.chain.pivot(tree.parent(goal)!, 'lag', `${open.length} blocks behind the head, more than ${this.maxLag}`)
  }

  private onTurn(block: ImportBlock, outcome: TurnOutcome): void {
    const { chain, ledger, work } = this
    const tree = chain.tree!
    switch (outcome.kind) {
      case 'verified':
        block.executed = outcome.stats
        chain.verify(block)
        work.record(block, outcome.keep)
        return ledger.verified(block, outcome.overturned)
      case 'invalid':
        tree.refuse(block, outcome.problem)
        ledger.refused(block, tree.parent(block), outcome.bundle)
        for (const one of tree.descendants(block)) ledger.refused(one, tree.parent(one))
        return
      case 'over-cap':
        if (!tree.isBelowSigned(block)) return work.fail(block, outcome.reason)
        return chain.pivot(block, 'over-cap', `block ${block.header.number} is passed unverified: ${outcome.reason}`)
      case 'state-gone': {
        const goal = chain.openPath().at(-1)
        // At the head there is no newer state to go on from: somebody may still have it.
        if (goal === undefined || goal === block || !tree.isBelowSigned(goal)) return work.fail(block, outcome.reason)
        return chain.pivot(tree.parent(goal)!, 'state-gone', outcome.reason)
      }
      case 'unavailable':
        return work.fail(block, outcome.reason)
    }
  }

  /** A block of an earlier session's dispute: it is not executed again to be believed. */
  private recallDispute(tree: BlockTree, block: ImportBlock): void {
    const hash = bytesToHex(block.header.hash)
    const mark = this.ledger.marks.disputes.find((dispute) => dispute.hash === hash)
    if (mark === undefined || isRefused(block) || isGround(block)) return
    block.signed = true
    tree.refuse(block, { field: 'dispute', expected: undefined, actual: undefined, message: mark.reason })
    this.ledger.refused(block, tree.parent(block))
  }

  private tellLatest(): void {
    const latest = this.chain.path().findLast(({ standing }) => standing.kind === 'verified')
    if (latest === undefined || latest === this.latest) return
    this.latest = latest
    this.ledger.latest(latest.header)
  }
}
