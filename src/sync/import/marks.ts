/** Keeps {@link ImportMarks} bounded as they grow. */
import { MAX_MARKS } from './constants.ts'
import { nameOf, type ImportBlock } from './import-block.ts'
import type { DisputeMark, ImportMarks, SkippedMark } from './import-marks.ts'

export function withSkipped(marks: ImportMarks, mark: SkippedMark): ImportMarks {
  return {
    ...marks,
    skipped: [...marks.skipped, mark].slice(-MAX_MARKS),
    skippedBlocks: marks.skippedBlocks + mark.to - mark.from + 1,
  }
}

export function withPivot(marks: ImportMarks): ImportMarks {
  return { ...marks, pivots: marks.pivots + 1 }
}

/** The disputes of a tree, and those of before that it does not decide. */
export function withDisputes(marks: ImportMarks, disputes: readonly DisputeMark[]): ImportMarks {
  const added = disputes.filter(({ hash }) => marks.disputes.every((known) => known.hash !== hash))
  return added.length === 0 ? marks : { ...marks, disputes: [...marks.disputes, ...added].slice(-MAX_MARKS) }
}

export function withoutDisputes(marks: ImportMarks, hashes: ReadonlySet<string>): ImportMarks {
  const disputes = marks.disputes.filter(({ hash }) => !hashes.has(hash))
  return disputes.length === marks.disputes.length ? marks : { ...marks, disputes }
}

export function disputeMark(block: ImportBlock): DisputeMark {
  const { number, hash } = nameOf(block.header)
  return { number, hash, reason: 'reason' in block.standing ? block.standing.reason : '' }
}
