/** Answers that are made once for all who ask meanwhile, and kept while there is room. */
import { untilAborted } from '../../network/http/bounded-signal.ts'

interface Kept<T> {
  readonly answer: Promise<T>
  /** Ends the making: whoever asked first has given up. */
  readonly signal: AbortSignal
  /** Undefined while it is being made. */
  bytes: number | undefined
}

export interface Making<T> {
  readonly make: () => Promise<T>
  /** Bytes. */
  readonly sizeOf: (answer: T) => number
}

/** Always: what is kept is at most `maxBytes`, but for what is being made; a failed answer is not kept. */
export class ByteBoundedCache<T> {
  /** The least recently used first. */
  readonly #kept = new Map<string, Kept<T>>()
  #bytes = 0

  constructor(private readonly maxBytes: number) {}

  /**
   * What is kept, what somebody else is making, or what `make` gives under this signal. Where the other one gives up, one
   * of those that wait makes it anew for all of them.
   * @throws the signal's reason @throws what `make` throws
   */
  async get(key: string, signal: AbortSignal, making: Making<T>): Promise<T> {
    for (;;) {
      const kept = this.#kept.get(key)
      if (kept === undefined) return this.#make(key, signal, making)
      this.#kept.delete(key)
      this.#kept.set(key, kept)
      try {
        return await untilAborted(kept.answer, signal)
      } catch (error) {
        signal.throwIfAborted()
        if (!kept.signal.aborted) throw error
      }
    }
  }

  /** Whether it is kept: neither being made, nor to be made. */
  has(key: string): boolean {
    return this.#kept.get(key)?.bytes !== undefined
  }

  #make(key: string, signal: AbortSignal, { make, sizeOf }: Making<T>): Promise<T> {
    const kept: Kept<T> = { answer: make(), signal, bytes: undefined }
    this.#kept.set(key, kept)
    kept.answer.then(
      (answer) => this.#landed(key, kept, sizeOf(answer)),
      () => {
        if (this.#kept.get(key) === kept) this.#kept.delete(key)
      },
    )
    return kept.answer
  }

  #landed(key: string, kept: Kept<T>, bytes: number): void {
    if (this.#kept.get(key) !== kept) return
    kept.bytes = bytes
    this.#bytes += bytes
    for (const [oldest, { bytes: size }] of this.#kept) {
      if (this.#bytes <= this.maxBytes) return
      if (size === undefined) continue
      this.#kept.delete(oldest)
      this.#bytes -= size
    }
  }
}
