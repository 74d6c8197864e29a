/** What a module sees of the network in its turn. */
import type { Capabilities, RequestKind, RequestOf } from '../network/request-server.ts'
import { byChance, type ServerQuality } from '../network/server-quality.ts'
import type { RequestId } from './module.ts'
import type { Server } from './server.ts'

/** A server as modules and the status know it: to compare and to read, requests go through the environment. */
export interface ServerHandle {
  readonly name: string
  readonly capabilities: Capabilities
  readonly quality: ServerQuality
  /** What it failed with, or answered falsely, most recently. */
  readonly lastError: Error | undefined
}

/**
 * Lives for one turn of one module: kept longer, every call throws. So requests start in turns only, and none starts
 * between two looks of a module at the same structure.
 */
export interface Environment {
  /**
   * Servers that {@link send} takes a request of this kind for now, in the order to try them: by chance, weighted by
   * quality. May be empty; each that is missing for want of room, or after a failure, is announced by an event when it
   * takes requests again. Whether its window reaches far enough is for the module to see.
   */
  candidates(kind: RequestKind): readonly ServerHandle[]
  /**
   * Starts a request. Exactly one response or failure follows, in a later turn.
   * @throws {NotAvailableError} when the server is not a candidate (any more)
   */
  send<K extends RequestKind>(server: ServerHandle, kind: K, request: RequestOf<K>): RequestId
  /** What the server answered was proven. */
  reportProven(server: ServerHandle): void
  /** What the server answered is false. It is scored down and left alone as after a failure. */
  reportFalse(server: ServerHandle, error: Error): void
}

/** A request was sent to a server that does not take it now: ask `candidates` first. */
export class NotAvailableError extends Error {
  override name = 'NotAvailableError'
  constructor(kind: RequestKind, server: ServerHandle) {
    super(`${server.name} takes no ${kind} request now; choose a server that candidates('${kind}') names`)
  }
}

/** An environment was used after its turn. */
export class TurnOverError extends Error {
  override name = 'TurnOverError'
  constructor(module: string) {
    super(`the turn of ${module} is over; fire a signal and use the environment of the next`)
  }
}

/** What a {@link Turn} needs of the scheduler. */
export interface Surroundings {
  readonly servers: ReadonlySet<Server>
  readonly random: () => number
  /** Notes whose request it is. */
  readonly nextId: () => RequestId
}

export class Turn implements Environment {
  private over = false

  constructor(
    private readonly module: string,
    private readonly surroundings: Surroundings,
  ) {}

  candidates(kind: RequestKind): readonly ServerHandle[] {
    this.checkOpen()
    const able = [...this.surroundings.servers].filter((server) => server.takes(kind))
    return byChance(able, this.surroundings.random)
  }

  send<K extends RequestKind>(handle: ServerHandle, kind: K, request: RequestOf<K>): RequestId {
    this.checkOpen()
    const server = this.find(handle)
    if (server === undefined || !server.takes(kind)) throw new NotAvailableError(kind, handle)
    const id = this.surroundings.nextId()
    server.send(id, kind, request)
    return id
  }

  reportProven(server: ServerHandle): void {
    this.checkOpen()
    this.find(server)?.proven()
  }

  reportFalse(server: ServerHandle, error: Error): void {
    this.checkOpen()
    this.find(server)?.lied(error)
  }

  end(): void {
    this.over = true
  }

  /** Undefined once it is unregistered. */
  private find(handle: ServerHandle): Server | undefined {
    for (const server of this.surroundings.servers) if (server === handle) return server
    return undefined
  }

  private checkOpen(): void {
    if (this.over) throw new TurnOverError(this.module)
  }
}
