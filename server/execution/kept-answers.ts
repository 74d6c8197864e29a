/** Answers that take long to make: each is made once at a time, however many ask, and those asked for last are kept. */
import { UnavailableError } from './execution-source.ts'

export interface AnswerBounds<T> {
  /** What an answer counts. */
  readonly sizeOf: (answer: T) => number
  /** Of all that are kept. */
  readonly mostKept: number
  readonly mostMaking: number
  /** Whoever asks for one more is told so. */
  readonly refusal: string
}

/** Always: what is kept has {@link AnswerBounds.mostKept} at most, the least recently asked for gone first. Failures are not kept. */
export class KeptAnswers<T> {
  /** Least recently asked for first. */
  readonly #kept = new Map<string, T>()
  readonly #making = new Map<string, Promise<T>>()
  #size = 0

  constructor(private readonly bounds: AnswerBounds<T>) {}

  /** At once where it is kept. @throws {UnavailableError} where too many are being made; rejects with what `make` throws */
  get(name: string, make: () => Promise<T>): T | Promise<T> {
    const kept = this.#kept.get(name)
    if (kept === undefined) return this.#making.get(name) ?? this.#make(name, make)
    this.#kept.delete(name)
    this.#kept.set(name, kept)
    return kept
  }

  #make(name: string, make: () => Promise<T>): Promise<T> {
    const { mostMaking, refusal } = this.bounds
    if (this.#making.size >= mostMaking) throw new UnavailableError(refusal)
    const making = make()
      .then((answer) => this.#keep(name, answer))
      .finally(() => this.#making.delete(name))
    this.#making.set(name, making)
    return making
  }

  #keep(name: string, answer: T): T {
    const { sizeOf, mostKept } = this.bounds
    this.#kept.set(name, answer)
    this.#size += sizeOf(answer)
    for (const [oldest, old] of this.#kept) {
      if (this.#size <= mostKept) break
      this.#kept.delete(oldest)
      this.#size -= sizeOf(old)
    }
    return answer
  }
}
