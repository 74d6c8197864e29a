/** The light client's storage, from whichever thread: what changes is queued as one value and sent to the store's owner. */
import type { Root } from '../../chain/bytes.ts'
import { messageOf } from '../../chain/thrown.ts'
import type {
  CheckpointRecord,
  ConflictRecord,
  StoredCommitteeChain,
  UpdateRecord,
} from '../../consensus/committee-chain-storage.ts'
import type { UnverifiedHeads } from '../../state/store/store.ts'
import type { KeptLightClient } from '../light-client-records.ts'
import { inSequence, isNothing, NO_CHANGES, type LightClientChanges } from './light-client-changes.ts'
import { whyNotKept, type WriteOutcome } from './light-client-keeper.ts'
import type { HeadRecords, LightClientStorage } from './light-client-storage.ts'

/** The store's owner as its callers see it, in this thread or across a port. */
export interface LightClientShelf {
  writeLightClient(changes: LightClientChanges, trustedRoot: Root): Promise<WriteOutcome>
  keptLightClient(): Promise<KeptLightClient | undefined>
  keptHeads(): Promise<UnverifiedHeads | undefined>
}

/**
 * Promises:
 * - Changes are written in their order; what comes while a write is under way goes into the next one, of heads the newest.
 *   So there is one write at a time, and no more waits than the chain itself holds.
 * - A write that fails is told once and tried again with the next change, until one succeeds. Where another tab leads, what
 *   has changed waits too: a tab that takes over keeps the chain it follows, from its checkpoint on.
 * - Nothing is written onto a chain that somebody else has put there meanwhile: that is told, and nothing more is kept
 *   until a chain begins anew.
 * - Nothing here throws or rejects. A load that fails is told, and finds nothing.
 */
export class StoredLightClient implements LightClientStorage {
  #waiting = NO_CHANGES
  /** Of the chain that is kept, or waits to be; undefined while there is none to add to. */
  #root: Root | undefined
  #writing: Promise<void> | undefined
  #isFailing = false

  /** @param onProblem why something is not kept; told once until something is kept again */
  constructor(
    private readonly shelf: LightClientShelf,
    private readonly onProblem: (problem: string) => void,
  ) {}

  async load(): Promise<StoredCommitteeChain | undefined> {
    await this.settled()
    const kept = await this.#asked(() => this.shelf.keptLightClient())
    this.#root = kept?.bootstrap.trustedRoot
    return kept && { checkpoint: kept.bootstrap, updates: kept.updates, conflict: kept.conflict }
  }

  async loadHeads(): Promise<HeadRecords | undefined> {
    await this.settled()
    return this.#asked(() => this.shelf.keptHeads())
  }

  putCheckpoint(checkpoint: CheckpointRecord): void {
    this.#root = checkpoint.trustedRoot
    this.#change({ ...NO_CHANGES, checkpoint })
  }

  putUpdate(record: UpdateRecord): void {
    this.#change({ ...NO_CHANGES, updates: new Map([[record.period, record]]) })
  }

  deleteUpdatesFrom(period: number): void {
    this.#change({ ...NO_CHANGES, deleteUpdatesFrom: period })
  }

  putConflict(conflict: ConflictRecord): void {
    this.#change({ ...NO_CHANGES, conflict })
  }

  putHeads(heads: HeadRecords): void {
    this.#change({ ...NO_CHANGES, heads })
  }

  /** Resolves when no write is under way: all that could be kept is. */
  async settled(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing
  }

  #change(changes: LightClientChanges): void {
    if (this.#root === undefined) return
    this.#waiting = inSequence(this.#waiting, changes)
    this.#writing ??= this.#write()
  }

  async #write(): Promise<void> {
    // Changes of the same moment share a write.
    await Promise.resolve()
    let outcome: WriteOutcome = { kind: 'kept' }
    while (outcome.kind === 'kept' && this.#root !== undefined && !isNothing(this.#waiting)) {
      const changes = this.#waiting
      this.#waiting = NO_CHANGES
      outcome = await this.#sent(changes, this.#root)
      if (outcome.kind === 'otherChain') this.#letGo()
      else if (outcome.kind !== 'kept') this.#waiting = inSequence(changes, this.#waiting)
      this.#tell(outcome)
    }
    // In the same moment as the last look at what waits, or a change in between would wait for the next.
    this.#writing = undefined
  }

  /** A port that is gone fails like a database that is. */
  async #sent(changes: LightClientChanges, root: Root): Promise<WriteOutcome> {
    try {
      return await this.shelf.writeLightClient(changes, root)
    } catch (error) {
      return { kind: 'failed', problem: messageOf(error) }
    }
  }

  async #asked<Answer>(ask: () => Promise<Answer | undefined>): Promise<Answer | undefined> {
    try {
      return await ask()
    } catch (error) {
      this.onProblem(messageOf(error))
      return undefined
    }
  }

  /** Unless a chain has begun while the write was under way. */
  #letGo(): void {
    if (this.#waiting.checkpoint !== undefined) return
    this.#root = undefined
    this.#waiting = NO_CHANGES
  }

  #tell(outcome: WriteOutcome): void {
    // That another tab leads is no failure.
    const problem = outcome.kind === 'noStore' ? undefined : whyNotKept(outcome)
    if (problem !== undefined && !this.#isFailing) this.onProblem(problem)
    this.#isFailing = problem !== undefined
  }
}
