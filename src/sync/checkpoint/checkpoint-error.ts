/** Why no root is trusted. */
import { bytesToHex } from '@ethereumjs/util'
import type { Root } from '../../chain/bytes.ts'
import type { SourceAnswer } from './tally.ts'

export type CheckpointFault =
  /** Asking would prove nothing: the sources belong to fewer owners than must agree. */
  | { readonly code: 'tooFewSources'; readonly needed: number; readonly owners: readonly string[] }
  /** Too few owners answered, or not for the same epoch. */
  | { readonly code: 'noQuorum'; readonly needed: number; readonly answers: readonly SourceAnswer[] }
  /** Owners name different blocks for one finalized epoch, and no root has both enough of them and most of them. */
  | { readonly code: 'disagreement'; readonly epoch: number; readonly answers: readonly SourceAnswer[] }
  /** The sources still name the block from which a chain in conflict started. */
  | { readonly code: 'disputedRoot'; readonly root: Root }

export class CheckpointError extends Error {
  override name = 'CheckpointError'
  constructor(readonly fault: CheckpointFault) {
    super(describe(fault))
  }
}

function describe(fault: CheckpointFault): string {
  switch (fault.code) {
    case 'tooFewSources': {
      const { needed, owners } = fault
      const have = owners.length === 0 ? 'there is none' : `there is ${owners.length} (${owners.join(', ')})`
      return (
        `too few independent sources for a checkpoint: ${needed} of different owners must agree, ${have}. ` +
        'Name more checkpoint sources, on other domains, or give a root that you trust'
      )
    }
    case 'noQuorum':
      return (
        `no ${fault.needed} independent sources name the same checkpoint for the same epoch: ${said(fault.answers)}. ` +
        'They are asked again; more sources, or a root that you trust, would help'
      )
    case 'disagreement':
      return (
        `checkpoint sources disagree about epoch ${fault.epoch}: ${said(fault.answers)}. At least one of them is wrong or ` +
        'of another network: find out which, then name sources or a root that you trust'
      )
    case 'disputedRoot':
      return (
        `the sources still name ${bytesToHex(fault.root)}, from which the chain in conflict started; ` +
        'they are asked again until a newer block is final'
      )
  }
}

const said = (answers: readonly SourceAnswer[]): string =>
  answers
    .map((answer) =>
      answer.kind === 'failed'
        ? `${answer.source}: no answer (${answer.error.message})`
        : `${answer.source}: ${bytesToHex(answer.checkpoint.root)} for epoch ${answer.checkpoint.epoch}`,
    )
    .join('; ')
