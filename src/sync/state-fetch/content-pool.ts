/**
 * Nodes and codes of all blocks: each content address is under way once, shared by whoever waits for it. Reads go through
 * memory, then the store, then the network.
 */
import type { Hash } from '../../chain/bytes.ts'
import { untilAborted } from '../../network/http/bounded-signal.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { HashedBytes } from '../../state/trie/node-source.ts'
import { MAX_IN_FLIGHT, MEMORY_BYTES } from './constants.ts'
import type { Purpose } from './work.ts'

/** What a store has to be for a pool; the store's own interface is wider. */
export interface ContentStore {
  /** In the order of `hashes`; bytes with that keccak256, or undefined. */
  getNodes(hashes: readonly Hash[]): Promise<readonly (Uint8Array | undefined)[]>
  getCodes(hashes: readonly Hash[]): Promise<readonly (Uint8Array | undefined)[]>
}

export type ContentKind = 'node' | 'code'

export interface Wanted {
  readonly kind: ContentKind
  readonly hash: Hash
}

/** Somebody who waits for contents: one for each block. */
export interface ContentOwner {
  readonly purpose: Purpose
  /** What the network is asked of; aborts when the owner gives up. */
  readonly signal: AbortSignal
  /** Told of each content it waits for, once, as it is found. */
  readonly onFound: (content: HashedBytes, from: 'memory' | 'store' | 'network') => void
}

/** More is under way than there may be. */
export class PoolFullError extends Error {
  override name = 'PoolFullError'
}

export interface PoolOptions {
  readonly store?: ContentStore | undefined
  /** Default: {@link MEMORY_BYTES}. */
  readonly memoryBytes?: number
  /** Default: {@link MAX_IN_FLIGHT}. */
  readonly maxInFlight?: number
}

export interface PoolStats {
  readonly memoryBytes: number
  readonly memoryItems: number
  readonly inFlight: number
  /** Of contents asked for, by where they were found. */
  readonly hits: { readonly memory: number; readonly store: number; readonly shared: number; readonly network: number }
}

/** What a haul is begun with. */
export interface HaulCall {
  readonly signal: AbortSignal
  /** Called once following the chain waits for a part of what was begun to answer somebody; at once where it does already. */
  readonly onRaise: (raise: () => void) => void
}

/** One haul of contents from the network, begun by one owner; goes on for as long as anyone waits for a part of it. */
interface Haul {
  readonly abort: AbortController
  purpose: Purpose
  raise: () => void
  /** Flights under way that somebody waits for. */
  waitedFor: number
}

interface Flight {
  readonly kind: ContentKind
  readonly hash: Hash
  readonly waiters: Set<ContentOwner>
  haul: Haul | undefined
  readonly landed: Promise<void>
  readonly land: () => void
}

/** Always: a hash has one flight at most; a flight ends, found or not; memory stays below its bound. */
export class ContentPool {
  readonly #flights = new Map<string, Flight>()
  /** The one used last stands last. */
  readonly #memory = new Map<string, Uint8Array>()
  #memoryBytes = 0
  readonly #hits = { memory: 0, store: 0, shared: 0, network: 0 }

  constructor(private readonly options: PoolOptions = {}) {}

  /** In memory now; looking is no use of it. */
  peek(hash: Hash): Uint8Array | undefined {
    return this.#memory.get(hashKey(hash))
  }

  /**
   * Brings what is wanted to its owner, as far as it can be had: `haul` is called once, with what nobody has and nobody is
   * fetching, and hands what comes to {@link admit}. Resolves when nothing of it is under way any more, or the owner's
   * signal aborts; what has not been found by then may be asked for again.
   * @returns how many of them another owner was fetching
   * @throws {PoolFullError} @throws what `haul` throws
   */
  async fetch(
    wanted: readonly Wanted[],
    owner: ContentOwner,
    haul: (fresh: readonly Wanted[], call: HaulCall) => Promise<void>,
  ): Promise<{ readonly shared: number }> {
    const { own, shared } = this.#sorted(wanted, owner)
    // The store is asked before anything else may begin to fetch the same: the flights stand already.
    const work = own.length === 0 ? Promise.resolve() : this.#run(own, owner, haul)
    const others = Promise.all(shared.map(({ landed }) => landed)).then(() => undefined)
    await untilAborted(Promise.all([work, others]), owner.signal)
    return { shared: shared.length }
  }

  /** Keeps what came, and hands it to all that wait for it. Whoever admits it has hashed it, and copied it out of its answer. */
  admit(contents: Iterable<HashedBytes>): void {
    for (const content of contents) this.#found(content, 'network')
  }

  /** Nothing is brought to this owner any more; what nobody else waits for is aborted. */
  cancel(owner: ContentOwner): void {
    for (const flight of this.#flights.values()) {
      if (!flight.waiters.delete(owner) || flight.waiters.size > 0 || flight.haul === undefined) continue
      flight.haul.waitedFor -= 1
      if (flight.haul.waitedFor === 0) flight.haul.abort.abort(new Error('nobody waits for it any more'))
    }
  }

  stats(): PoolStats {
    return {
      memoryBytes: this.#memoryBytes,
      memoryItems: this.#memory.size,
      inFlight: this.#flights.size,
      hits: { ...this.#hits },
    }
  }

  #sorted(wanted: readonly Wanted[], owner: ContentOwner): { own: Flight[]; shared: Flight[] } {
    const { maxInFlight: all = MAX_IN_FLIGHT } = this.options
    const maxInFlight = owner.purpose === 'sync' ? all : all / 2
    if (this.#flights.size + wanted.length > maxInFlight)
      throw new PoolFullError(`${this.#flights.size} contents are being fetched, ${wanted.length} more are too many`)
    const own: Flight[] = []
    const shared: Flight[] = []
    const seen = new Set<string>()
    for (const { kind, hash } of wanted) {
      const key = hashKey(hash)
      if (seen.has(key)) continue
      seen.add(key)
      const bytes = this.#remembered(key)
      const flight = this.#flights.get(key)
      if (bytes !== undefined) {
        this.#hits.memory += 1
        owner.onFound({ hash, bytes }, 'memory')
      } else if (flight !== undefined) {
        this.#join(flight, owner)
        shared.push(flight)
      } else own.push(this.#begin(kind, hash, owner))
    }
    return { own, shared }
  }

  #begin(kind: ContentKind, hash: Hash, owner: ContentOwner): Flight {
    let land = (): void => undefined
    const landed = new Promise<void>((resolve) => (land = resolve))
    const flight: Flight = { kind, hash, waiters: new Set([owner]), haul: undefined, landed, land }
    this.#flights.set(hashKey(hash), flight)
    return flight
  }

  #join(flight: Flight, owner: ContentOwner): void {
    this.#hits.shared += 1
    if (flight.waiters.size === 0 && flight.haul !== undefined) flight.haul.waitedFor += 1
    flight.waiters.add(owner)
    if (owner.purpose === 'sync' && flight.haul?.purpose === 'request') {
      flight.haul.purpose = 'sync'
      flight.haul.raise()
    }
  }

  async #run(
    own: readonly Flight[],
    owner: ContentOwner,
    haul: (fresh: readonly Wanted[], call: HaulCall) => Promise<void>,
  ): Promise<void> {
    const run: Haul = {
      abort: new AbortController(),
      purpose: owner.purpose,
      raise: () => undefined,
      waitedFor: 0,
    }
    for (const flight of own) {
      flight.haul = run
      if (flight.waiters.size > 0) run.waitedFor += 1
    }
    try {
      await this.#fromStore(own)
      const fresh = own.filter(({ hash }) => this.#flights.has(hashKey(hash)))
      if (fresh.length === 0 || run.abort.signal.aborted || owner.signal.aborted) return
      await haul(fresh, {
        signal: run.abort.signal,
        onRaise: (raise) => {
          if (run.purpose !== owner.purpose) raise()
          else run.raise = raise
        },
      })
    } finally {
      for (const flight of own) this.#end(flight)
    }
  }

  async #fromStore(own: readonly Flight[]): Promise<void> {
    const { store } = this.options
    if (store === undefined) return
    const nodes = own.filter(({ kind }) => kind === 'node')
    const codes = own.filter(({ kind }) => kind === 'code')
    const hashes = (flights: readonly Flight[]): Hash[] => flights.map(({ hash }) => hash)
    const [foundNodes, foundCodes] = await Promise.all([
      nodes.length === 0 ? [] : store.getNodes(hashes(nodes)),
      codes.length === 0 ? [] : store.getCodes(hashes(codes)),
    ])
    const found = [...foundNodes, ...foundCodes]
    for (const [index, { hash }] of [...nodes, ...codes].entries()) {
      const bytes = found[index]
      if (bytes !== undefined) this.#found({ hash, bytes }, 'store')
    }
  }

  #found(content: HashedBytes, from: 'store' | 'network'): void {
    const key = hashKey(content.hash)
    this.#remember(key, content.bytes)
    const flight = this.#flights.get(key)
    if (flight === undefined) return
    this.#hits[from] += 1
    for (const waiter of flight.waiters) waiter.onFound(content, from)
    this.#end(flight)
  }

  #end(flight: Flight): void {
    const key = hashKey(flight.hash)
    if (this.#flights.get(key) !== flight) return
    this.#flights.delete(key)
    if (flight.haul !== undefined && flight.waiters.size > 0) flight.haul.waitedFor -= 1
    flight.land()
  }

  #remembered(key: string): Uint8Array | undefined {
    const bytes = this.#memory.get(key)
    if (bytes === undefined) return undefined
    this.#memory.delete(key)
    this.#memory.set(key, bytes)
    return bytes
  }

  #remember(key: string, bytes: Uint8Array): void {
    if (this.#memory.has(key)) return
    this.#memory.set(key, bytes)
    this.#memoryBytes += bytes.length
    const { memoryBytes = MEMORY_BYTES } = this.options
    for (const [oldest, { length }] of this.#memory) {
      if (this.#memoryBytes <= memoryBytes) return
      this.#memory.delete(oldest)
      this.#memoryBytes -= length
    }
  }
}
