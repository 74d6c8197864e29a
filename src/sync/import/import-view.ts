/** What importing is about, put together for whoever looks. */
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { isGround, isRefused, nameOf, type ImportBlock } from './import-block.ts'
import type { ImportLedger } from './import-ledger.ts'
import type { ImportStatus } from './import-status.ts'
import type { BlockCosts } from './import-tools.ts'

export interface ImportView {
  /** From the root to the head that is followed. */
  readonly path: readonly ImportBlock[]
  readonly target: ImportBlock | undefined
  /** Below the oldest block that was executed, where that is no longer in the tree. */
  readonly since: RawHeader | undefined
  readonly ledger: ImportLedger
  /** What is being spent on a block just now. */
  readonly spending: (block: ImportBlock) => BlockCosts
  /** Records on their way to the store. */
  readonly records: number
  /** Why the newest head's place is not known. */
  readonly headProblem: string | undefined
}

export function importStatus({
  path,
  target,
  since,
  ledger,
  spending,
  records,
  headProblem,
}: ImportView): ImportStatus {
  const { log, marks } = ledger
  const ground = path.findLast(isGround)
  const verified = path.findLast(({ standing }) => standing.kind === 'verified')
  const anchor = path.findLast(({ standing }) => standing.kind === 'anchor')?.header ?? since
  const queued = path.filter(({ body }) => body !== undefined)
  return {
    head: target && nameOf(target.header),
    verified: verified && nameOf(verified.header),
    anchor: anchor && nameOf(anchor),
    lag: lagOf(target?.header, ground?.header),
    blocks: log.blocks(path.map((block) => [block, spending(block)])),
    totals: log.totals(),
    pivots: { count: marks.pivots, latest: log.pivots() },
    skipped: { count: marks.skippedBlocks, marks: marks.skipped },
    disputes: marks.disputes,
    stopped: refusal(path) ?? headProblem,
    waiting: { previews: queued.length, bytes: bodyBytes(queued), records },
  }
}

/** Bytes of the bodies that are held. */
export function bodyBytes(blocks: readonly ImportBlock[]): number {
  return blocks.reduce((sum, { body }) => sum + (body?.rlp.length ?? 0), 0)
}

function refusal(path: readonly ImportBlock[]): string | undefined {
  const refused = path.find(isRefused)
  if (refused === undefined || !('reason' in refused.standing)) return undefined
  return `block ${refused.header.number} is ${refused.standing.kind}: ${refused.standing.reason}`
}

function lagOf(head: RawHeader | undefined, ground: RawHeader | undefined): { blocks: number; seconds: number } {
  if (head === undefined || ground === undefined) return { blocks: 0, seconds: 0 }
  // A head that is behind what was verified is no lag.
  return {
    blocks: Math.max(0, head.number - ground.number),
    seconds: Math.max(0, head.timestamp - ground.timestamp),
  }
}
