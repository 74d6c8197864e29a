/**
 * One transaction at a time, and whatever was asked for meanwhile goes into the next one together.
 *
 * Promises: `run` is never called while another call is pending; writes keep their order; each promise settles as the
 * transaction that held the write does; waiting bytes and writes are bounded.
 */
import { MAX_QUEUED_BYTES, MAX_QUEUED_WRITES } from './limits.ts'
import { StoreError } from './store-error.ts'

interface Waiting<Write> {
  readonly write: Write
  readonly bytes: number
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

export class WriteQueue<Write> {
  private readonly waiting: Waiting<Write>[] = []
  private waitingBytes = 0
  private running: Promise<void> | undefined

  constructor(
    private readonly run: (writes: readonly Write[]) => Promise<void>,
    /** Bytes that share a transaction; a larger write goes alone. */
    private readonly transactionBytes: number,
  ) {}

  /** @throws {StoreError} overloaded */
  add(write: Write, bytes: number): Promise<void> {
    if (this.waitingBytes + bytes > MAX_QUEUED_BYTES || this.waiting.length >= MAX_QUEUED_WRITES) {
      return Promise.reject(
        new StoreError(
          'overloaded',
          `${this.waiting.length} writes of ${this.waitingBytes} bytes are waiting, at most ${MAX_QUEUED_WRITES} of ` +
            `${MAX_QUEUED_BYTES}: await earlier puts before more`,
        ),
      )
    }
    this.waitingBytes += bytes
    const done = new Promise<void>((resolve, reject) => this.waiting.push({ write, bytes, resolve, reject }))
    this.running ??= this.drain()
    return done
  }

  /** Resolves when nothing waits or runs. */
  async idle(): Promise<void> {
    while (this.running !== undefined) await this.running
  }

  private async drain(): Promise<void> {
    // Puts of the same moment share a transaction.
    await Promise.resolve()
    while (this.waiting.length > 0) {
      const group = this.takeGroup()
      try {
        await this.run(group.map(({ write }) => write))
        for (const { resolve } of group) resolve()
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    this.running = undefined
  }

  private takeGroup(): Waiting<Write>[] {
    let bytes = 0
    let count = 0
    for (const next of this.waiting) {
      if (count > 0 && bytes + next.bytes > this.transactionBytes) break
      bytes += next.bytes
      count++
    }
    this.waitingBytes -= bytes
    return this.waiting.splice(0, count)
  }
}
