/** What is to be written of the light client, as one value: changes that have not been written yet run together. */
import type { CheckpointRecord, ConflictRecord, UpdateRecord } from '../../consensus/committee-chain-storage.ts'
import type { HeadRecords } from './light-client-storage.ts'

/**
 * Made in this order: the checkpoint begins a chain, updates are deleted, then put. Undefined is left as it is. There is
 * no more of it than of the chain itself, whose records these are.
 */
export interface LightClientChanges {
  readonly checkpoint: CheckpointRecord | undefined
  readonly deleteUpdatesFrom: number | undefined
  /** By period. */
  readonly updates: ReadonlyMap<number, UpdateRecord>
  readonly conflict: ConflictRecord | undefined
  readonly heads: HeadRecords | undefined
}

export const NO_CHANGES: LightClientChanges = {
  checkpoint: undefined,
  deleteUpdatesFrom: undefined,
  updates: new Map(),
  conflict: undefined,
  heads: undefined,
}

/** The one value that does what `first` and then `next` do. */
export function inSequence(first: LightClientChanges, next: LightClientChanges): LightClientChanges {
  if (next.checkpoint !== undefined) return next
  const from = next.deleteUpdatesFrom ?? Infinity
  const left = [...first.updates].filter(([period]) => period < from)
  const deleted = Math.min(first.deleteUpdatesFrom ?? Infinity, from)
  return {
    checkpoint: first.checkpoint,
    // A chain that only begins has nothing to delete.
    deleteUpdatesFrom: first.checkpoint !== undefined || deleted === Infinity ? undefined : deleted,
    updates: new Map([...left, ...next.updates]),
    conflict: next.conflict ?? first.conflict,
    heads: next.heads ?? first.heads,
  }
}

export const isNothing = (changes: LightClientChanges): boolean =>
  changes.updates.size === 0 &&
  [changes.checkpoint, changes.deleteUpdatesFrom, changes.conflict, changes.heads].every((part) => part === undefined)
