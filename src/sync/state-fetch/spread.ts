/** To how many servers an urgent request goes at once. */
import type { Clock } from '../../chain/clock.ts'
import { MAX_SPREAD, SPREAD_DECAY_MS } from './constants.ts'

/** Always: 0 <= copies <= {@link MAX_SPREAD}; one more after a late answer, one less after each {@link SPREAD_DECAY_MS}. */
export class Spread {
  #copies = 0
  #since: number

  constructor(private readonly clock: Clock) {
    this.#since = clock.now()
  }

  /** Beyond the first. */
  get copies(): number {
    const steps = Math.floor((this.clock.now() - this.#since) / SPREAD_DECAY_MS)
    if (steps > 0) {
      this.#copies = Math.max(0, this.#copies - steps)
      this.#since += steps * SPREAD_DECAY_MS
    }
    return this.#copies
  }

  widen(): void {
    const now = this.clock.now()
    if (this.copies === 0) this.#since = now
    this.#copies = Math.min(MAX_SPREAD, this.#copies + 1)
  }
}
