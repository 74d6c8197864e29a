/** One question to several upstreams that all should know the answer: the first good one counts. */
import type { Clock } from '../../../src/chain/clock.ts'
import { UnavailableError } from '../../execution/execution-source.ts'

export interface Upstream {
  /** For people and logs, without what may be secret. */
  readonly name: string
}

export interface Question<S extends Upstream, T> {
  /** In the order in which they are asked. */
  readonly servers: readonly S[]
  /**
   * Undefined: the server says that there is no such thing.
   * @param signal aborts when another was faster, or when time is up
   */
  readonly ask: (server: S, signal: AbortSignal) => Promise<T | undefined>
  /** Whether an error is about the server or its answer; any other one is thrown on. */
  readonly isBadAnswer: (error: unknown) => error is Error
  readonly clock: Clock
  readonly times: Times
  /** Aborts when nothing is asked any more. */
  readonly closing: AbortSignal
}

export interface Times {
  /** ms for which one server is waited for before the next is asked too. */
  readonly patience: number
  /** ms for everything. */
  readonly limit: number
}

/**
 * What takes some ms where all is well: a second of silence is trouble, and ten are what whoever asks waits, as the
 * light client's own scheduler does.
 */
export const QUICK: Times = { patience: 1_000, limit: 10_000 }

export interface Good<S, T> {
  readonly server: S
  readonly answer: T
}

/**
 * Asks the next server where one fails, says no, or keeps silent. Undefined where all say no.
 * @throws {UnavailableError} naming each server that failed, where none has a good answer
 */
export function firstGood<S extends Upstream, T>(question: Question<S, T>): Promise<Good<S, T> | undefined> {
  return new Promise((resolve, reject) => new Asking(question, resolve, reject).askNext())
}

/** Always: ends once; then no timer of it is set, and the signals of all who were asked are aborted. */
class Asking<S extends Upstream, T> {
  readonly #controller = new AbortController()
  readonly #asked = new Set<S>()
  readonly #errors: string[] = []
  #next = 0
  #isOver = false
  #cancelPatience: () => void = () => undefined
  readonly #cancelLimit: () => void
  readonly #onClosing = (): void => this.#fail(new UnavailableError('upstream: the gateway ends'))

  constructor(
    private readonly question: Question<S, T>,
    private readonly resolve: (good: Good<S, T> | undefined) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    const { clock, times, closing } = question
    this.#cancelLimit = clock.after(times.limit, () => this.#giveUp())
    if (closing.aborted) this.#onClosing()
    else closing.addEventListener('abort', this.#onClosing, { once: true })
  }

  askNext(): void {
    this.#cancelPatience()
    const { servers, ask, isBadAnswer, clock, times } = this.question
    const server = servers[this.#next]
    if (server === undefined || this.#isOver) return
    this.#next += 1
    this.#asked.add(server)
    this.#cancelPatience = clock.after(times.patience, () => this.askNext())
    ask(server, this.#controller.signal).then(
      (answer) => (answer === undefined ? this.#hasNone(server) : this.#end(() => this.resolve({ server, answer }))),
      (error: unknown) => {
        if (!isBadAnswer(error)) return this.#fail(error)
        const { message } = error
        this.#errors.push(message.includes(server.name) ? message : `${server.name}: ${message}`)
        this.#hasNone(server)
      },
    )
  }

  #hasNone(server: S): void {
    this.#asked.delete(server)
    if (this.#isOver) return
    if (this.#next < this.question.servers.length) return this.askNext()
    if (this.#asked.size > 0) return
    if (this.#errors.length > 0) this.#fail(this.#unavailable([]))
    else this.#end(() => this.resolve(undefined))
  }

  #giveUp(): void {
    const names = Array.from(this.#asked, ({ name }) => name).join(', ')
    this.#fail(this.#unavailable([`${names}: no answer within ${this.question.times.limit / 1_000} s`]))
  }

  #unavailable(more: readonly string[]): UnavailableError {
    return new UnavailableError(`upstream: ${[...this.#errors, ...more].join('; ')}`)
  }

  #fail(error: unknown): void {
    this.#end(() => this.reject(error))
  }

  #end(tell: () => void): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#cancelPatience()
    this.#cancelLimit()
    this.question.closing.removeEventListener('abort', this.#onClosing)
    tell()
    this.#controller.abort(new DOMException('over', 'AbortError'))
  }
}
