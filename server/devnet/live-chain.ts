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

export interface LiveChainOptions {
  readonly network: Network
  readonly chain: SyntheticChain
  readonly clock: Clock
  /** The chain is grown to this slot before it starts, however late it is then. Default: {@link newestSlot}. */
  readonly startSlot?: number | undefined
  /** Blocks after which it grows no more: from then on slots are missed. Default: it never stops. */
  readonly moreBlocks?: number | undefined
  /** A block could not be made; the chain has stopped then. Default: the error is thrown where nobody catches it. */
  readonly onFailure?: ((error: unknown) => void) | undefined
}

/** The newest slot whose block is there by the clock. */
export const newestSlot = (network: Network, clock: Clock): number =>
  slotAtTime(network, clock.now() / 1000 - network.slotSeconds * BLOCK_DELAY)

/**
 * Always: only one block is made at a time, and listeners are told of slots in turn. Making a block may take longer than
 * a slot; the chain then catches up, one block after the other.
 */
export class LiveChain {
  readonly network: Network
  readonly chain: SyntheticChain
  readonly #clock: Clock
  readonly #onFailure: (error: unknown) => void
  readonly #listeners = new Set<(slot: number) => void>()
  #slot: number
  #blocksLeft: number
  #growing: Promise<void> | undefined
  #cancel: () => void = () => undefined
  #isStopped = false

  private constructor(options: LiveChainOptions) {
    this.network = options.network
    this.chain = options.chain
    this.#clock = options.clock
    this.#onFailure = options.onFailure ?? throwUncaught
    this.#slot = options.startSlot ?? this.#slotNow()
    this.#blocksLeft = options.moreBlocks ?? Infinity
  }

  /** Grows the chain to its start, then with the clock. Rejects where a block before the start cannot be made. */
  static async start(options: LiveChainOptions): Promise<LiveChain> {
    const live = new LiveChain(options)
    await live.chain.growTo(live.#slot)
    if (live.#blocksLeft > 0) live.#waitForNext()
    return live
  }

  /** The newest slot whose block, if it has one, is there. */
  get slot(): number {
    return this.#slot
  }

  /** The slot by the clock. */
  get clockSlot(): number {
    return slotAtTime(this.network, this.#clock.now() / 1000)
  }

  /** Called with every slot in turn, once its block is there, until the returned function is called. */
  listen(listener: (slot: number) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Once no block is being made. */
  async idle(): Promise<void> {
    await this.#growing
  }

  /** Nobody is told of anything any more. Resolves when nothing is being made. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancel()
    this.#listeners.clear()
    await this.#growing
  }

  #slotNow(): number {
    return newestSlot(this.network, this.#clock)
  }

  #waitForNext(): void {
    const next = timeOfSlot(this.network, this.#slot + 1 + BLOCK_DELAY) * 1000
    this.#cancel = this.#clock.after(Math.max(Math.ceil(next - this.#clock.now()), 0), () => {
      this.#growing = this.#catchUp().then(
        () => {
          this.#growing = undefined
          if (!this.#isStopped && this.#blocksLeft > 0) this.#waitForNext()
        },
        (error: unknown) => {
          this.#growing = undefined
          this.#onFailure(error)
        },
      )
    })
  }

  /** A machine that slept has several slots to make. A clock that was set back makes none. */
  async #catchUp(): Promise<void> {
    while (!this.#isStopped && this.#slot < this.#slotNow() && this.#blocksLeft > 0) {
      await this.chain.growTo(this.#slot + 1)
      this.#slot += 1
      if (this.chain.headAt(this.#slot).slot === this.#slot) this.#blocksLeft -= 1
      for (const listener of this.#listeners) listener(this.#slot)
    }
  }
}

/** No devnet goes on without its next block: whoever runs one is to see why. */
function throwUncaught(error: unknown): void {
  queueMicrotask(() => {
    throw error
  })
}
