/**
 * Headers of the chain below the signed head, by number or hash: held, linked by their parents' hashes, or proven by a state
 * of the execution chain or of the beacon chain.
 */
import { bytesToHex } from '@ethereumjs/util'
import { asAddress, asHash, type Hash, type Keccak } from '../../chain/bytes.ts'
import { decodeRawHeader, type RawHeader } from '../../execution/block/raw-block.ts'
import { equalBytes } from '../../execution/words.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { ImportFetcher } from '../import/import-tools.ts'
import { ChainUnavailableError } from '../beam/import-fetcher.ts'
import type { HistoryAnswer, ProvenPlace } from '../light-client/history-desk.ts'
import { BeaconHistory, type Bearing } from './beacon-history.ts'
import type { Purpose } from '../state-fetch/work.ts'
import { CanonicalHeaders } from './canonical-headers.ts'
import { HistoryUnavailableError } from './chain-view-error.ts'
import type { Ask } from './evidence.ts'
import { HEADER_BOUNDS, HISTORY_WINDOW, type HeaderBounds } from './header-bounds.ts'
import { wordsOf } from './header-origin.ts'

/** Headers asked for at once while walking. */
const WALK_STEP = 256

/** EIP-2935: the contract that holds hashes of ancestors, and for how many blocks. */
export const HISTORY_ADDRESS = asAddress(
  Uint8Array.from([
    0, 0, 0xf9, 0x08, 0x27, 0xf1, 0xc5, 0x3a, 0x10, 0xcb, 0x7a, 0x02, 0x33, 0x5b, 0x17, 0x53, 0x20, 0, 0x29, 0x35,
  ]),
)

export interface ChainHeadersOptions {
  readonly keccak: Keccak
  readonly fetcher: Pick<ImportFetcher, 'headers'>
  /** Of the network's first block; undefined where it is not known. */
  readonly genesisHash?: Hash | undefined
  /** A slot of the state after this block. Big-endian without leading zeros. */
  readonly storage: (at: RawHeader, slot: Uint8Array, ask: Ask) => Promise<Uint8Array>
  /** Of the beacon chain; undefined where nobody follows it. */
  readonly history?:
    | {
        readonly prove: (slot: number) => Promise<HistoryAnswer>
        /** The signed head; undefined before there is one. */
        readonly head: () => Bearing | undefined
      }
    | undefined
  /** Default: {@link HEADER_BOUNDS}. */
  readonly bounds?: HeaderBounds | undefined
}

export class ChainHeaders {
  readonly #canonical = new CanonicalHeaders()
  /** By hash, whatever chain they are of; the oldest first. */
  readonly #seen = new Map<string, RawHeader>()
  readonly #bounds: HeaderBounds
  readonly #history: BeaconHistory | undefined

  constructor(private readonly options: ChainHeadersOptions) {
    const { bounds = HEADER_BOUNDS, history } = options
    this.#bounds = bounds
    const take = (place: ProvenPlace, ask: Ask) => this.#takeProven(place, ask)
    this.#history = history && new BeaconHistory({ ...history, take })
  }

  get head(): RawHeader | undefined {
    return this.#canonical.head
  }

  /** The oldest to which the chain is known without a gap. */
  get lowest(): RawHeader | undefined {
    return this.#canonical.lowest
  }

  /** As far as it is known now. */
  isCanonical(header: { readonly number: number; readonly hash: Hash }): boolean {
    return this.#canonical.has(header)
  }

  /**
   * A signed head. Fetches what is between it and what is held.
   * @returns the header; those that are in the chain no more, newest first, and those that are now, oldest first
   * @throws what the fetcher throws
   */
  async follow(hash: Hash, signal: AbortSignal): Promise<HeadChange> {
    const chain = await this.#downToKnown(hash, signal)
    const added = chain.filter((header) => !this.#canonical.has(header)).reverse()
    const isFirst = this.#canonical.head === undefined
    const removed = this.#canonical.extend(chain)
    return { head: chain[0]!, removed, added: isFirst ? [] : added }
  }

  /** What proves that it is of the chain, in words; undefined of one that links lead to, or that is not of it. */
  proofOf(header: { readonly number: number; readonly hash: Hash }): string | undefined {
    const origin = this.#canonical.has(header) ? this.#canonical.originOf(header.number) : undefined
    return origin && wordsOf(origin)
  }

  /**
   * By the first way that leads there: what is held, a short walk, the history contract, a whole walk, the beacon chain.
   * @throws {HistoryUnavailableError} for a block that cannot be proven; undefined for one that is not there yet
   */
  async at(number: number, ask: Ask): Promise<RawHeader | undefined> {
    const { head } = this.#canonical
    if (head === undefined || number > head.number) return undefined
    const known = this.#canonical.at(number)
    if (known !== undefined) return known
    const { quickWalk, walk } = this.#bounds
    if (this.#distanceTo(number) <= quickWalk) return this.#walkTo(number, ask)
    if (number === 0 && this.options.genesisHash !== undefined) return this.#genesis(this.options.genesisHash, ask)
    const proven = await this.#byContract(head, number, ask)
    if (proven !== undefined) return proven
    const problem = this.#distanceTo(number) > walk ? await this.#history?.descend(number, quickWalk, ask) : undefined
    return this.#walkTo(number, ask, problem)
  }

  /**
   * As far back as any block is found without an archive: by walking where that is short, else by what the state of the
   * head holds, which is tried.
   */
  async oldestProvable(ask: Ask): Promise<number> {
    const { head, lowest } = this.#canonical
    if (head === undefined || lowest === undefined) throw this.#tooFar(0, undefined)
    const oldest = Math.max(0, head.number - this.#bounds.contract)
    const walked = Math.max(0, lowest.number - this.#bounds.walk)
    if (walked <= oldest || this.#canonical.at(oldest) !== undefined) return oldest
    return (await this.#byContract(head, oldest, ask)) === undefined ? walked : oldest
  }

  /**
   * The header with this hash, and whether it is in the chain.
   * @throws {HistoryUnavailableError} where that cannot be told; what the fetcher throws where nobody has it
   */
  async byHash(hash: Hash, ask: Ask): Promise<{ readonly header: RawHeader; readonly isCanonical: boolean }> {
    const header = await this.anyByHash(hash, ask.signal)
    const canonical = await this.at(header.number, ask).catch((error: unknown) => {
      // The block is there: that others cannot be had says nothing about it.
      if (error instanceof ChainUnavailableError) throw cannotTell(header, error.message)
      throw error
    })
    return { header, isCanonical: canonical !== undefined && equalBytes(canonical.hash, hash) }
  }

  /** The header with this hash, of whatever chain. @throws what the fetcher throws where nobody has it */
  async anyByHash(hash: Hash, signal: AbortSignal): Promise<RawHeader> {
    return this.#seen.get(hashKey(hash)) ?? (await this.#fetch(hash, 1, signal))[0]!
  }

  /**
   * Those before a header, newest first: `count` of them, or down to the first block. Each is the parent of the one before
   * it, whatever becomes of the chain meanwhile.
   * @throws what the fetcher throws
   */
  async ancestors(of: RawHeader, count: number, signal: AbortSignal): Promise<readonly RawHeader[]> {
    const chain: RawHeader[] = []
    for (let next = of; chain.length < count && next.number > 0; next = chain.at(-1)!) {
      const known = this.#canonical.at(next.number - 1)
      if (known !== undefined && equalBytes(known.hash, next.parentHash)) chain.push(known)
      else {
        const fetched = await this.#fetch(next.parentHash, Math.min(count - chain.length, WALK_STEP), signal)
        if (this.#canonical.has(next)) this.#canonical.addBelow(next, fetched)
        chain.push(...fetched)
      }
    }
    return chain
  }

  async #downToKnown(hash: Hash, signal: AbortSignal): Promise<RawHeader[]> {
    const chain = await this.#fetch(hash, 1, signal, 'sync')
    const { head } = this.#canonical
    if (head === undefined) return chain
    for (;;) {
      const last = chain.at(-1)!
      if (this.#canonical.has(last) || this.#canonical.has({ number: last.number - 1, hash: last.parentHash })) break
      // Past the gap nothing is known that it could join: the chain begins anew at the head.
      if (last.number === 0 || chain.length > WALK_STEP) return chain.slice(0, 1)
      const gap = Math.max(1, last.number - 1 - head.number)
      chain.push(...(await this.#fetch(last.parentHash, Math.min(gap, WALK_STEP), signal, 'sync')))
    }
    return chain
  }

  /** Every chain of the network begins with it. */
  async #genesis(hash: Hash, ask: Ask): Promise<RawHeader> {
    const [header] = await this.#fetch(hash, 1, ask.signal)
    this.#canonical.addIsland(header!, { kind: 'genesis' })
    return header!
  }

  /** Undefined where the state holds no hash of it: before EIP-2935, or too far back. */
  async #byContract(head: RawHeader, number: number, ask: Ask): Promise<RawHeader | undefined> {
    if (head.number - number > this.#bounds.contract) return undefined
    const value = await this.options.storage(head, slotOf(number), ask)
    if (value.length === 0) return undefined
    const hash = new Uint8Array(32)
    hash.set(value, 32 - value.length)
    const [header] = await this.#fetch(asHash(hash), 1, ask.signal)
    // The chain may be another by now, and a contract of that address another one.
    if (header?.number !== number || !this.#canonical.has(head)) return undefined
    this.#canonical.addIsland(header, { kind: 'contract', stateOf: head.number })
    return header
  }

  /** Undefined where the head that it is proven under is not of this chain, as far as that can be told. */
  async #takeProven({ blockHash, under }: ProvenPlace, ask: Ask): Promise<RawHeader | undefined> {
    const header = await this.anyByHash(blockHash, ask.signal)
    const shared = await this.#sharedWith(under.blockHash, ask.signal)
    // The chain may be another by now.
    if (shared === undefined || !this.#canonical.has(shared) || header.number > shared.number) return undefined
    const known = this.#canonical.at(header.number)
    if (known !== undefined) return known
    this.#canonical.addIsland(header, { kind: 'beaconState', slot: under.slot, block: header.number })
    return header
  }

  /** The newest block that this chain has of the chain below another head, which may be a little ahead of ours. */
  async #sharedWith(otherHead: Hash, signal: AbortSignal): Promise<RawHeader | undefined> {
    const other = await this.anyByHash(otherHead, signal)
    const ahead = other.number - this.#canonical.head!.number
    if (ahead <= 0) return other
    return ahead > this.#bounds.quickWalk ? undefined : (await this.ancestors(other, ahead, signal)).at(-1)
  }

  #distanceTo(number: number): number {
    return (this.#canonical.nearestAbove(number)?.number ?? Infinity) - number
  }

  /** @param problem why nothing nearer is proven */
  async #walkTo(number: number, { signal }: Ask, problem?: string): Promise<RawHeader> {
    const nearest = this.#canonical.nearestAbove(number)
    if (nearest === undefined || nearest.number - number > this.#bounds.walk) throw this.#tooFar(number, problem)
    const { reorganizations } = this.#canonical
    const origin = this.#canonical.originOf(nearest.number)
    const walked = await this.ancestors(nearest, nearest.number - number, signal)
    const held = this.#canonical.at(number)
    if (held !== undefined) return held
    const found = walked.at(-1)
    // Where many are asked for at once, what the walk began at may have been let go of meanwhile.
    if (found?.number === number && reorganizations === this.#canonical.reorganizations) {
      this.#canonical.addIsland(found, origin)
      return found
    }
    throw new HistoryUnavailableError(`block ${number} was looked for in a chain that is no more: ask again`)
  }

  #tooFar(number: number, problem: string | undefined): HistoryUnavailableError {
    const { head, lowest } = this.#canonical
    const { contract, walk } = this.#bounds
    const far = `block ${number} is ${(head?.number ?? 0) - number} blocks below the head`
    const ways = `the history contract reaches ${contract} back, a walk ${walk} below block ${lowest?.number ?? 0}`
    return new HistoryUnavailableError(`${far}: ${ways}${problem === undefined ? '' : `; further back: ${problem}`}`)
  }

  #note(header: RawHeader): void {
    this.#seen.set(hashKey(header.hash), header)
    const [oldest] = this.#seen.keys()
    if (this.#seen.size > MAX_SEEN && oldest !== undefined) this.#seen.delete(oldest)
  }

  async #fetch(from: Hash, count: number, signal: AbortSignal, purpose: Purpose = 'request'): Promise<RawHeader[]> {
    const headers = await this.options.fetcher.headers(from, count, signal, purpose)
    const decoded = headers.map((rlp) => decodeRawHeader(rlp, this.options.keccak))
    if (decoded.length === 0) throw new HistoryUnavailableError(`header ${bytesToHex(from)} cannot be had`)
    for (const header of decoded) this.#note(header)
    return decoded
  }
}

/** Some 2 MB: those that a dapp asks about by their hash again. */
const MAX_SEEN = 2_048

export interface HeadChange {
  readonly head: RawHeader
  readonly removed: readonly RawHeader[]
  readonly added: readonly RawHeader[]
}

/** EIP-2935: by the number modulo the window. */
function slotOf(number: number): Uint8Array {
  const slot = new Uint8Array(32)
  new DataView(slot.buffer).setUint32(28, number % HISTORY_WINDOW)
  return slot
}

const cannotTell = ({ number, hash }: RawHeader, why: string): HistoryUnavailableError =>
  new HistoryUnavailableError(`whether block ${number} ${bytesToHex(hash)} is in the chain cannot be told: ${why}`)
