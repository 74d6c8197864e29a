/** Tells and counts what happens to blocks, and sees to it that what must outlive the session does. Decides nothing. */
import { bytesToHex } from '@ethereumjs/util'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import type { StatelessBlockJson } from '../../execution/stateless-block-file.ts'
import { addCosts, isRefused, nameOf, type ImportBlock } from './import-block.ts'
import type { ImportEvent } from './import-events.ts'
import { ImportLog } from './import-log.ts'
import type { ImportMarks } from './import-marks.ts'
import type { BlockStatus, PivotKind } from './import-status.ts'
import type { BlockCosts, BlockProblem, ImportTools } from './import-tools.ts'
import { disputeMark, withDisputes, withoutDisputes, withPivot, withSkipped } from './marks.ts'

export interface Pivot {
  readonly kind: PivotKind
  /** Newest block verified or trusted before. */
  readonly from: ImportBlock | undefined
  readonly to: RawHeader
  /** Number of the first block that stays unverified; `to` is the last. Undefined where none does. */
  readonly skippedFrom: number | undefined
  readonly reason: string
}

export class ImportLedger {
  readonly log = new ImportLog()
  private kept: ImportMarks

  constructor(
    marks: ImportMarks,
    private readonly tools: Pick<ImportTools, 'clock' | 'marks'>,
    private readonly onEvent: (event: ImportEvent) => void,
  ) {
    this.kept = marks
  }

  get marks(): ImportMarks {
    return this.kept
  }

  /** Its state changed, or its record was written. */
  report(block: ImportBlock): void {
    this.emit({ kind: 'block', block: this.note(block) })
  }

  latest(header: RawHeader): void {
    this.emit({ kind: 'latest', header })
  }

  spend(block: ImportBlock, costs: BlockCosts): void {
    block.costs = addCosts(block.costs, costs)
    this.log.spend(costs)
  }

  verified(block: ImportBlock, overturned: BlockProblem | undefined): void {
    this.log.count('verified')
    this.report(block)
    if (overturned === undefined) return
    this.log.count('overturned')
    this.emit({ kind: 'overturned', block: this.note(block), problem: overturned })
  }

  /** A block that became invalid or disputed. @param parent undefined for a root */
  refused(block: ImportBlock, parent: ImportBlock | undefined, bundle?: StatelessBlockJson): void {
    const { kind } = block.standing
    if (kind !== 'invalid' && kind !== 'disputed') return
    block.times.ended ??= this.tools.clock.now()
    this.log.count(kind)
    // One mark for each: what descends from it is in dispute by that.
    if (kind === 'disputed' && !(parent && isRefused(parent))) this.keep(withDisputes(this.kept, [disputeMark(block)]))
    this.emit({ kind: 'refused', block: this.note(block), bundle })
  }

  pivoted({ kind, from, to, skippedFrom, reason }: Pivot): void {
    const skipped = skippedFrom === undefined ? 0 : Math.max(0, to.number - skippedFrom + 1)
    const pivot = {
      at: this.tools.clock.now(),
      kind,
      from: from && nameOf(from.header),
      to: nameOf(to),
      skipped,
      reason,
    }
    this.log.count('skipped', skipped)
    this.log.pivot(pivot)
    const mark = { from: to.number - skipped + 1, to: to.number, hash: bytesToHex(to.hash), reason }
    const marks = skipped > 0 ? withSkipped(this.kept, mark) : this.kept
    // The first head is where everything begins: nothing was passed.
    this.keep(kind === 'start' ? marks : withPivot(marks))
    this.emit({ kind: 'pivot', pivot })
  }

  /** Finality decided for a branch without these blocks. */
  settle(disputes: ReadonlySet<string>): void {
    this.keep(withoutDisputes(this.kept, disputes))
  }

  private keep(marks: ImportMarks): void {
    if (marks === this.kept) return
    this.kept = marks
    // That they cannot be kept is the store's to tell; they still stand in this session.
    this.tools.marks.keep(marks).catch(() => undefined)
  }

  private note(block: ImportBlock): BlockStatus {
    return this.log.note(block, this.tools.clock.now())
  }

  /** Later, so that whoever is told may call back. */
  private emit(event: ImportEvent): void {
    void Promise.resolve().then(() => this.onEvent(event))
  }
}
