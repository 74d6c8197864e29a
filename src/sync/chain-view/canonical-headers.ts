/**
 * The chain below the signed head, by number.
 *
 * Always: `linked` holds headers of which each is the parent of the next, up to the head; `islands` are below them, each
 * proven by the history contract of a state of this chain (EIP-2935). Both are bounded. A reorganization takes away what is
 * no part of the new head's chain.
 */
import { equalBytes } from '../../execution/words.ts'
import type { Hash } from '../../chain/bytes.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'

/** As far as the history contract reaches, and the 256 blocks of BLOCKHASH: some 6 MB of headers. */
export const MAX_LINKED = 8_447
/** Headers that single questions were about. */
const MAX_ISLANDS = 1_024

export class CanonicalHeaders {
  /** By number. */
  readonly #linked = new Map<number, RawHeader>()
  readonly #islands = new Map<number, RawHeader>()
  #head: RawHeader | undefined
  #lowest: RawHeader | undefined

  get head(): RawHeader | undefined {
    return this.#head
  }

  /** The oldest to which links lead without a gap. */
  get lowest(): RawHeader | undefined {
    return this.#lowest
  }

  at(number: number): RawHeader | undefined {
    return this.#linked.get(number) ?? this.#islands.get(number)
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

  /** A header whose hash a state of this chain holds. */
  addIsland(header: RawHeader): void {
    this.#islands.set(header.number, header)
    const [oldest] = this.#islands.keys()
    if (this.#islands.size > MAX_ISLANDS && oldest !== undefined) this.#islands.delete(oldest)
  }

  /** Ancestors of a header that is held, newest first. */
  addBelow(header: RawHeader, ancestors: readonly RawHeader[]): void {
    if (header === this.#lowest) this.deepen(ancestors)
    for (const ancestor of ancestors) if (this.at(ancestor.number) === undefined) this.addIsland(ancestor)
  }

  #cutAbove(number: number): RawHeader[] {
    const cut: RawHeader[] = []
    for (const headers of [this.#linked, this.#islands])
      for (const [at, header] of headers)
        if (at > number) {
          headers.delete(at)
          cut.push(header)
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
