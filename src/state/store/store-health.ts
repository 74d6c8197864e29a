/** Whether a store can still be used, and who is told when it no longer can. */
import type { StoreEvent } from './store.ts'
import { endsWriting, StoreError } from './store-error.ts'

/** Always: what ended the use of a store stays what it was, but for closing; the loss is told once. */
export class StoreHealth {
  #failure: StoreError | undefined

  constructor(private readonly tell: (event: StoreEvent) => void) {}

  /** Why nothing is written any more. */
  get failure(): StoreError | undefined {
    return this.#failure
  }

  get isClosed(): boolean {
    return this.#failure?.kind === 'closed'
  }

  close(error: StoreError): void {
    this.#failure = error
  }

  lose(error: StoreError): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.tell({ kind: 'read-only', error })
  }

  /** What of the event there is to be told. */
  report(event: StoreEvent): void {
    // Told once, when it happened.
    if (event.kind === 'read-failed' && this.#failure !== undefined) return
    if (event.kind === 'read-failed' && endsWriting(event.error)) this.lose(event.error)
    else this.tell(event)
  }

  /** What fails after the database was lost fails with the reason of the loss. */
  async whileUsable<T>(work: Promise<T>): Promise<T> {
    try {
      return await work
    } catch (error) {
      this.#note(error)
      throw this.#failure ?? error
    }
  }

  /** A write fails with its own reason, which may be the loss. */
  async writing(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      this.#note(error)
      throw error
    }
  }

  /** @throws {StoreError} */
  assertUsable(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Reading goes on where nothing can be written. @throws {StoreError} */
  assertNotClosed(): void {
    if (this.isClosed) throw this.#failure!
  }

  #note(error: unknown): void {
    if (error instanceof StoreError && endsWriting(error)) this.lose(error)
  }
}
