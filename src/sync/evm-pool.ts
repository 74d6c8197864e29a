/**
 * The EVM workers that blocks are handed to. One that does not come back in time, or dies, is given up with its block:
 * whoever started it ends it and puts another in its place.
 */
import type { EvmService } from '../execution/remote/evm-messages.ts'

/**
 * How long one block may execute, in ms. A full 60 Mgas block takes about 3 s; the slowest gas we know (pairings in a cold
 * worker) ten times that. A worker that is silent for longer hangs.
 */
export const EXECUTION_LIMIT_MS = 120_000

/** Rejects after so many ms, until cancelled. */
export type Limit = (ms: number) => { readonly reached: Promise<never>; readonly cancel: () => void }

/** The EVM worker is gone with its block, which stays undecided. */
export class EvmLostError extends Error {
  override name = 'EvmLostError'
  constructor(reason: string) {
    super(`${reason}; it is replaced, verify the block again`)
  }
}

interface Slot {
  service: Promise<EvmService>
  /** Settles {@link service} while a replacement is waited for. */
  replaced: (service: EvmService) => void
  /** Fails the run under way, if there is one. A run that only waits for a replacement is not under way. */
  lose: (error: EvmLostError) => void
  replacing: boolean
}

export class EvmPool {
  private readonly slots: Slot[]
  private next = 0

  /** @param onHung told which worker, by its place, to end and {@link replace} */
  constructor(
    evms: readonly EvmService[],
    private readonly limit: Limit,
    private readonly onHung: (index: number) => void,
  ) {
    const nothing = () => undefined
    this.slots = evms.map((evm) => ({
      service: Promise.resolve(evm),
      replaced: nothing,
      lose: nothing,
      replacing: false,
    }))
  }

  /** @throws {EvmLostError} @throws what `use` throws */
  async run<T>(use: (evm: EvmService) => Promise<T>): Promise<T> {
    const index = this.next++ % this.slots.length
    const slot = this.slots[index]
    if (slot === undefined) throw new Error('no EVM worker is connected')
    const limit = this.limit(EXECUTION_LIMIT_MS)
    const hung = limit.reached.catch(() => this.giveUp(slot, index))
    let lose: Slot['lose'] = () => undefined
    const lost = new Promise<never>((_, reject) => (lose = reject))
    if (!slot.replacing) slot.lose = lose
    const used = slot.service.then((evm) => {
      slot.lose = lose
      return use(evm)
    })
    try {
      return await Promise.race([used, hung, lost])
    } finally {
      limit.cancel()
    }
  }

  /** A new worker at the place of one that hung or died. */
  replace(index: number, evm: EvmService): void {
    const slot = this.slots[index]
    if (slot === undefined) throw new RangeError(`there is no EVM worker at place ${index}`)
    slot.lose(new EvmLostError('an EVM worker died'))
    slot.replaced(evm)
    slot.replacing = false
    slot.service = Promise.resolve(evm)
  }

  private giveUp(slot: Slot, index: number): never {
    slot.service = new Promise((resolve) => (slot.replaced = resolve))
    slot.lose = () => undefined
    slot.replacing = true
    this.onHung(index)
    throw new EvmLostError(`an EVM worker has not come back within ${EXECUTION_LIMIT_MS / 1000} s`)
  }
}

/** By the timers of this thread. */
export const timerLimit: Limit = (ms) => {
  let cancel = () => undefined as void
  const reached = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error(`${ms} ms are over`)), ms)
    cancel = () => clearTimeout(timer)
  })
  return { reached, cancel }
}
