/** Requests for work that runs outside the turns of its module and waits for their responses. */
import type { Clock } from '../../chain/clock.ts'
import { REQUEST_RULES, type RequestKind, type RequestOf, type ResponseOf } from '../../network/request-server.ts'
import type { Environment, ServerHandle } from '../environment.ts'
import type { ModuleEvent } from '../module.ts'
import { Signal } from '../signal.ts'
import { HARD_TIMEOUT_MS } from '../constants.ts'
import { AskAround } from './ask-around.ts'

/** Questions at once. Whoever waits for more than this has lost count: one asks for a handful, in turn. */
const MAX_QUESTIONS = 64

/**
 * ms that a question waits for servers without room once all others have answered: as long as for one that is silent. One
 * that asked to be left alone may mean ten minutes.
 */
const PATIENCE_MS = HARD_TIMEOUT_MS

/** The kind is known where it is asked; here all questions are alike. */
interface Question {
  readonly of: RequestKind
  readonly around: AskAround<RequestKind>
  /** Settles it, or says what is false. */
  readonly take: (response: unknown, server: string) => Error | undefined
  readonly giveUp: () => void
  /** Once nobody but servers without room is left. */
  patience: 'untouched' | 'running' | 'over'
  cancelPatience: () => void
}

/**
 * A module that owns one calls {@link turn} in each of its turns and has {@link wanted} among its triggers.
 *
 * Always: a question is put to one server after another, to a second one at once only when the first is late, to each at
 * most once; it ends with the first response that is proven, or when no server is left that could have one and has room
 * within {@link PATIENCE_MS}.
 */
export class DetachedRequests {
  /** There are new questions. */
  readonly wanted = new Signal('detached requests')
  readonly #questions = new Set<Question>()
  readonly #servers = new Set<ServerHandle>()
  #closed = false

  constructor(private readonly clock: Clock) {}

  /**
   * @param check what is false about a response, and who gave it; undefined when it is proven
   * @param unanswered told who was asked, where no server has it
   * @returns undefined when no server has it
   */
  ask<K extends RequestKind>(
    of: K,
    request: RequestOf<K>,
    check: (response: ResponseOf<K>, server: string) => Error | undefined,
    unanswered: (asked: readonly string[]) => void = () => undefined,
  ): Promise<ResponseOf<K> | undefined> {
    if (this.#closed) return Promise.resolve(undefined)
    if (this.#questions.size >= MAX_QUESTIONS) {
      throw new Error(`${MAX_QUESTIONS} questions wait for servers already; await some of them first`)
    }
    return new Promise((resolve) => {
      const around = new AskAround<RequestKind>({ kind: of, request, atOnce: 1 })
      this.#questions.add({
        ...{ of, around },
        take: (came, server) => {
          // It answers the request of `around`, which is of this kind.
          const response = came as ResponseOf<K>
          const error = check(response, server)
          if (error === undefined) resolve(response)
          return error
        },
        giveUp: () => {
          unanswered([...around.asked].map(({ name }) => name))
          resolve(undefined)
        },
        patience: 'untouched',
        cancelPatience: () => undefined,
      })
      this.wanted.fire()
    })
  }

  turn(environment: Environment, events: readonly ModuleEvent[]): void {
    for (const event of events) {
      if (event.kind === 'registered') this.#servers.add(event.server)
      else if (event.kind === 'unregistered') this.#servers.delete(event.server)
      else for (const question of this.#questions) this.#hear(environment, question, event)
    }
    for (const question of this.#questions) {
      if (question.around.step(environment) === 'open') continue
      if (question.patience === 'over' || !this.#mayAskLater(question)) this.#end(question)
      else this.#runOutOfPatience(question)
    }
  }

  /** Every question ends without a response, now and later. */
  close(): void {
    this.#closed = true
    for (const question of this.#questions) this.#end(question)
  }

  #hear(environment: Environment, question: Question, event: ModuleEvent): void {
    const end = question.around.hear(event)
    if (end === undefined || !('response' in end)) return
    const error = question.take(end.response, end.server.name)
    if (error !== undefined) return environment.reportFalse(end.server, error)
    environment.reportProven(end.server)
    this.#forget(question)
  }

  #end(question: Question): void {
    this.#forget(question)
    question.giveUp()
  }

  #forget(question: Question): void {
    this.#questions.delete(question)
    question.cancelPatience()
  }

  #runOutOfPatience(question: Question): void {
    if (question.patience !== 'untouched') return
    question.patience = 'running'
    question.cancelPatience = this.clock.after(PATIENCE_MS, () => {
      question.patience = 'over'
      this.wanted.fire()
    })
  }

  /** Whether a server that could have it has no room now; it says so when it has. */
  #mayAskLater({ of, around }: Question): boolean {
    const { capability } = REQUEST_RULES[of]
    return [...this.#servers].some((server) => server.capabilities[capability] && !around.asked.has(server))
  }
}
