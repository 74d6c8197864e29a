/** From what the workers answer to what the public contract promises. */
import { bytesToHex } from '@ethereumjs/util'
import type { BlockSummary } from '../state/store/store.ts'
import type { PlainHead, PlainLightClientReport, PlainUpdateRow } from '../sync/light-client-run.ts'
import type { NodeBlockOutcome, NodeBlockReport } from '../sync/node-service.ts'
import type {
  BlockOutcome,
  BlockReport,
  HeadRow,
  Hex,
  KeptBlock,
  LightClientReport,
  UpdateRow,
} from './public-types.ts'

export function blockReport({ network, number, hash, outcome, nodes }: NodeBlockReport): BlockReport {
  return { network, number, hash: hash as Hex | undefined, outcome: blockOutcome(outcome), nodes }
}

function blockOutcome(outcome: NodeBlockOutcome): BlockOutcome {
  if (outcome.kind === 'mismatch') return { kind: 'mismatch', ...outcome.mismatch }
  if (outcome.kind !== 'verified') return outcome
  const { stateRoot, notChecked, stats, notKept } = outcome
  return {
    kind: 'verified',
    fork: stats.fork,
    transactions: stats.transactions,
    gasUsed: stats.gasUsed,
    stateRoot: stateRoot as Hex,
    notChecked,
    ms: stats.ms,
    kept: notKept === undefined ? { kind: 'kept' } : { kind: 'not-kept', reason: notKept },
  }
}

export function keptBlock({ hash, number, transactions, gasUsed, timestamp }: BlockSummary): KeptBlock {
  return { hash: bytesToHex(hash), number, transactions, gasUsed: Number(gasUsed), timestamp }
}

export function updateRow({ period, participants, size, rejected }: PlainUpdateRow): UpdateRow {
  return {
    period,
    participants,
    committeeSize: size,
    outcome: rejected === undefined ? { kind: 'accepted' } : { kind: 'rejected', reason: rejected },
  }
}

export function lightClientReport(report: PlainLightClientReport): LightClientReport {
  const { bootstrap, finality, optimistic, notKept } = report
  return {
    bootstrap: bootstrap.kind === 'verified' ? { ...bootstrap, root: bootstrap.root as Hex } : bootstrap,
    updates: report.updates.map(updateRow),
    finality: headRow(finality),
    optimistic: headRow(optimistic),
    finalizedSlot: report.finalizedSlot,
    optimisticSlot: report.optimisticSlot,
    unreadable: report.unreadable,
    kept: notKept === undefined ? { kind: 'kept' } : { kind: 'not-kept', reason: notKept },
    ms: report.ms,
  }
}

function headRow(head: PlainHead | undefined): HeadRow | undefined {
  if (head === undefined) return undefined
  if (head.rejected !== undefined) return { kind: 'rejected', reason: head.rejected }
  return { kind: 'verified', slot: head.slot, participants: head.participants, committeeSize: head.size }
}
