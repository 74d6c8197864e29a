/**
 * What a committee chain asks of whoever keeps its records. It tells of each change when it has happened and waits for
 * nothing: a write that is lost costs a request after the next load, never a wrong committee, because a load believes
 * nothing. An implementation over a database queues the writes in their order and reports its own failures.
 */
import type { EncodedObject } from './containers/encode.ts'
import type { Root } from '../chain/bytes.ts'

export interface CheckpointRecord extends EncodedObject {
  readonly trustedRoot: Root
}

export interface UpdateRecord extends EncodedObject {
  /** Of the attested header, so of the committee that signed. */
  readonly period: number
}

/** Two valid updates of one period that prove different next committees. */
export interface ConflictRecord {
  readonly known: UpdateRecord
  readonly other: UpdateRecord
}

/** As it was kept, by whomever: nothing of it is proven. */
export interface StoredCommitteeChain {
  readonly checkpoint: CheckpointRecord
  /** In any order. */
  readonly updates: readonly UpdateRecord[]
  readonly conflict: ConflictRecord | undefined
}

export interface CommitteeChainStorage {
  load(): Promise<StoredCommitteeChain | undefined>
  /** A new chain begins: everything kept before goes. */
  putCheckpoint(record: CheckpointRecord): void
  /** Replaces the update of the same period. */
  putUpdate(record: UpdateRecord): void
  deleteUpdatesFrom(period: number): void
  putConflict(record: ConflictRecord): void
}

/** For a chain that lives as long as its process. */
export const NO_STORAGE: CommitteeChainStorage = {
  load: () => Promise.resolve(undefined),
  putCheckpoint: () => undefined,
  putUpdate: () => undefined,
  deleteUpdatesFrom: () => undefined,
  putConflict: () => undefined,
}
