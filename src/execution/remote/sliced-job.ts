/** A job of a thread that others share: when it may compute, and that it ends when it is not wanted any more. */
import type { Pace } from '../pace.ts'
import { JobCancelledError, SLICE_MS, type JobKind, type Share, type TimeSlices } from './time-slices.ts'

/**
 * Always: what runs in it computes only while it holds the thread, but for the way from a wait to the next
 * {@link pause}; after {@link cancel} every wait of it rejects, at once.
 */
export class SlicedJob implements Pace {
  private isCancelled = false
  private isOver = false
  /** Rejects what is being waited for. */
  private readonly waits = new Set<(error: JobCancelledError) => void>()
  private place: Share | undefined
  private entering: Promise<void> | undefined
  private workedBefore = 0

  constructor(
    private readonly slices: TimeSlices,
    private readonly kind: JobKind,
  ) {}

  /** Runs the job when its turn has come; no more than once. @throws {JobCancelledError} @throws what `work` throws */
  async run<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      await this.enter()
      // Not raced with the cancellation: what was begun has to let go of all it uses first.
      return await work()
    } finally {
      this.isOver = true
      this.leave()
    }
  }

  pause(): Promise<void> | undefined {
    if (this.isCancelled) return Promise.reject(new JobCancelledError())
    if (!this.isHolding) return this.enter()
    if (this.slices.held() < SLICE_MS) return undefined
    this.workedBefore = this.worked()
    const held = this.place!
    // In this order: one that has the thread to itself stops too, and hears what was sent.
    const next = this.request()
    this.slices.release(held)
    return next
  }

  /** Waits for something from elsewhere, and lets others compute meanwhile. @throws {JobCancelledError} at once when it is */
  async away<T>(answer: Promise<T>): Promise<T> {
    // One part of the job may wait for the thread already while another asks for something.
    if (this.isHolding) this.leave()
    const value = await this.orCancelled(answer)
    await this.enter()
    return value
  }

  /** ms of computing so far: what others took is not this job's. */
  worked(): number {
    return this.workedBefore + (this.isHolding ? this.slices.held() : 0)
  }

  /** What it waits for is waited for no more; what it computes ends at its next {@link pause}. */
  cancel(): void {
    this.isCancelled = true
    for (const reject of this.waits) reject(new JobCancelledError())
    this.waits.clear()
    if (!this.isHolding) this.leave()
  }

  throwIfCancelled(): void {
    if (this.isCancelled) throw new JobCancelledError()
  }

  private get isHolding(): boolean {
    return this.place !== undefined && this.slices.holds(this.place)
  }

  private enter(): Promise<void> {
    if (this.isCancelled) return Promise.reject(new JobCancelledError())
    if (this.isOver || this.isHolding) return Promise.resolve()
    return this.entering ?? this.request()
  }

  private request(): Promise<void> {
    const turn = new Promise<void>((resolve) => {
      this.place = { kind: this.kind, proceed: resolve }
    })
    this.entering = this.orCancelled(turn).finally(() => (this.entering = undefined))
    this.slices.request(this.place!)
    return this.entering
  }

  private leave(): void {
    if (this.place === undefined) return
    this.workedBefore = this.worked()
    this.slices.release(this.place)
    this.place = undefined
  }

  private orCancelled<T>(answer: Promise<T>): Promise<T> {
    if (this.isCancelled) {
      answer.catch(() => undefined)
      return Promise.reject(new JobCancelledError())
    }
    return new Promise<T>((resolve, reject) => {
      this.waits.add(reject)
      answer.then(resolve, reject).finally(() => this.waits.delete(reject))
    })
  }
}
