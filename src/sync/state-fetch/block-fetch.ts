/**
 * The state of one block's parent, as far as it was fetched: what is missing is brought when it is asked for, by whichever
 * ways are allowed, all that is missing at one moment in one round trip where the way can. Nothing is believed but by its
 * hash below the state root that the caller has proven.
 */
import type { Clock } from '../../chain/clock.ts'
import type { AddressBytes, Hash, Keccak } from '../../chain/bytes.ts'
import type { OpenState } from '../../execution/block/verify-block.ts'
import type { KnownValues } from '../../execution/remote/evm-messages.ts'
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import type { LearnedValue } from '../../execution/speculation/parent-values.ts'
import type { ContentFault } from '../../network/on-demand/state-fetcher.ts'
import type { NamedBlock } from '../../network/on-demand/rpc-server.ts'
import { pause } from '../../network/pause.ts'
import { DataFaultError, type DataFault } from '../../state/data-fault.ts'
import type { MaybePromise } from '../../state/flat-reader.ts'
import { hashKey } from '../../state/hash-key.ts'
import { knownValues } from '../known-values.ts'
import { RecordingCodeSource, RecordingNodeSource } from '../../state/recording-source.ts'
import { EMPTY_CODE_HASH, StateTrie, type StateCommit } from '../../state/state-trie.ts'
import type { HashedBytes } from '../../state/trie/node-source.ts'
import { LACKED_AGAIN_MS, MAX_BLOCK_BYTES, MAX_FETCHES, MAX_WALK, WORK_LIMIT_MS } from './constants.ts'
import type { ContentOwner, ContentPool, Wanted } from './content-pool.ts'
import { FetchBoundError, StateUnavailableError } from './fetch-error.ts'
import { PathCheck } from './path-check.ts'
import type { ServerSelector } from './server-selector.ts'
import { TripCounter, type FetchCosts } from './trip-counter.ts'
import { bring, type WayName } from './ways/bring.ts'
import { codesAhead } from './ways/code-of-account.ts'
import type { WayContext } from './ways/way.ts'
import type { Urgency } from './work.ts'

export interface BlockFetchOptions {
  readonly pool: ContentPool
  readonly selector: ServerSelector
  readonly keccak: Keccak
  readonly clock: Clock
  /** The block that is to be executed. */
  readonly block: NamedBlock
  readonly parentHash: Hash
  /** Proven by the caller. */
  readonly parentStateRoot: Hash
  /** Number of the newest block there is: servers' windows are counted back from it. Default: the block's own. */
  readonly newest?: number
  /** Default: all. */
  readonly ways?: ReadonlySet<WayName> | undefined
}

/** What a block's execution has read. */
export interface BlockReads {
  readonly nodes: readonly HashedBytes[]
  readonly codes: readonly HashedBytes[]
  /** Of the nodes, those that did not come for this block. */
  readonly nodesFromStore: number
}

export type Walked =
  /** All of it is known. */
  | 'complete'
  /** Something came; ask again. */
  | 'more'
  /** The rest cannot be had now. */
  | 'stuck'

/** Always: every node and code it answers with has the hash it was asked for by; what it holds is bounded. */
export class BlockFetch {
  readonly counter: TripCounter
  /** Called whenever something has come, or has turned out not to; must not throw. */
  onProgress: () => void = () => undefined
  readonly #context: WayContext
  readonly #held = new Map<string, Uint8Array>()
  /** Of those held, what came for this block from the network. Reported witnesses are among it only once they are read. */
  #heldBytes = 0
  /** What came over the network for this block, by its hash. */
  readonly #fetched = new Set<string>()
  readonly #abort = new AbortController()
  readonly #owner: ContentOwner
  readonly #nodes: RecordingNodeSource
  readonly #codes: RecordingCodeSource
  /** For looking, which is no reading. */
  readonly #looking: StateTrie
  #trie: StateTrie | undefined
  #fetches = 0

  constructor(private readonly options: BlockFetchOptions) {
    const { clock, keccak, selector, block, parentHash, parentStateRoot: root, newest = block.number } = options
    this.counter = new TripCounter(() => clock.now())
    const source = { node: (hash: Hash) => this.#find(hash), code: (hash: Hash) => this.#find(hash) }
    this.#nodes = new RecordingNodeSource(source)
    this.#codes = new RecordingCodeSource(source)
    this.#looking = new StateTrie({ root, nodes: source, codes: source, keccak })
    this.#owner = {
      signal: this.#abort.signal,
      onFound: (content, from) => {
        if (from === 'network') this.#take(content)
        else this.#hold(content)
      },
    }
    this.#context = {
      ...{ selector, keccak, root, newest, counter: this.counter, nodes: source },
      before: { number: block.number - 1, hash: parentHash },
      after: block,
      paths: new PathCheck(root, source, keccak),
      has: (hash) => this.has(hash),
      admit: (contents) => {
        for (const content of contents) this.#take(content)
        options.pool.admit(contents)
      },
    }
  }

  /** For sources: what this block's requests share. */
  get context(): WayContext {
    return this.#context
  }

  /** For what sources wait for at most. */
  get clock(): Clock {
    return this.options.clock
  }

  /** Aborted by {@link cancel}. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get parentStateRoot(): Hash {
    return this.options.parentStateRoot
  }

  has(hash: Hash): boolean {
    return this.#find(hash) !== undefined
  }

  /** A node or code that is at hand; looking is no reading. */
  content(hash: Hash): Uint8Array | undefined {
    return this.#find(hash)
  }

  /** Contents that came with the block, hashed. They are this block's alone: what it does not read is not kept. */
  hold(contents: Iterable<HashedBytes>): void {
    for (const content of contents) this.#take(content)
  }

  /**
   * Brings what faults name, all in one trip where a way can.
   * @param effort `must`: all ways one after the other, and once more a moment later; `try`: the best way alone
   * @returns those that could not be had, and what servers said
   * @throws {FetchBoundError}; the reason of {@link cancel}
   */
  async resolve(
    faults: readonly ContentFault[],
    effort: 'must' | 'try' = 'must',
  ): Promise<{ readonly missing: readonly ContentFault[]; readonly reasons: readonly string[] }> {
    const { pool, clock, ways } = this.options
    const urgency: Urgency = effort === 'must' ? 'urgent' : 'ahead'
    const reasons = new Set<string>()
    let tries = 0
    for (let waits = 0; ;) {
      const missing = faults.filter(({ hash }) => !this.has(hash))
      if (missing.length === 0 || tries === TRIES[effort]) return { missing, reasons: [...reasons] }
      // Others may have brought it by now.
      if (tries > 0) await pause(clock, LACKED_AGAIN_MS, this.signal)
      this.#fetches += 1
      if (this.#fetches > MAX_FETCHES) throw new FetchBoundError(`the block is not done after ${MAX_FETCHES} fetches`)
      const { shared } = await pool.fetch(missing, this.#owner, async (fresh, signal) => {
        const limit = new AbortController()
        const cancel = clock.after(WORK_LIMIT_MS, () => limit.abort())
        const call = { urgency, signal: AbortSignal.any([signal, limit.signal]) }
        try {
          const said = await bring(faultsOf(fresh, missing), this.#context, call, { effort, ways })
          for (const reason of said) reasons.add(reason)
        } finally {
          cancel()
        }
      })
      this.onProgress()
      this.#checkBounds()
      // What another block was fetching may have been given up with it, and says nothing about servers.
      waits += shared > 0 ? 1 : 0
      if (shared === 0 || waits > MAX_SHARED_WAITS) tries += 1
    }
  }

  /** Brings contents by their hashes, wherever in the state they are. */
  async prefetchHashes(nodes: readonly Hash[], codes: readonly Hash[]): Promise<void> {
    const path = new Uint8Array()
    await this.resolve(
      [
        ...nodes.map((hash): ContentFault => ({ kind: 'node', hash, path })),
        ...codes.map((hash): ContentFault => ({ kind: 'code', hash })),
      ],
      'try',
    )
  }

  /**
   * One step towards values of the parent state, for all of them at once: whole paths where a way gives them, one layer
   * otherwise; codes whose hash is not known yet come with their accounts where codes can be had by address.
   */
  async advance(values: readonly MissingValue[]): Promise<Walked> {
    const faults = distinct(values.flatMap((value) => this.#missing(value)))
    if (faults.length === 0) return 'complete'
    const [{ missing }] = await Promise.all([this.resolve(faults, 'try'), this.#codesAhead(values)])
    return missing.length < faults.length ? 'more' : 'stuck'
  }

  /** All the way, as far as it goes. Keys that are not read after all cost nothing else. */
  async prefetch(values: readonly MissingValue[]): Promise<Walked> {
    for (let step = 0; step < MAX_WALK; step++) {
      const walked = await this.advance(values)
      if (walked !== 'more') return walked
    }
    return 'stuck'
  }

  /** The parent state for execution: a read waits until what it lacks has come. What is read is noted. */
  open(): OpenState {
    const { parentStateRoot: root, keccak } = this.options
    const trie = new StateTrie({ root, nodes: this.#nodes, codes: this.#codes, keccak })
    this.#trie = trie
    return {
      reader: {
        account: (address) => this.#read(() => trie.account(address)),
        storage: (address, slot) => this.#read(() => trie.storage(address, slot), slot),
        code: (codeHash, address) => this.#read(() => trie.code(codeHash, address)),
      },
      applyWrites: async (writes) => this.#read(() => trie.applyWrites(writes)),
      root: () => trie.root(),
      nodesRead: () => this.#nodes.read().length,
    }
  }

  /** A value of the parent state, where what is at hand proves it; looking is no reading. Codes have to be of an account. */
  look(value: MissingValue): LearnedValue | undefined {
    try {
      switch (value.kind) {
        case 'account':
          return { ...value, value: this.#looking.account(value.address) }
        case 'storage':
          return { ...value, value: this.#looking.storage(value.address, value.slot) }
        case 'code': {
          const { address } = value
          const codeHash = value.codeHash ?? this.#looking.account(address)?.codeHash
          if (codeHash === undefined) return undefined
          return { kind: 'code', codeHash, bytes: this.#looking.code(codeHash, address) }
        }
      }
    } catch (error) {
      if (error instanceof DataFaultError) return undefined
      throw error
    }
  }

  /** What the way to a value lacks first, by a name; undefined where it lacks nothing. */
  lacks(value: MissingValue): string | undefined {
    const [first] = this.#missing(value)
    return first && hashKey(first.hash)
  }

  /** Values that what this block holds proves already, for an EVM worker to begin with. */
  knownValues(): KnownValues {
    const held = { node: (hash: Hash) => this.#held.get(hashKey(hash)) }
    return knownValues(this.options.parentStateRoot, held)
  }

  /**
   * Code that was run from an EVM worker's cache counts as read, and is kept with the block like any other.
   * @throws {Error} for code that does not have its hash: a mistake of the worker
   */
  admitCodes(codes: readonly HashedBytes[]): void {
    const { keccak } = this.options
    for (const { hash, bytes } of codes) {
      if (hashKey(keccak(bytes) as Hash) !== hashKey(hash))
        throw new Error('an EVM worker holds code under a wrong hash')
      this.#hold({ hash, bytes })
      this.#codes.code(hash)
    }
  }

  /** What the states that were opened have read: no more and no less than the block needs. */
  read(): BlockReads {
    const nodes = this.#nodes.read()
    const nodesFromStore = nodes.filter(({ hash }) => !this.#fetched.has(hashKey(hash))).length
    return { nodes, codes: this.#codes.read(), nodesFromStore }
  }

  /** New nodes and codes of the state that was opened last. */
  commit(): StateCommit {
    if (this.#trie === undefined) throw new Error('no state has been opened')
    return this.#trie.commit()
  }

  costs(): FetchCosts {
    return this.counter.costs()
  }

  /** Everything that waits for this block's contents rejects; what other blocks wait for too goes on. */
  cancel(reason: Error): void {
    this.#abort.abort(reason)
    this.options.pool.cancel(this.#owner)
  }

  #find(hash: Hash): Uint8Array | undefined {
    const held = this.#held.get(hashKey(hash))
    if (held !== undefined) return held
    const bytes = this.options.pool.peek(hash)
    if (bytes !== undefined) this.#hold({ hash, bytes })
    return bytes
  }

  #take(content: HashedBytes): void {
    this.#fetched.add(hashKey(content.hash))
    this.#hold(content)
  }

  #hold({ hash, bytes }: HashedBytes): void {
    const key = hashKey(hash)
    if (this.#held.has(key) || this.#heldBytes > MAX_BLOCK_BYTES) return
    this.#held.set(key, bytes)
    this.#heldBytes += bytes.length
  }

  #checkBounds(): void {
    if (this.#heldBytes > MAX_BLOCK_BYTES) {
      throw new FetchBoundError(`the block needs more than ${MAX_BLOCK_BYTES} bytes of nodes and codes`)
    }
  }

  /** At once where everything is at hand. */
  #read<T>(read: () => T, slot?: Uint8Array): MaybePromise<T> {
    try {
      return read()
    } catch (error) {
      return this.#recover(error, read, slot)
    }
  }

  /** Goes on at the same read, as often as a further node turns out to be missing and is found. */
  async #recover<T>(error: unknown, read: () => T, slot: Uint8Array | undefined): Promise<T> {
    let reason = error
    while (reason instanceof DataFaultError) {
      const faults = contentFaults(reason)
      if (faults.length === 0) throw reason
      // With the slot that it is for, the account's path and the slot's are one trip.
      const { missing, reasons } = await this.resolve(
        slot === undefined ? faults : faults.map((f) => withSlot(f, slot)),
      )
      const [first] = missing
      if (first !== undefined) throw new StateUnavailableError(first, reasons)
      try {
        return read()
      } catch (next) {
        reason = next
      }
    }
    throw reason
  }

  /** The first thing that each value lacks. */
  #missing(value: MissingValue): ContentFault[] {
    try {
      switch (value.kind) {
        case 'account':
          this.#looking.account(value.address)
          return []
        case 'storage':
          this.#looking.storage(value.address, value.slot)
          return []
        case 'code': {
          const hash = value.codeHash ?? this.#looking.account(value.address)?.codeHash ?? EMPTY_CODE_HASH
          this.#looking.code(hash, value.address)
          return []
        }
      }
    } catch (error) {
      if (!(error instanceof DataFaultError)) throw error
      const faults = contentFaults(error)
      return value.kind === 'storage' ? faults.map((fault) => withSlot(fault, value.slot)) : faults
    }
  }

  async #codesAhead(values: readonly MissingValue[]): Promise<void> {
    const { selector } = this.options
    if (this.options.ways?.has('proofs') === false || selector.offers('codes', undefined)) return
    const addresses = values.flatMap((value): AddressBytes[] => {
      if (value.kind !== 'code' || value.codeHash !== undefined || this.#knowsAccount(value.address)) return []
      return [value.address]
    })
    if (addresses.length > 0) await codesAhead(addresses, this.#context, { urgency: 'ahead', signal: this.signal })
  }

  #knowsAccount(address: AddressBytes): boolean {
    return this.#missing({ kind: 'account', address }).length === 0
  }
}

/** What execution waits for is asked for once more a moment later. */
const TRIES = { must: 2, try: 1 } as const

/** Times that a block waits for what others fetch before it counts as tried: more than blocks that are previewed at once. */
const MAX_SHARED_WAITS = 8

const isContent = (fault: DataFault): fault is ContentFault => fault.kind !== 'header'

const contentFaults = ({ fault, others }: DataFaultError): ContentFault[] => [fault, ...others].filter(isContent)

const withSlot = (fault: ContentFault, slot: Uint8Array): ContentFault =>
  fault.kind === 'node' ? { ...fault, slot } : fault

function faultsOf(wanted: readonly Wanted[], faults: readonly ContentFault[]): ContentFault[] {
  const names = new Set(wanted.map(({ hash }) => hashKey(hash)))
  return faults.filter(({ hash }) => names.has(hashKey(hash)))
}

/** Of faults about one node all are kept: each is for another key, whose path may be fetched by it. */
function distinct(faults: readonly ContentFault[]): ContentFault[] {
  const seen = new Set<string>()
  return faults.filter((fault) => {
    const slot = fault.kind === 'node' && fault.slot !== undefined ? hashKey(fault.slot as Hash) : ''
    const account = fault.account === undefined ? '' : String.fromCharCode(...fault.account)
    const key = `${hashKey(fault.hash)} ${account} ${slot}`
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}
