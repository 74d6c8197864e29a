/** A light-client run as text: what is said of its bootstrap, updates and heads. Decided here, tested without a browser. */
import type { HeadRow, LightClientReport, UpdateRow } from '../client/public-types.ts'
import type { Tone } from './block-view.ts'
import { clipped, formatCount, formatInteger, formatShare } from './format.ts'
import type { ChainEntry } from './page-state.ts'

export interface ChainView {
  readonly tone: Tone
  readonly result: string
  readonly isWorking: boolean
  readonly bootstrap: Line | undefined
  readonly heads: readonly Line[]
  readonly problems: readonly string[]
  /** Why what was proven is not in the store now. */
  readonly notKept: string | undefined
  readonly updates: readonly UpdateView[]
  /** Updates that were done but are not among the rows. */
  readonly hidden: number
  /** How long it took, once it is done. */
  readonly totalMs: number | undefined
}

export interface Line {
  readonly label: string
  readonly tone: Tone | 'caution'
  readonly text: string
  /** A hash that belongs to it, in full. */
  readonly hash?: string
}

export interface UpdateView {
  readonly period: string
  readonly participation: string
  readonly tone: Tone
  readonly result: string
  readonly reason: string | undefined
}

export function chainView(entry: ChainEntry): ChainView {
  const { progress, counts } = entry
  const report = progress.kind === 'done' ? progress.report : undefined
  return {
    ...summary(entry),
    isWorking: progress.kind === 'working',
    bootstrap: report === undefined ? undefined : bootstrapLine(report.bootstrap),
    heads: report === undefined ? [] : headLines(report),
    notKept: report?.kept.kind === 'not-kept' ? clipped(report.kept.reason) : undefined,
    problems: report?.unreadable.map(({ name, reason }) => `${clipped(name)}: ${clipped(reason)}`) ?? [],
    updates: entry.updates.map(updateView),
    hidden: counts.accepted + counts.rejected - entry.updates.length,
    totalMs: report?.ms.total,
  }
}

/** The worst thing first: a chain with a rejected part is not a green one. */
function summary({ progress, counts }: ChainEntry): { readonly tone: Tone; readonly result: string } {
  const parts = [
    ...(counts.rejected > 0 ? [`${formatCount(counts.rejected, 'update')} rejected`] : []),
    ...(counts.accepted > 0 ? [`${formatCount(counts.accepted, 'period')} verified`] : []),
  ]
  const soFar = parts.join(', ')
  switch (progress.kind) {
    case 'waiting':
      return { tone: 'quiet', result: 'Waiting' }
    case 'working':
      return { tone: 'busy', result: soFar === '' ? 'Checking the bootstrap' : `Checking: ${soFar}` }
    case 'cancelled':
      return { tone: 'quiet', result: 'Cancelled' }
    case 'failed':
      return { tone: 'failed', result: clipped(progress.reason) }
    case 'done': {
      const { bootstrap, finality, optimistic, unreadable } = progress.report
      if (bootstrap.kind === 'rejected') return { tone: 'failed', result: 'Bootstrap rejected' }
      const isWhole =
        counts.rejected === 0 &&
        unreadable.length === 0 &&
        finality?.kind !== 'rejected' &&
        optimistic?.kind !== 'rejected'
      if (!isWhole) return { tone: 'failed', result: soFar === '' ? 'Some parts failed' : soFar }
      return counts.accepted === 0 ? { tone: 'quiet', result: 'No updates' } : { tone: 'proven', result: soFar }
    }
  }
}

function bootstrapLine(bootstrap: LightClientReport['bootstrap']): Line {
  const label = 'Bootstrap'
  if (bootstrap.kind === 'rejected') return { label, tone: 'failed', text: `rejected: ${clipped(bootstrap.reason)}` }
  const at = `slot ${formatInteger(bootstrap.slot)}`
  return bootstrap.trust === 'given'
    ? { label, tone: 'proven', text: `verified against the root you gave, ${at}`, hash: bootstrap.root }
    : {
        label,
        tone: 'caution',
        text: `trusted by its own root: nothing else vouches for it, ${at}`,
        hash: bootstrap.root,
      }
}

function headLines({ finality, optimistic }: LightClientReport): Line[] {
  return [
    ...(finality === undefined ? [] : [headLine('Finality update', finality)]),
    ...(optimistic === undefined ? [] : [headLine('Optimistic update', optimistic)]),
  ]
}

function headLine(label: string, head: HeadRow): Line {
  if (head.kind === 'rejected') return { label, tone: 'failed', text: `rejected: ${clipped(head.reason)}` }
  const signers = participation(head.participants, head.committeeSize)
  return { label, tone: 'proven', text: `verified, slot ${formatInteger(head.slot)}, signed by ${signers}` }
}

function updateView({ period, participants, committeeSize, outcome }: UpdateRow): UpdateView {
  const row = {
    period: period === undefined ? 'unknown' : formatInteger(period),
    participation: participation(participants, committeeSize),
  }
  return outcome.kind === 'accepted'
    ? { ...row, tone: 'proven', result: 'Verified', reason: undefined }
    : { ...row, tone: 'failed', result: 'Rejected', reason: clipped(outcome.reason) }
}

function participation(participants: number, size: number): string {
  const share = formatShare(participants, size)
  return `${formatInteger(participants)} of ${formatInteger(size)}${share === undefined ? '' : ` (${share})`}`
}
