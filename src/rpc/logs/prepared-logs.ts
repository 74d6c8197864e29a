/**
 * Takes the logs of blocks apart as they are executed here: their receipts are in the store, which is believed nothing, and
 * hashing those of a hundred blocks again takes a second in the middle of somebody's query.
 */
import { Evidence } from '../../sync/chain-view/evidence.ts'
import type { ChainView } from '../../sync/chain-view/chain-view.ts'
import type { LogReader } from './log-reader.ts'

/** Blocks of one head: more are executed between two heads only where it catches up, and are left to who asks for them. */
const MAX_AT_ONCE = 8

/** Always: one head's blocks at a time, the newest head next. Failures are whose who asks for the logs. */
export class PreparedLogs {
  /** Number of the newest block that was prepared, or is being. */
  #newest = 0
  #isBusy = false

  constructor(
    private readonly view: ChainView,
    private readonly logs: LogReader,
    private readonly signal: AbortSignal,
  ) {}

  headChanged(): void {
    if (!this.#isBusy) void this.#prepare()
  }

  async #prepare(): Promise<void> {
    const { heads } = this.view
    if (heads.reason() !== undefined) return
    const latest = heads.latest()
    const count = Math.min(latest.number - this.#newest, MAX_AT_ONCE)
    if (count <= 0 || this.view.anchorOf(latest) === undefined) return
    this.#isBusy = true
    this.#newest = latest.number
    const ask = { signal: this.signal, evidence: new Evidence() }
    try {
      const blocks = [latest, ...(await this.view.ancestors(latest, count - 1, ask))]
      for (const header of blocks) if (this.view.anchorOf(header) !== undefined) await this.logs.of(header, ask)
    } catch {
      // Whoever asks for them is told why they cannot be had.
    } finally {
      this.#isBusy = false
    }
  }
}
