/**
 * The chain below the signed head, by number.
 *
 * Always: `linked` holds headers of which each is the parent of the next, up to the head; `islands` are below them, each
 * proven by what its origin says: the history contract of a state of this chain (EIP-2935), the history of a beacon state,
 * or parents of such a one. Both are bounded. A reorganization takes away what is no part of the new head's chain.
 */
import { equalBytes } from '../../execution/words.ts'
import type { Hash } from '../../chain/bytes.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import type { HeaderOrigin } from './header-origin.ts'

/** As far as the history contract reaches, and the 256 blocks of BLOCKHASH: some 6 MB of headers. */
export const MAX_LINKED = 8_447
/** Headers that single questions were about. */
const MAX_ISLANDS = 1_024

interface Island {
  readonly header: RawHeader
  /** Undefined: links led to it, which are not held. */
  readonly origin: HeaderOrigin | undefined
}

export class CanonicalHeaders {
  /** By number. */
  readonly #linked = new Map<number, RawHeader>()
  readonly #islands = new Map<number, Island>()
  #head: RawHeader | undefined
  #lowest: RawHeader | undefined
  #reorganizations = 0

  get head(): RawHeader | undefined {
    return this.#head
  }

  /** The oldest to which links lead without a gap. */
  get lowest(): RawHeader | undefined {
    return this.#lowest
  }

  /** While it is the same, what was of the chain is of it still, whether it is held or was let go of. */
  get reorganizations(): number {
    return this.#reorganizations
  }

  at(number: number): RawHeader | undefined {
    return this.#linked.get(number) ?? this.#islands.get(number)?.header
  }

  /** The oldest header at or above this number; undefined past the head. */
  nearestAbove(number: number): RawHeader | undefined {
    const known = this.at(number)
    if (known !== undefined) return known
    let nearest = this.#lowest !== undefined && this.#lowest.number > number ? this.#lowest : undefined
    for (const { header } of this.#islands.values())
      if (header.number > number && header.number < (nearest?.number ?? -Infinity)) nearest = header
    return nearest
  }

  /** Undefined of one that is linked to the head, or not held. */
  originOf(number: number): HeaderOrigin | undefined {
    return this.#linked.has(number) ? undefined : this.#islands.get(number)?.origin
  }

  has({ number, hash }: { readonly number: number; readonly hash: Hash }): boolean {
    const known = this.at(number)
    return known !== undefined && equalBytes(known.hash, hash)
  }

  /**
   * A new head, with its ancestors down to a block that is held, or as far as they are known.
   * @param chain newest first, each followed by its parent
   * @returns what was taken away, newest first
   */
  extend(chain: readonly RawHeader[]): readonly RawHeader[] {
    const [head] = chain
    const last = chain.at(-1)
    if (head === undefined || last === undefined) return []
    const parent = this.at(last.number - 1)
    const isJoined = this.has(last) || (parent !== undefined && equalBytes(parent.hash, last.parentHash))
    const removed = this.#cutAbove(isJoined ? last.number - 1 : -1)
    const gone = removed.filter((header) => !chain.some(({ hash }) => equalBytes(hash, header.hash)))
    if (gone.length > 0) this.#reorganizations += 1
    for (const header of chain) this.#linked.set(header.number, header)
    this.#head = head
    const lowest = this.#lowest && this.#linked.get(this.#lowest.number)
    this.#lowest = isJoined && lowest !== undefined && lowest.number <= last.number ? lowest : last
    this.#trim()
    return gone
  }

  /** Ancestors of {@link lowest}, newest first. What does not link is not taken. */
  deepen(chain: readonly RawHeader[]): void {
    for (const header of chain) {
      const lowest = this.#lowest
      if (lowest === undefined || this.#linked.size >= MAX_LINKED) return
      if (!equalBytes(lowest.parentHash, header.hash)) return
      this.#linked.set(header.number, header)
      this.#islands.delete(header.number)
      this.#lowest = header
    }
  }

  /** A header that is proven to be of this chain. */
  addIsland(header: RawHeader, origin: HeaderOrigin | undefined): void {
    this.#islands.set(header.number, { header, origin })
    const [oldest] = this.#islands.keys()
    if (this.#islands.size > MAX_ISLANDS && oldest !== undefined) this.#islands.delete(oldest)
  }

  /** Ancestors of a header that is held, newest first. */
  addBelow(header: RawHeader, ancestors: readonly RawHeader[]): void {
    if (header === this.#lowest) this.deepen(ancestors)
    const origin = this.originOf(header.number)
    for (const ancestor of ancestors) if (this.at(ancestor.number) === undefined) this.addIsland(ancestor, origin)
  }

  #cutAbove(number: number): RawHeader[] {
    const cut: RawHeader[] = []
    for (const headers of [this.#linked, this.#islands])
      for (const at of headers.keys())
        if (at > number) {
          cut.push(this.at(at)!)
          headers.delete(at)
        }
    return cut.sort((a, b) => b.number - a.number)
  }

  #trim(): void {
    while (this.#linked.size > MAX_LINKED && this.#lowest !== undefined) {
      const above = this.#linked.get(this.#lowest.number + 1)
      this.#linked.delete(this.#lowest.number)
      this.#lowest = above
    }
  }
}
