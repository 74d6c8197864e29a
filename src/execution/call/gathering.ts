/**
 * Runs on state that is not at hand. A run that lacks a value goes on with a guess, so that it finds whatever else it needs
 * that does not depend on it; all that was missing is fetched in one trip, and the run is done again, until one lacks
 * nothing. Nothing of a run that guessed counts, neither what it answered nor how it failed.
 *
 * Why not pause at each miss: a token's balance would take four trips, account, code, slot, and whatever its proxy asks, and
 * an aggregate of fifty balances two hundred. Guessing takes two and three, and repeats milliseconds of execution.
 */
import { asAddress, type AddressBytes, type Hash, type Keccak } from '../../chain/bytes.ts'
import type { AccountValue, FlatReader } from '../../state/flat-reader.ts'
import { HashedKeys } from '../../state/hashed-keys.ts'
import type { CodeCache } from '../remote/code-cache.ts'
import type { KnownValues } from '../remote/evm-messages.ts'
import { GuessingReader } from '../speculation/guessing-reader.ts'
import type { MissingValue } from '../speculation/missing-values.ts'
import { ParentValues, type LearnedValue } from '../speculation/parent-values.ts'
import { bytesToWord } from '../words.ts'

export interface GatheringOptions {
  /**
   * Gives what is asked, in any order, from one state and no other. More is welcome; less too, but for the first: what a run
   * lacks later it may lack for a guess.
   * @throws what then ends the run: that a value cannot be had, that the caller does not wait any longer
   */
  readonly fetch: (missing: readonly MissingValue[]) => Promise<readonly LearnedValue[]>
  readonly keccak: Keccak
  readonly codes: CodeCache
  /** Milliseconds. */
  readonly now: () => number
  /** At hand from the start. */
  readonly known?: KnownValues
  /** Values of an earlier state: better guesses than none. */
  readonly earlier?: KnownValues
  /** Whose calls these are, and who is only paid: they have no code, as far as anyone can tell. */
  readonly senders?: ReadonlyMap<bigint, bigint>
  readonly payees?: ReadonlySet<bigint>
  readonly bounds?: Partial<GatheringBounds>
}

export interface GatheringBounds {
  /** Trips of one run. */
  readonly trips: number
  /** Values fetched for one run. */
  readonly keys: number
  /** Of execution and waiting together. */
  readonly milliseconds: number
}

/**
 * A chain of reads in which each follows from the one before takes as many trips as it is long: a few dozen in the oddest
 * contracts in use. A call of 50 Mgas reads 23,809 slots at most (2,100 gas each); no call that is made for an answer does.
 */
export const DEFAULT_BOUNDS: GatheringBounds = { trips: 64, keys: 16_384, milliseconds: 30_000 }

/** Guesses of one run, beyond which it is cut and what it lacked until then is fetched. */
const MAX_GUESSES = 2_048

/** A run asks for more than it is given, or for what does not come. */
export class GatheringError extends Error {
  override name = 'GatheringError'
}

export interface Gathered<T> {
  readonly result: T
  /** Times that everything waited for {@link GatheringOptions.fetch}. */
  readonly trips: number
  readonly keys: number
}

const NOTHING_KNOWN: KnownValues = { accounts: new Map(), slots: new Map() }

/** How a run stands while it runs. */
export interface RunState {
  /** It has lacked something: nothing that it comes to counts any more. */
  readonly isGuessing: () => boolean
}

/** Of one state. What one run has gathered is at hand for the next. */
export class Gatherer {
  private readonly values: ParentValues
  private readonly reader: GuessingReader
  private readonly bounds: GatheringBounds

  constructor(private readonly options: GatheringOptions) {
    const {
      keccak,
      codes,
      known = NOTHING_KNOWN,
      earlier = NOTHING_KNOWN,
      senders = new Map(),
      payees = new Set(),
    } = options
    this.values = new ParentValues(known, new HashedKeys(keccak))
    this.reader = new GuessingReader(this.values, codes, earlier, { senders, payees }, options.now)
    this.bounds = { ...DEFAULT_BOUNDS, ...options.bounds }
  }

  /**
   * `run` has to begin anew each time it is called, and to read the state through its argument only.
   * @throws {GatheringError} past the bounds @throws what `fetch` throws @throws what a run throws that lacked nothing
   */
  async run<T>(run: (reader: FlatReader, standing: RunState) => Promise<T>): Promise<Gathered<T>> {
    const deadline = this.options.now() + this.bounds.milliseconds
    const asked = new Set<string>()
    /** Those that had to come, each as the first of a trip. */
    const needed = new Set<string>()
    for (let trips = 0; ; trips++) {
      const noting = new NotingReader(this.reader)
      this.reader.startOver()
      this.reader.allow({ guesses: MAX_GUESSES, deadline })
      const end = await ended(run(noting, { isGuessing: () => noting.missing.size > 0 }))
      if (noting.missing.size === 0) {
        if (end.kind === 'failed') throw end.error
        return { result: end.result, trips, keys: asked.size }
      }
      const [first] = noting.missing.keys()
      if (needed.has(first!)) throw new GatheringError(`a value was fetched and did not come: ${first}`)
      this.checkBounds(noting.missing, asked, trips, deadline)
      needed.add(first!)
      for (const name of noting.missing.keys()) asked.add(name)
      this.learn(await this.options.fetch([...noting.missing.values()]))
    }
  }

  private checkBounds(
    missing: ReadonlyMap<string, MissingValue>,
    asked: ReadonlySet<string>,
    trips: number,
    deadline: number,
  ): void {
    const { trips: maxTrips, keys, milliseconds } = this.bounds
    const fresh = [...missing.keys()].filter((name) => !asked.has(name))
    if (trips >= maxTrips) throw new GatheringError(`the call needs more than ${maxTrips} trips for its state`)
    if (asked.size + fresh.length > keys) throw new GatheringError(`the call reads more than ${keys} values`)
    if (this.options.now() > deadline) throw new GatheringError(`the call has not come to an end in ${milliseconds} ms`)
  }

  /** Of the state, without being asked. */
  learn(learned: readonly LearnedValue[]): void {
    for (const value of learned) {
      if (value.kind === 'account') this.values.learnAccount(value.address, value.value)
      else if (value.kind === 'storage') this.values.learnSlot(value.address, value.slot, value.value)
      else this.options.codes.add(value.codeHash, value.bytes)
    }
  }
}

type End<T> = { readonly kind: 'done'; readonly result: T } | { readonly kind: 'failed'; readonly error: unknown }

async function ended<T>(run: Promise<T>): Promise<End<T>> {
  try {
    return { kind: 'done', result: await run }
  } catch (error) {
    return { kind: 'failed', error }
  }
}

/** Notes each value that is not known, once, in the order they were first asked for. */
class NotingReader implements FlatReader {
  readonly missing = new Map<string, MissingValue>()

  constructor(private readonly reader: GuessingReader) {}

  account(address: AddressBytes): AccountValue | undefined {
    if (!this.reader.knowsAccount(address)) this.note(`account ${bytesToWord(address)}`, { kind: 'account', address })
    return this.reader.account(address)
  }

  storage(address: AddressBytes, slot: Uint8Array): Uint8Array {
    if (!this.reader.knowsAccount(address)) this.note(`account ${bytesToWord(address)}`, { kind: 'account', address })
    if (!this.reader.knowsAccount(address) || !this.reader.knowsSlot(address, bytesToWord(slot))) {
      this.note(`slot ${bytesToWord(address)} ${bytesToWord(slot)}`, { kind: 'storage', address, slot })
    }
    return this.reader.storage(address, slot)
  }

  code(codeHash: Hash, address: AddressBytes): Uint8Array {
    const missing = this.reader.missingCode(asAddress(address))
    if (missing !== undefined) {
      const known = missing === 'unknown' ? undefined : missing
      this.note(`code ${bytesToWord(address)} ${known === undefined ? '' : bytesToWord(known)}`, {
        ...{ kind: 'code', address, codeHash: known },
      })
    }
    return this.reader.code(codeHash)
  }

  private note(name: string, value: MissingValue): void {
    if (!this.missing.has(name)) this.missing.set(name, value)
  }
}
