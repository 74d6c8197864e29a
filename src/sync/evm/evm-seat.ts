/**
 * The place of one EVM worker. Whoever hangs or dies there is given up with all that it was doing; whoever started it ends
 * it and puts another in its place.
 */
import type { SpeculativeEvmService } from '../../execution/remote/evm-messages.ts'

/**
 * How long one call may take, in ms. A full 60 Mgas block takes about 3 s; the slowest gas we know (pairings in a cold
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

/** Which of the workers that have been at a place, counted from 0: what one remembers, the next does not. */
export type Tenure = number

/** Always: a call ends with what the worker answers, or with {@link EvmLostError}. */
export class EvmSeat {
  private service: Promise<SpeculativeEvmService>
  /** Settles {@link service} while a replacement is waited for. */
  private replaced: (service: SpeculativeEvmService) => void = () => undefined
  /** How to fail each call that the worker has not answered. One that only waits for a replacement is not among them. */
  private readonly underWay = new Set<(error: EvmLostError) => void>()
  private replacing = false
  private count: Tenure = 0
  private lastSession = 0

  /** @param onHung told to end the worker, and to {@link replace} it */
  constructor(
    evm: SpeculativeEvmService,
    private readonly limit: Limit,
    private readonly onHung: () => void,
  ) {
    this.service = Promise.resolve(evm)
  }

  get tenure(): Tenure {
    return this.count
  }

  /** Whether a worker has been given up, and none has taken its place. */
  get isVacant(): boolean {
    return this.replacing
  }

  /** Calls that the worker has not answered. */
  get load(): number {
    return this.underWay.size
  }

  /** A name for a session that no other has had at this place. */
  newSession(): number {
    return ++this.lastSession
  }

  /**
   * @param tenure the only worker that will do; default: whichever sits here
   * @throws {EvmLostError} @throws what `use` throws
   */
  async run<T>(use: (evm: SpeculativeEvmService) => Promise<T>, tenure?: Tenure): Promise<T> {
    const limit = this.limit(EXECUTION_LIMIT_MS)
    const hung = limit.reached.catch(() => this.giveUp())
    let lose: (error: EvmLostError) => void = () => undefined
    const lost = new Promise<never>((_, reject) => (lose = reject))
    if (!this.replacing) this.underWay.add(lose)
    let isOver = false
    const used = this.service.then((evm) => {
      // A worker that came too late does nothing that nobody waits for.
      if (isOver) throw new EvmLostError('no EVM worker has come in time')
      if (tenure !== undefined && tenure !== this.count) throw new EvmLostError('an EVM worker was replaced')
      this.underWay.add(lose)
      return use(evm)
    })
    try {
      return await Promise.race([used, hung, lost])
    } finally {
      isOver = true
      this.underWay.delete(lose)
      limit.cancel()
    }
  }

  /** A new worker in the place of one that hung or died. */
  replace(evm: SpeculativeEvmService): void {
    if (!this.replacing) this.count += 1
    this.loseAll('an EVM worker died')
    this.replaced(evm)
    this.replacing = false
    this.service = Promise.resolve(evm)
  }

  private giveUp(): never {
    if (this.replacing) throw new EvmLostError('an EVM worker hung, and none has taken its place')
    this.count += 1
    this.service = new Promise((resolve) => (this.replaced = resolve))
    this.replacing = true
    const reason = `an EVM worker has not come back within ${EXECUTION_LIMIT_MS / 1000} s`
    this.loseAll(reason)
    this.onHung()
    throw new EvmLostError(reason)
  }

  private loseAll(reason: string): void {
    const calls = [...this.underWay]
    this.underWay.clear()
    for (const lose of calls) lose(new EvmLostError(reason))
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
