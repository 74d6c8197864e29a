/** Whether waiting can help a chain to begin whose checkpoint has a problem: a tab waits on, a command ends. */
import { WeakSubjectivityError } from '../../consensus/weak-subjectivity.ts'
import { CheckpointError } from '../checkpoint/checkpoint-error.ts'
import { BootstrapError } from './bootstrap-error.ts'

/**
 * `none`: only other settings help. `little`: servers have answered, and none has what the root needs; that changes only
 * where they are behind.
 */
export type CheckpointHope = 'little' | 'none'

/** Undefined where it may well turn out right: nobody has answered yet, or what is asked for becomes final. */
export function checkpointHope(problem: Error | undefined): CheckpointHope | undefined {
  if (problem instanceof WeakSubjectivityError) return 'none'
  if (problem instanceof CheckpointError)
    return ['tooFewSources', 'disagreement'].includes(problem.fault.code) ? 'none' : undefined
  if (!(problem instanceof BootstrapError)) return undefined
  switch (problem.fault.code) {
    case 'age':
    case 'notBoundary':
      return 'none'
    case 'unknown':
    case 'notCanonical':
    case 'pruned':
      return 'little'
    case 'unanswered':
    case 'notFinalized':
      return undefined
  }
}
