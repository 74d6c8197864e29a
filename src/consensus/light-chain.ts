/** The beacon headers that lead back from the head, and the state proofs that belong to them. */
import { bytesToHex } from '@ethereumjs/util'
import type { Root } from '../chain/bytes.ts'
import { asRoot } from '../chain/bytes.ts'
import { dropOldest } from '../chain/drop-oldest.ts'
import type { BeaconBlockHeader } from './containers/ssz-types.ts'
import { BeaconBlockHeaderType } from './containers/ssz-types.ts'

/** Slots between oldest and newest canonical header: a sync committee period of mainnet, the reach of `block_roots` in a state. */
export const DEFAULT_MAX_SLOTS = 8192

/** Headers beside the canonical chain: prefetched ones, other branches, and those that wait for the link to the tail. */
export const MAX_OTHER_HEADERS = 256

export interface LightChainOptions<Proof> {
  /** Whether `proof` is of this state: the chain keeps no other. */
  readonly isProofOf: (stateRoot: Root, proof: Proof) => boolean
  /** Default {@link DEFAULT_MAX_SLOTS}. */
  readonly maxSlots?: number
}

/** Canonical headers in a row, both ends included. */
export interface Stretch {
  readonly first: BeaconBlockHeader
  readonly last: BeaconBlockHeader
}

export type ProofOutcome = 'added' | 'known' | 'unknownHeader' | 'wrongProof'

/** The head names a block whose header was never added. */
export class UnknownHeaderError extends Error {
  override name = 'UnknownHeaderError'
}

interface Entry<Proof> {
  readonly root: Root
  readonly header: BeaconBlockHeader
  proof: Proof | undefined
}

/**
 * Always:
 * - canonical headers are linked by parent root from {@link tail} to {@link head}, slots ascending, at most `maxSlots`
 *   apart; so all of them are proven where the head is;
 * - a header is known by its own root, so one that is not canonical is at worst useless; the oldest of these go first;
 * - a state proof is one that `isProofOf` accepted for its header's state root.
 *
 * Headers come in any order; {@link setHead} alone decides which are canonical.
 */
export class LightChain<Proof> {
  readonly #options: LightChainOptions<Proof>
  /** By root in hex, in the order in which they were added. */
  readonly #others = new Map<string, Entry<Proof>>()
  /** By root in hex. */
  readonly #canonical = new Map<string, Entry<Proof>>()
  /** The same entries, oldest first. */
  #line: Entry<Proof>[] = []

  constructor(options: LightChainOptions<Proof>) {
    this.#options = options
  }

  /** The newest canonical header. */
  get head(): BeaconBlockHeader | undefined {
    return this.#line.at(-1)?.header
  }

  /** The oldest canonical header; its parent is the next to fetch backward. */
  get tail(): BeaconBlockHeader | undefined {
    return this.#line[0]?.header
  }

  /** The oldest slot whose header could be canonical now: what is older goes. Undefined while there is no head. */
  get oldestSlot(): number | undefined {
    const { head } = this
    return head && Math.max(0, head.slot - (this.#options.maxSlots ?? DEFAULT_MAX_SLOTS) + 1)
  }

  /** Known, canonical or not. */
  header(root: Root): BeaconBlockHeader | undefined {
    return this.#entry(root)?.header
  }

  /** Undefined where the slot was missed or lies outside the canonical headers. */
  canonicalHeader(slot: number): BeaconBlockHeader | undefined {
    const entry = this.#line[indexFrom(this.#line, slot)]
    return entry?.header.slot === slot ? entry.header : undefined
  }

  isCanonical(root: Root): boolean {
    return this.#canonical.has(bytesToHex(root))
  }

  /**
   * Adds a header from anywhere. One that the canonical chain's tail names as its parent lengthens it backward.
   * @returns its root
   */
  addHeader(header: BeaconBlockHeader): Root {
    const root = asRoot(BeaconBlockHeaderType.hashTreeRoot(header))
    if (this.#entry(root) !== undefined) return root
    this.#others.set(bytesToHex(root), { root, header, proof: undefined })
    this.#extendBackward()
    this.#forgetOthers()
    return root
  }

  /**
   * Makes the block and what leads to it canonical; what was canonical on another branch no longer is.
   * @param root of a block that is proven
   * @throws {UnknownHeaderError} and nothing changes
   */
  setHead(root: Root): void {
    if (this.#entry(root) === undefined) {
      throw new UnknownHeaderError(`the head is block ${bytesToHex(root)}, whose header was not added; add it first`)
    }
    const branch: Entry<Proof>[] = []
    let at = this.#entry(root)
    while (at !== undefined && !this.isCanonical(at.root)) {
      branch.unshift(at)
      at = this.#parent(at)
    }
    // A head that is not linked to the old chain leaves all of it behind: nothing says what lies between.
    const shared = at === undefined ? 0 : this.#line.indexOf(at) + 1
    for (const entry of this.#line.splice(shared)) this.#leave(entry)
    for (const entry of branch) this.#enter(entry)
    this.#line.push(...branch)
    this.#extendBackward()
    this.#shorten()
    this.#forgetOthers()
  }

  /** Keeps a state proof with the header of its block. */
  addStateProof(root: Root, proof: Proof): ProofOutcome {
    const entry = this.#entry(root)
    if (entry === undefined) return 'unknownHeader'
    if (entry.proof !== undefined) return 'known'
    if (!this.#options.isProofOf(asRoot(entry.header.stateRoot), proof)) return 'wrongProof'
    entry.proof = proof
    return 'added'
  }

  stateProof(root: Root): Proof | undefined {
    return this.#entry(root)?.proof
  }

  /** The newest canonical headers in a row that have state proofs; undefined when none has. */
  get provenStretch(): Stretch | undefined {
    const last = this.#line.findLastIndex(({ proof }) => proof !== undefined)
    const gap = this.#line.findLastIndex(({ proof }, i) => i < last && proof === undefined)
    const [first, newest] = [this.#line[gap + 1], this.#line[last]]
    return first === undefined || newest === undefined ? undefined : { first: first.header, last: newest.header }
  }

  #entry(root: Uint8Array): Entry<Proof> | undefined {
    const key = bytesToHex(root)
    return this.#canonical.get(key) ?? this.#others.get(key)
  }

  /** A parent comes before its child; a header that says otherwise has none. */
  #parent({ header }: Entry<Proof>): Entry<Proof> | undefined {
    const parent = this.#entry(header.parentRoot)
    return parent !== undefined && parent.header.slot < header.slot ? parent : undefined
  }

  #extendBackward(): void {
    const before: Entry<Proof>[] = []
    let parent = this.#line[0] && this.#parent(this.#line[0])
    while (parent !== undefined && this.#isWithinReach(parent.header)) {
      this.#enter(parent)
      before.unshift(parent)
      parent = this.#parent(parent)
    }
    if (before.length > 0) this.#line = [...before, ...this.#line]
  }

  #isWithinReach({ slot }: BeaconBlockHeader): boolean {
    return slot >= (this.oldestSlot ?? 0)
  }

  /** Those out of reach are gone: kept beside the chain they would only push out what may still be needed. */
  #shorten(): void {
    const first = this.#line.findIndex(({ header }) => this.#isWithinReach(header))
    for (const { root } of this.#line.splice(0, first)) this.#canonical.delete(bytesToHex(root))
  }

  #enter(entry: Entry<Proof>): void {
    const key = bytesToHex(entry.root)
    this.#others.delete(key)
    this.#canonical.set(key, entry)
  }

  #leave(entry: Entry<Proof>): void {
    const key = bytesToHex(entry.root)
    this.#canonical.delete(key)
    this.#others.set(key, entry)
  }

  #forgetOthers(): void {
    dropOldest(this.#others, MAX_OTHER_HEADERS)
  }
}

/** Of the first entry at or above the slot. */
function indexFrom(line: readonly { readonly header: BeaconBlockHeader }[], slot: number): number {
  let [low, high] = [0, line.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((line[middle]?.header.slot ?? slot) < slot) low = middle + 1
    else high = middle
  }
  return low
}
