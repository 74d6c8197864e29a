/** What a module asks for, and of whom it has asked it: for modules that want single things from whoever has them. */
import type { Clock } from '../chain/clock.ts'
import { dropOldest } from '../chain/drop-oldest.ts'
import type { RequestKind, RequestOf } from '../network/request-server.ts'
import type { Environment, ServerHandle } from './environment.ts'
import type { ModuleEvent, RequestId } from './module.ts'
import { Signal } from './signal.ts'

/**
 * ms after which everybody may be asked for everything again. A block reaches all nodes within seconds, so that who did
 * not have it may have it soon; within a slot each is asked a handful of times.
 */
export const ASK_AGAIN_MS = 2_000

/** Things of which it is remembered who did not have them. A slot makes a handful; to forget one costs a request. */
const MAX_REFUSED = 512

interface Pending {
  readonly key: string
  readonly server: ServerHandle
  isLate: boolean
}

/**
 * Always: a thing is on its way from at most one server that is not late; a server that did not give it is not asked
 * for it until {@link again} is fired, {@link ASK_AGAIN_MS} after the first such refusal. After {@link close} there is no
 * timer.
 */
export class Inquiries {
  /** A trigger of the module that asks. */
  readonly again = new Signal('ask again')
  readonly #clock: Clock
  readonly #pending = new Map<RequestId, Pending>()
  /** By thing. */
  readonly #refused = new Map<string, Set<ServerHandle>>()
  #cancelTimer: (() => void) | undefined
  #isClosed = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Asks one server for a thing, unless it is on its way.
   * @param key the thing's name, the same whoever is asked
   * @param mayAsk default: everybody
   * @returns the request's id; undefined where none was sent
   */
  ask<K extends RequestKind>(
    environment: Environment,
    kind: K,
    request: RequestOf<K>,
    key: string,
    mayAsk: (server: ServerHandle) => boolean = () => true,
  ): RequestId | undefined {
    const asked = [...this.#pending.values()].filter((pending) => pending.key === key)
    if (asked.some(({ isLate }) => !isLate)) return undefined
    const refused = this.#refused.get(key)
    const server = environment
      .candidates(kind)
      .find((one) => refused?.has(one) !== true && mayAsk(one) && !asked.some((pending) => pending.server === one))
    if (server === undefined) return undefined
    const id = environment.send(server, kind, request)
    this.#pending.set(id, { key, server, isLate: false })
    return id
  }

  /** Whether a server, or any, did not give the thing a moment ago. */
  isRefused(key: string, server?: ServerHandle): boolean {
    const servers = this.#refused.get(key)
    if (servers === undefined) return false
    return server === undefined ? servers.size > 0 : servers.has(server)
  }

  /** For every event of the module. A failure counts as a refusal; what a response is worth the module says. */
  hear(event: ModuleEvent): void {
    switch (event.kind) {
      case 'late': {
        const pending = this.#pending.get(event.id)
        if (pending !== undefined) pending.isLate = true
        return
      }
      case 'response':
        this.#pending.delete(event.id)
        return
      case 'failure': {
        const pending = this.#pending.get(event.id)
        this.#pending.delete(event.id)
        if (pending !== undefined && event.failure.kind !== 'unregistered') this.refuse(pending.key, pending.server)
        return
      }
      case 'unregistered':
        for (const servers of this.#refused.values()) servers.delete(event.server)
        return
      case 'registered':
      case 'available':
      case 'news':
    }
  }

  /** What the server answered is of no use for this thing. */
  refuse(key: string, server: ServerHandle): void {
    this.#refused.set(key, (this.#refused.get(key) ?? new Set()).add(server))
    dropOldest(this.#refused, MAX_REFUSED)
    if (this.#isClosed) return
    this.#cancelTimer ??= this.#clock.after(ASK_AGAIN_MS, () => {
      this.#cancelTimer = undefined
      this.#refused.clear()
      this.again.fire()
    })
  }

  /** For good, with the module that asks. */
  close(): void {
    this.#isClosed = true
    this.#cancelTimer?.()
  }
}
