/** What is remembered of the servers that are asked for updates, so that none is asked twice in vain. */
import type { ServerHandle } from '../environment.ts'
import type { DivergenceSearch } from './divergence-search.ts'

/** Until the server is unregistered. */
export interface AskedServer {
  /** Periods it had no update of, in this epoch: a node that catches up has them later. */
  lacking: { readonly epoch: number; readonly periods: Set<number> }
  /** The newest period whose final update it has been asked for; undefined: none of this chain. */
  comparedUpTo: number | undefined
  /** Its updates of known periods are on their way or wait to be proven: to be compared, or for {@link search}. */
  isCompared: boolean
  /** Set while it is looked for where its chain leaves ours. */
  search: DivergenceSearch | undefined
  /** In which a search was begun last. */
  searchedIn: number
}

export class AskedServers {
  readonly #servers = new Map<ServerHandle, AskedServer>()

  add(server: ServerHandle): void {
    this.#servers.set(server, {
      lacking: { epoch: -1, periods: new Set() },
      comparedUpTo: undefined,
      isCompared: false,
      search: undefined,
      searchedIn: -1,
    })
  }

  delete(server: ServerHandle): void {
    this.#servers.delete(server)
  }

  all(): readonly ServerHandle[] {
    return [...this.#servers.keys()]
  }

  /** Undefined once it is unregistered. */
  get(server: ServerHandle): AskedServer | undefined {
    return this.#servers.get(server)
  }

  noteLacking(server: ServerHandle, period: number, epoch: number): void {
    const asked = this.#servers.get(server)
    if (asked === undefined) return
    if (asked.lacking.epoch !== epoch) asked.lacking = { epoch, periods: new Set() }
    asked.lacking.periods.add(period)
  }

  /** Whether it is known in this epoch not to have the update of that period. */
  lacks(server: ServerHandle, period: number, epoch: number): boolean {
    const lacking = this.#servers.get(server)?.lacking
    return lacking?.epoch === epoch && lacking.periods.has(period)
  }

  noteCompared(server: ServerHandle, period: number): void {
    const asked = this.#servers.get(server)
    if (asked !== undefined) asked.comparedUpTo = Math.max(period, asked.comparedUpTo ?? period)
  }

  /** @returns ends it */
  beginComparison(server: ServerHandle): () => void {
    const asked = this.#servers.get(server)
    if (asked === undefined) return () => undefined
    asked.isCompared = true
    return () => {
      asked.isCompared = false
    }
  }

  /** Another chain is followed: what was compared with the one before says nothing. */
  forgetComparisons(): void {
    for (const asked of this.#servers.values()) {
      asked.comparedUpTo = undefined
      asked.search = undefined
      asked.searchedIn = -1
    }
  }
}
