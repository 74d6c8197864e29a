/** Answers with updates that wait for their turn to be proven: they come in any order and are applied in theirs. */
import type { LightClientUpdate } from '../../consensus/containers/light-client-objects.ts'
import type { ServerHandle } from '../environment.ts'
import type { UpdateBatch } from './update-batch.ts'

/**
 * Answers kept at once. Those to different periods are at most 16 (128 periods, 8 each); the rest are second answers to
 * requests that were late, and comparisons. At 26 kB an update it bounds the queue to 7 MB.
 */
const MAX_BATCHES = 32

/**
 * `extend`: of periods that the chain had no update of. `compare`: of known ones, to see whether they are better.
 * `search`: of known ones, to see where the server's chain leaves ours.
 */
export type UpdatePurpose = 'extend' | 'compare' | 'search'

export interface QueuedBatch {
  readonly server: ServerHandle
  readonly purpose: UpdatePurpose
  /** Lets the rest of its periods be asked for. */
  readonly release: () => void
}

interface Entry {
  readonly batch: QueuedBatch
  readonly updates: readonly LightClientUpdate[]
  readonly start: number
  /** Updates that were handed out. */
  taken: number
}

/** The next updates of one batch. */
export interface NextUpdates extends UpdateBatch {
  readonly batch: QueuedBatch
  /** Whether the batch has more. */
  readonly rest: 'none' | 'more'
}

/** Always: at most {@link MAX_BATCHES}, none of them empty; a batch that leaves has been released. */
export class UpdateQueue {
  #entries: Entry[] = []

  /** Where there are too many, the one furthest ahead goes: it would have waited longest. */
  put(batch: QueuedBatch, { start, updates }: UpdateBatch): void {
    this.#entries.push({ batch, updates, start, taken: 0 })
    this.#entries.sort((a, b) => a.start - b.start)
    for (const { batch: dropped } of this.#entries.splice(MAX_BATCHES)) dropped.release()
  }

  /** At most `most` updates of a batch whose next one is of a period not above `upTo`; later calls hand out those after them. */
  take(upTo: number, most: number): NextUpdates | undefined {
    const entry = this.#entries.find(({ start, taken }) => start + taken <= upTo)
    if (entry === undefined) return undefined
    const { batch } = entry
    const start = entry.start + entry.taken
    const updates = entry.updates.slice(entry.taken, entry.taken + most)
    entry.taken += updates.length
    const rest = entry.taken < entry.updates.length ? 'more' : 'none'
    if (rest === 'none') this.drop(batch)
    return { batch, start, updates, rest }
  }

  /** Whether {@link take} has something. */
  has(upTo: number): boolean {
    return this.#entries.some(({ start, taken }) => start + taken <= upTo)
  }

  /** Forgets what is left of a batch. */
  drop(batch: QueuedBatch): void {
    this.#entries = this.#entries.filter((entry) => entry.batch !== batch)
    batch.release()
  }

  clear(): void {
    for (const { batch } of this.#entries) batch.release()
    this.#entries = []
  }
}
