/** Where EthereumJS's tries of one block read and write: over the chain's states, with what is new kept apart. */
import { bytesToUnprefixedHex, unprefixedHexToBytes, type BatchDBOp, type DB } from '@ethereumjs/util'
import { asHash, type Hash } from '../../../src/chain/bytes.ts'
import type { CodeSource } from '../../../src/state/content-bag.ts'
import type { NodeSource } from '../../../src/state/trie/node-source.ts'
import { EMPTY_ROOT } from '../../../src/state/trie/partial-trie.ts'

/** Neither the states below nor this block have it: the state that the block is built on is not whole. */
export class MissingContentError extends Error {
  override name = 'MissingContentError'
}

type Value = string | Uint8Array

/** Hex digits of what `MerkleStateManager` puts before the hash of a code (`c`). */
const CODE_PREFIX = '63'
const HASH_DIGITS = 64
const EMPTY_ROOT_DIGITS = bytesToUnprefixedHex(EMPTY_ROOT)

/**
 * Nothing here answers that something does not exist: EthereumJS would take a node that is missing for an empty account.
 * Nodes are never taken away, since other states may have them; those of no state are dropped by whoever takes the block.
 */
export class StateOverlay implements DB<string, Value>, NodeSource, CodeSource {
  readonly #written = new Map<string, Uint8Array>()

  constructor(private readonly below: NodeSource & CodeSource) {}

  /** Of those written here. */
  node(hash: Hash): Uint8Array | undefined {
    return this.#written.get(bytesToUnprefixedHex(hash))
  }

  /** Of those written here. */
  code(hash: Hash): Uint8Array | undefined {
    return this.#written.get(CODE_PREFIX + bytesToUnprefixedHex(hash))
  }

  /** Undefined for the root of a trie without nodes, which EthereumJS looks for. @throws {MissingContentError} */
  async get(key: string): Promise<Value | undefined> {
    if (key === EMPTY_ROOT_DIGITS) return undefined
    const value = this.#written.get(key) ?? this.#below(key)
    if (value === undefined) throw new MissingContentError(`no state below the block has ${key}`)
    return value
  }

  async put(key: string, value: Value): Promise<void> {
    this.#written.set(key, typeof value === 'string' ? unprefixedHexToBytes(value) : value)
  }

  async del(): Promise<void> {}

  async batch(operations: BatchDBOp<string, Value>[]): Promise<void> {
    for (const operation of operations) if (operation.type === 'put') await this.put(operation.key, operation.value)
  }

  shallowCopy(): this {
    return this
  }

  async open(): Promise<void> {}

  #below(key: string): Uint8Array | undefined {
    if (key.length === HASH_DIGITS) return this.below.node(asHash(unprefixedHexToBytes(key)))
    return this.below.code(asHash(unprefixedHexToBytes(key.slice(CODE_PREFIX.length))))
  }
}
