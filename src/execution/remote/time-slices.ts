/**
 * One thread shared by several jobs, slice by slice: a job computes alone until its slice is over, it waits for something, or
 * it ends; then the thread hears its messages, and the next one goes on.
 *
 * Who is next: the time that the kinds of jobs take is kept at their {@link SHARES} among those that have something to
 * compute, and within a kind jobs take turns. A kind that had nothing to do for a while has saved up nothing. So
 * - a call that comes to a thread which runs blocks ahead, or imports one, waits for the slice under way and no longer, as
 *   long as calls are within their share;
 * - calls take four ninths of the time while blocks are imported and others run ahead, half of it beside one of these;
 *   what is imported goes on as fast whatever calls there are.
 */

/** `import`: the block whose turn it is, all that is done for it; `speculation`: what is run ahead of its turn; `call`: a question. */
export type JobKind = 'call' | 'import' | 'speculation'

/**
 * ms that a job computes while others wait, or messages may: a cancelled job ends at the end of its slice. Between two
 * looks at the clock lies up to a millisecond or so, and a frame on screen, which some of this waits for, takes 16.
 */
export const SLICE_MS = 15

/** Of the time, among kinds that have something to compute. Running ahead may be in vain; importing and asking are not. */
const SHARES: Readonly<Record<JobKind, number>> = { call: 4, import: 4, speculation: 1 }

/** Where two are due: somebody looks at a screen for a call, and calls are short. */
const KINDS: readonly JobKind[] = ['call', 'import', 'speculation']

/** The job was not wanted any more. */
export class JobCancelledError extends Error {
  override name = 'JobCancelledError'
  constructor() {
    super('the job was cancelled before it was done; ask again if it is wanted after all')
  }
}

export interface SliceSurroundings {
  /** ms. */
  readonly now: () => number
  /** Resolves when messages that had come to the thread have been handled. */
  readonly hearMessages: () => Promise<void>
}

/** A job's place among those that want the thread, for one slice. */
export interface Share {
  readonly kind: JobKind
  readonly proceed: () => void
}

/** Always: at most one job holds the thread; one that waits for it gets it, as long as those that hold it give it back. */
export class TimeSlices {
  private holder: Share | undefined
  /** Of {@link holder}. */
  private since = 0
  /** In the order of arrival. */
  private waiting: Share[] = []
  private isChoosing = false
  /** ms used by each kind, divided by its share: who has least is next. */
  private readonly used: Record<JobKind, number> = { call: 0, import: 0, speculation: 0 }
  /** What the holder's kind had used when it was chosen; never falls. Where a kind begins that had nothing to do. */
  private clock = 0

  constructor(private readonly surroundings: SliceSurroundings) {}

  now(): number {
    return this.surroundings.now()
  }

  holds(share: Share): boolean {
    return this.holder === share
  }

  /** ms since the holder got the thread. */
  held(): number {
    return this.now() - this.since
  }

  /** Waits for the thread: {@link Share.proceed} is called once, at once where nobody has it. */
  request(share: Share): void {
    const { kind } = share
    const isBusy = this.holder?.kind === kind || this.waiting.some((one) => one.kind === kind)
    if (!isBusy) this.used[kind] = Math.max(this.used[kind], this.clock)
    this.waiting.push(share)
    if (this.holder === undefined && !this.isChoosing) this.choose()
  }

  /** Gives back the thread, or the place among those that wait for it. */
  release(share: Share): void {
    this.waiting = this.waiting.filter((one) => one !== share)
    if (this.holder !== share) return
    this.used[share.kind] += this.held() / SHARES[share.kind]
    this.holder = undefined
    void this.chooseLater()
  }

  /** Nobody goes on before the thread has heard what was sent to it. */
  private async chooseLater(): Promise<void> {
    if (this.waiting.length === 0) return
    this.isChoosing = true
    await this.surroundings.hearMessages()
    this.isChoosing = false
    this.choose()
  }

  private choose(): void {
    let best: Share | undefined
    for (const kind of KINDS) {
      const first = this.waiting.find((share) => share.kind === kind)
      if (first !== undefined && (best === undefined || this.used[kind] < this.used[best.kind])) best = first
    }
    if (best === undefined) return
    this.waiting.splice(this.waiting.indexOf(best), 1)
    this.holder = best
    this.clock = this.used[best.kind]
    this.since = this.now()
    best.proceed()
  }
}
