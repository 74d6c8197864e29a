/**
 * What is remembered of blocks whose bodies are not held any more: enough to tell "not held" from "never was". Someone who
 * asks for an old block, or for a transaction in one, must not hear that there is no such thing.
 */
import { dropOldest } from '../../src/chain/drop-oldest.ts'
import type { Hash } from '../../src/chain/bytes.ts'
import { hashKey } from '../../src/state/hash-key.ts'
import { hasMark } from './transaction-marks.ts'

/** Six days of blocks every 4 s; about 20 MB. */
const MAX_BLOCKS = 131_072
/** 16 MB of marks: three hours of full 30 Mgas blocks, or weeks of ordinary ones. */
const MAX_TRANSACTIONS = 4_000_000

export type Memory = 'forgotten' | 'neverHeld' | 'unknown'

/** Always: at most so many blocks and marks; `unknown` is the answer only once something fell out of here as well. */
export class ForgottenBlocks {
  /** Marks by `hashKey` of the block's hash, the oldest first. */
  readonly #blocks = new Map<string, Uint32Array>()
  #transactions = 0
  #isComplete = true

  add(hash: Hash, marks: Uint32Array): void {
    this.#blocks.set(hashKey(hash), marks)
    this.#transactions += marks.length
    while (this.#blocks.size > MAX_BLOCKS || this.#transactions > MAX_TRANSACTIONS) {
      const [oldest] = this.#blocks.values()
      this.#transactions -= oldest!.length
      dropOldest(this.#blocks, this.#blocks.size - 1)
      this.#isComplete = false
    }
  }

  block(hash: Hash): Memory {
    if (this.#blocks.has(hashKey(hash))) return 'forgotten'
    return this.#isComplete ? 'neverHeld' : 'unknown'
  }

  /** One in 10^3 hashes of transactions that never were is called forgotten by mistake, where millions are remembered. */
  transaction(hash: Hash): Memory {
    for (const marks of this.#blocks.values()) if (hasMark(marks, hash)) return 'forgotten'
    return this.#isComplete ? 'neverHeld' : 'unknown'
  }
}
