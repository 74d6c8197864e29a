/** Counted bytecode by hash: one count for every account, in any state held, that has it. */
import type { Hash } from '../../../src/chain/bytes.ts'
import type { CodeSource } from '../../../src/state/content-bag.ts'
import { hashKey, hashOfKey } from '../../../src/state/hash-key.ts'
import { EMPTY_CODE_HASH } from '../../../src/state/state-trie.ts'

interface CountedCode {
  readonly bytes: Uint8Array
  count: number
}

const EMPTY_CODE_KEY = hashKey(EMPTY_CODE_HASH)

/** Always: each code is here once, with a count above zero. The code of accounts without code is in no table. */
export class CodeTable implements CodeSource {
  readonly #codes = new Map<string, CountedCode>()

  get size(): number {
    return this.#codes.size
  }

  /** Shared, not copied. */
  code(hash: Hash): Uint8Array | undefined {
    return this.#codes.get(hashKey(hash))?.bytes
  }

  /** Counts a code once more. @param find gives its bytes where it is new; called before anything changes */
  count(hash: Hash, find: () => Uint8Array): void {
    const key = hashKey(hash)
    if (key === EMPTY_CODE_KEY) return
    const known = this.#codes.get(key)
    if (known === undefined) this.#codes.set(key, { bytes: find(), count: 1 })
    else known.count++
  }

  /** Takes back one count. */
  release(hash: Hash): void {
    const key = hashKey(hash)
    const known = this.#codes.get(key)
    if (known !== undefined && --known.count === 0) this.#codes.delete(key)
  }

  *entries(): Generator<{ readonly hash: Hash; readonly bytes: Uint8Array; readonly count: number }, void, undefined> {
    for (const [key, { bytes, count }] of this.#codes) yield { hash: hashOfKey(key), bytes, count }
  }

  /** Puts a code with its count in, as {@link entries} named it. */
  restore(hash: Hash, bytes: Uint8Array, count: number): void {
    this.#codes.set(hashKey(hash), { bytes, count })
  }
}
