/** States of blocks, held open for whoever asks for them again. */
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { StateView } from './state-view.ts'

/** States that are held open: those of the newest blocks, and of a few that a dapp looks back at. */
const MAX_STATES = 8
/** Bytes that an open state may hold before it is begun anew; what it held stays in the pool for a while. */
const MAX_STATE_BYTES = 33_554_432

export class OpenStates {
  /** By hash, the least recently used first. */
  readonly #states = new Map<string, StateView>()

  constructor(private readonly open: (header: RawHeader) => StateView) {}

  of(header: RawHeader): StateView {
    const key = hashKey(header.hash)
    const open = this.#states.get(key)
    this.#states.delete(key)
    const isUsable = open !== undefined && open.heldBytes <= MAX_STATE_BYTES
    const state = isUsable ? open : this.open(header)
    this.#states.set(key, state)
    const [oldest] = this.#states.keys()
    if (this.#states.size > MAX_STATES && oldest !== undefined) this.#states.delete(oldest)
    return state
  }

  /** Whoever waits for one is refused with this. */
  close(reason: Error): void {
    for (const state of this.#states.values()) state.close(reason)
  }
}
