/**
 * The place of one EVM worker. Whoever hangs or dies there is given up with all that it was doing; whoever started it ends
 * it and puts another in its place.
 */
import type { JobTicket, SpeculativeEvmService } from '../../execution/remote/evm-messages.ts'
import type { JobKind } from '../../execution/remote/time-slices.ts'

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

/** What is known of a piece of work besides what it does. */
export interface SeatWork {
  /** Whose share of the worker's time it takes; see {@link JobKind}. Default: `import`. */
  readonly kind?: JobKind
  /** Ends it: the worker is told, and nobody waits for it any more. */
  readonly signal?: AbortSignal
  /** The only worker that will do. Default: whichever sits here. */
  readonly tenure?: Tenure
}

/** Begins one job at a worker, under that ticket; a call that is not given the ticket cannot be ended. */
export type UseEvm<T> = (evm: SpeculativeEvmService, ticket: JobTicket) => Promise<T>

/** What a worker has been asked and has not answered. */
interface Call {
  readonly kind: JobKind
  readonly lose: (error: EvmLostError) => void
  /** Somebody waits for it. Where nobody does, the worker is still held to end it in time. */
  isWanted: boolean
}

/**
 * Always: work ends with what the worker answers, with {@link EvmLostError}, or at once with its signal's reason; what has been
 * cancelled is not counted as {@link load}, and a worker that does not end it hangs as any other.
 */
export class EvmSeat {
  private service: Promise<SpeculativeEvmService>
  /** Settles {@link service} while a replacement is waited for. */
  private replaced: (service: SpeculativeEvmService) => void = () => undefined
  /** One that only waits for a replacement is not among them. */
  private readonly underWay = new Set<Call>()
  private replacing = false
  private count: Tenure = 0
  private lastSession = 0
  private lastJob = 0

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

  /** Calls that are waited for. */
  get load(): number {
    return this.countOf(() => true)
  }

  /** Of a kind. */
  loadOf(kind: JobKind): number {
    return this.countOf((call) => call.kind === kind)
  }

  /** A name for a session that no other has had at this place. */
  newSession(): number {
    return ++this.lastSession
  }

  /** @throws {EvmLostError} @throws the signal's reason @throws what `use` throws */
  async run<T>(use: UseEvm<T>, { kind = 'import', signal, tenure }: SeatWork = {}): Promise<T> {
    signal?.throwIfAborted()
    const limit = this.limit(EXECUTION_LIMIT_MS)
    const hung = limit.reached.catch(() => this.giveUp())
    let lose: Call['lose'] = () => undefined
    const lost = new Promise<never>((_, reject) => (lose = reject))
    const call: Call = { kind, lose, isWanted: true }
    if (!this.replacing) this.underWay.add(call)
    const ticket: JobTicket = { name: ++this.lastJob, kind }
    let begunAt: SpeculativeEvmService | undefined
    const used = this.service.then((evm) => {
      // A worker that came too late does nothing that nobody waits for.
      if (!call.isWanted) throw new EvmLostError('no EVM worker has come in time')
      signal?.throwIfAborted()
      if (tenure !== undefined && tenure !== this.count) throw new EvmLostError('an EVM worker was replaced')
      this.underWay.add(call)
      begunAt = evm
      return use(evm, ticket)
    })
    const end = () => {
      this.underWay.delete(call)
      limit.cancel()
    }
    const cancelled = abortion(signal)
    try {
      return await Promise.race([used, hung, lost, cancelled.reached])
    } finally {
      call.isWanted = false
      cancelled.letGo()
      if (begunAt === undefined || signal?.aborted !== true) end()
      else {
        begunAt.cancel(ticket.name).catch(() => undefined)
        void Promise.allSettled([Promise.race([used, hung, lost])]).then(end)
      }
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
    for (const { lose } of calls) lose(new EvmLostError(reason))
  }

  private countOf(isMeant: (call: Call) => boolean): number {
    let count = 0
    for (const call of this.underWay) if (call.isWanted && isMeant(call)) count += 1
    return count
  }
}

/** Rejects with the reason when the signal is aborted, until it is let go of. */
function abortion(signal: AbortSignal | undefined): { readonly reached: Promise<never>; readonly letGo: () => void } {
  let abort = () => undefined as void
  const reached = new Promise<never>((_, reject) => (abort = () => reject(signal?.reason as Error)))
  signal?.addEventListener('abort', abort)
  return { reached, letGo: () => signal?.removeEventListener('abort', abort) }
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
