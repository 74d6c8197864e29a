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
import { hashKey } from '../../state/hash-key.ts'
import { knownValues } from '../known-values.ts'
import { StateTrie, type StateCommit } from '../../state/state-trie.ts'
import type { StateWrites } from '../../state/state-writes.ts'
import type { HashedBytes } from '../../state/trie/node-source.ts'
import { LACKED_AGAIN_MS, MAX_FETCHES, MAX_SHARED_WAITS, MAX_WALK, TRIES, WORK_LIMIT_MS } from './constants.ts'
import { distinctFaults } from './content-faults.ts'
import type { ContentOwner, ContentPool, Wanted } from './content-pool.ts'
import { FetchBoundError } from './fetch-error.ts'
import { HeldContents } from './held-contents.ts'
import { PathCheck } from './path-check.ts'
import { prefetch, type Walked } from './prefetch.ts'
import type { ServerSelector } from './server-selector.ts'
import { StateLook } from './state-look.ts'
import { StateReads, type BlockReads } from './state-reads.ts'
import { TripCounter, type FetchCosts } from './trip-counter.ts'
import { CODE_BY_HASH, bring, isAnyAllowed, type WayName } from './ways/bring.ts'
import { codesAhead } from './ways/code-of-account.ts'
import type { WayContext } from './ways/way.ts'
import { urgencyOf, type Purpose } from './work.ts'

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
  /** Default: `sync`. */
  readonly purpose?: Purpose
}

/** Always: every node and code it answers with has the hash it was asked for by; what it holds is bounded. */
export class BlockFetch {
  readonly counter: TripCounter
  /** Called whenever something has come, or has turned out not to; must not throw. */
  onProgress: () => void = () => undefined
  readonly #context: WayContext
  readonly #held: HeldContents
  readonly #abort = new AbortController()
  readonly #owner: ContentOwner
  readonly #reads: StateReads
  readonly #look: StateLook
  #fetches = 0

  constructor(private readonly options: BlockFetchOptions) {
    const { clock, keccak, selector, block, parentHash, parentStateRoot: root, newest = block.number } = options
    this.counter = new TripCounter(() => clock.now())
    this.#held = new HeldContents(options.pool)
    const find = (hash: Hash) => this.#held.find(hash)
    const source = { node: find, code: find }
    this.#reads = new StateReads({ root, keccak, held: this.#held, resolve: (faults) => this.resolve(faults) })
    this.#look = new StateLook(() => new StateTrie({ root, nodes: source, codes: source, keccak }))
    this.#owner = {
      purpose: this.#purpose,
      signal: this.#abort.signal,
      onFound: (content, from) => {
        if (from === 'network') this.#held.take(content)
        else this.#held.hold(content)
      },
    }
    this.#context = {
      ...{ selector, keccak, root, newest, counter: this.counter, nodes: source },
      before: { number: block.number - 1, hash: parentHash },
      after: block,
      paths: new PathCheck(root, source, keccak),
      ...{ apart: new Set<string>(), refused: new Set<string>() },
      own: this.#purpose === 'request' ? selector.own : undefined,
      has: (hash) => this.has(hash),
      admit: (contents) => {
        for (const content of contents) this.#held.take(content)
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
    return this.#held.find(hash) !== undefined
  }

  /** A node or code that is at hand; looking is no reading. */
  content(hash: Hash): Uint8Array | undefined {
    return this.#held.find(hash)
  }

  /** Contents that came with the block, hashed. They are this block's alone: what it does not read is not kept. */
  hold(contents: Iterable<HashedBytes>): void {
    for (const content of contents) this.#held.take(content)
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
    const { pool, selector, clock, ways } = this.options
    const urgency = urgencyOf(this.#purpose, effort)
    const reasons = new Set<string>()
    let tries = 0
    for (let waits = 0; ;) {
      const missing = faults.filter(({ hash }) => !this.has(hash))
      if (missing.length === 0 || tries === TRIES[effort]) return { missing, reasons: [...reasons] }
      // Others may have brought it by now.
      if (tries > 0) await pause(clock, LACKED_AGAIN_MS, this.signal)
      this.#fetches += 1
      if (this.#fetches > MAX_FETCHES) throw new FetchBoundError(`the block is not done after ${MAX_FETCHES} fetches`)
      const { shared } = await pool.fetch(missing, this.#owner, async (fresh, { signal, onRaise }) => {
        const limit = new AbortController()
        const cancel = clock.after(WORK_LIMIT_MS, () => limit.abort())
        const call = { urgency, signal: AbortSignal.any([signal, limit.signal]) }
        onRaise(() => selector.raise(call.signal))
        try {
          const said = await bring(faultsOf(fresh, missing), this.#context, call, { effort, ways })
          for (const reason of said) reasons.add(reason)
        } finally {
          cancel()
        }
      })
      this.onProgress()
      this.#held.checkBounds()
      // What another block was fetching may have been given up with it, and says nothing about servers.
      waits += shared > 0 ? 1 : 0
      if (shared === 0 || waits > MAX_SHARED_WAITS) tries += 1
    }
  }

  /** Forgets what came, as if nothing had: before anything is executed. */
  letGo(): void {
    this.#held.clear()
  }

  /** Bytes of what it holds. */
  get heldBytes(): number {
    return this.#held.bytes
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
    const faults = distinctFaults(values.flatMap((value) => this.#look.missing(value)))
    if (faults.length === 0) return 'complete'
    const [{ missing }] = await Promise.all([this.resolve(faults, 'try'), this.#codesAhead(values)])
    return missing.length < faults.length ? 'more' : 'stuck'
  }

  /** All the way, as far as it goes. Keys that are not read after all cost nothing else. */
  prefetch(values: readonly MissingValue[]): Promise<Walked> {
    return prefetch(values, { fetch: this, apart: this.#context.apart })
  }

  /** Brings what these writes need beside the paths they change: nodes that a deletion leaves alone. As far as it goes. */
  async prefetchWrites(writes: StateWrites): Promise<void> {
    for (let step = 0; step < MAX_WALK; step++) {
      const missing = this.#look.missingFor(writes)
      if (missing.length === 0) return
      const { missing: left } = await this.resolve(missing, 'try')
      if (left.length === missing.length) return
    }
  }

  /** The parent state for execution: a read waits until what it lacks has come. What is read is noted. */
  open(): OpenState {
    return this.#reads.open()
  }

  /** A value of the parent state, where what is at hand proves it; looking is no reading. Codes have to be of an account. */
  look(value: MissingValue): LearnedValue | undefined {
    return this.#look.value(value)
  }

  /** What the way to a value lacks first, by a name; undefined where it lacks nothing. */
  lacks(value: MissingValue): string | undefined {
    const [first] = this.#look.missing(value)
    return first && hashKey(first.hash)
  }

  /** Values that what this block holds proves already, for an EVM worker to begin with. */
  knownValues(): KnownValues {
    return knownValues(this.options.parentStateRoot, { node: (hash) => this.#held.own(hash) })
  }

  /**
   * Code that was run from an EVM worker's cache counts as read, and is kept with the block like any other.
   * @throws {Error} for code that does not have its hash: a mistake of the worker
   */
  admitCodes(codes: readonly HashedBytes[]): void {
    this.#reads.admitCodes(codes)
  }

  /** What the states that were opened have read: no more and no less than the block needs. */
  read(): BlockReads {
    return this.#reads.read()
  }

  /** Of the nodes that were read, those that had not come for this block. */
  get nodesFromStore(): number {
    return this.#reads.nodesFromStore
  }

  /** New nodes and codes of the state that was opened last. */
  commit(): StateCommit {
    return this.#reads.commit()
  }

  costs(): FetchCosts {
    return this.counter.costs()
  }

  /** Everything that waits for this block's contents rejects; what other blocks wait for too goes on. */
  cancel(reason: Error): void {
    this.#abort.abort(reason)
    this.options.pool.cancel(this.#owner)
  }

  get #purpose(): Purpose {
    return this.options.purpose ?? 'sync'
  }

  async #codesAhead(values: readonly MissingValue[]): Promise<void> {
    const { selector, ways } = this.options
    if (ways?.has('proofs') === false) return
    if (isAnyAllowed(CODE_BY_HASH, ways) && selector.offers('codes', undefined)) return
    const addresses = values.flatMap((value): AddressBytes[] => {
      if (value.kind !== 'code' || value.codeHash !== undefined || this.#knowsAccount(value.address)) return []
      return [value.address]
    })
    const urgency = urgencyOf(this.#purpose, 'try')
    if (addresses.length > 0) await codesAhead(addresses, this.#context, { urgency, signal: this.signal })
  }

  #knowsAccount(address: AddressBytes): boolean {
    return this.#look.missing({ kind: 'account', address }).length === 0
  }
}

function faultsOf(wanted: readonly Wanted[], faults: readonly ContentFault[]): ContentFault[] {
  const names = new Set(wanted.map(({ hash }) => hashKey(hash)))
  return faults.filter(({ hash }) => names.has(hashKey(hash)))
}
