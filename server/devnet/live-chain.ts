/** A generated chain that grows with a clock: a block in each slot that has one, when the slot has begun. */
import { slotAtTime, timeOfSlot } from '../../src/chain/beacon-config.ts'
import type { Clock } from '../../src/chain/clock.ts'
import type { Network } from '../../src/chain/network.ts'
import type { SyntheticChain } from './light-client/synthetic-chain.ts'

/**
 * When a block is there, as a share of its slot: so late that no client whose clock is a little slow takes its slot for
 * the future, and long before the third of the slot by which attesters want it.
 */
const BLOCK_DELAY = 1 / 12

export class LiveChain {
  readonly #listeners = new Set<(slot: number) => void>()
  #slot: number
  #cancel: () => void

  constructor(
    readonly network: Network,
    readonly chain: SyntheticChain,
    private readonly clock: Clock,
  ) {
    this.#slot = this.#slotNow()
    chain.growTo(this.#slot)
    this.#cancel = this.#waitForNext()
  }

  /** The newest slot whose block, if it has one, is there. */
  get slot(): number {
    return this.#slot
  }

  /** The slot by the clock. */
  get clockSlot(): number {
    return slotAtTime(this.network, this.clock.now() / 1000)
  }

  /** Called with every slot in turn, once its block is there, until the returned function is called. */
  listen(listener: (slot: number) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  stop(): void {
    this.#cancel()
    this.#listeners.clear()
  }

  #slotNow(): number {
    return slotAtTime(this.network, this.clock.now() / 1000 - this.network.slotSeconds * BLOCK_DELAY)
  }

  #waitForNext(): () => void {
    const next = timeOfSlot(this.network, this.#slot + 1 + BLOCK_DELAY) * 1000
    return this.clock.after(Math.max(Math.ceil(next - this.clock.now()), 0), () => {
      this.#catchUp()
      this.#cancel = this.#waitForNext()
    })
  }

  /** A machine that slept has several slots to make. A clock that was set back makes none. */
  #catchUp(): void {
    const now = this.#slotNow()
    while (this.#slot < now) {
      this.#slot += 1
      this.chain.growTo(this.#slot)
      for (const listener of this.#listeners) listener(this.#slot)
    }
  }
}
