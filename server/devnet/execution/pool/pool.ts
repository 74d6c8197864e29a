/** Transactions that wait for a block: what `eth_sendRawTransaction` fills and block making empties. */
import { createTxFromRLP } from '@ethereumjs/tx'
import { bytesToUnprefixedHex } from '@ethereumjs/util'
import type { AddressBytes, Hash, Keccak } from '../../../../src/chain/bytes.ts'
import type { CodeSource } from '../../../../src/state/content-bag.ts'
import { hashKey } from '../../../../src/state/hash-key.ts'
import { EMPTY_CODE_HASH, StateTrie } from '../../../../src/state/state-trie.ts'
import type { NodeSource } from '../../../../src/state/trie/node-source.ts'
import { decodeRawBlock } from '../../../../src/execution/block/raw-block.ts'
import { equalBytes } from '../../../../src/execution/words.ts'
import type { TransactionPool } from '../../../execution/chain-input.ts'
import { SubmitError, type ExecutionBlock } from '../../../execution/execution-source.ts'
import { UnfitTransactionError, UnknownAncestorError, type OpenBlock } from '../build-block.ts'
import type { ForkRules } from '../fork-rules.ts'
import { MAX_TRANSACTION_GAS, readTransaction, type BlobRule, type PooledTransaction } from './read-transaction.ts'

export interface PoolOptions {
  readonly rules: ForkRules
  readonly keccak: Keccak
  readonly blobs: BlobRule
  readonly head: () => ExecutionBlock
  /** Has all of the state after the head. */
  readonly state: () => NodeSource & CodeSource
}

/** About as many as geth keeps executable (GlobalSlots is 5,120). */
const MAX_TRANSACTIONS = 4096
/** Of the transactions as they are encoded: 256 of the largest there are, or all of ordinary ones many times over. */
const MAX_BYTES = 32 * 1024 * 1024
/** geth's AccountSlots. */
const MAX_PER_SENDER = 16
/** geth's PriceBump: a replacement pays so many percent more, or nobody could be sure what waits. */
const PRICE_BUMP = 10n
/** EIP-7702: code of an account that runs another's. */
const DELEGATION_PREFIX = Uint8Array.of(0xef, 0x01, 0x00)

/**
 * Always: at most {@link MAX_TRANSACTIONS} of at most {@link MAX_BYTES}, at most {@link MAX_PER_SENDER} of a sender, one
 * per sender and nonce. A nonce ahead of the sender's waits for those between.
 */
export class Pool implements TransactionPool {
  /** By sender's address in hex digits, then by nonce. */
  readonly #waiting = new Map<string, Map<bigint, PooledTransaction>>()
  readonly #hashes = new Set<string>()
  #bytes = 0

  constructor(private readonly options: PoolOptions) {}

  get size(): number {
    return this.#hashes.size
  }

  /** @throws {SubmitError} in geth's words */
  submit(bytes: Uint8Array): Hash {
    const { rules, head, keccak, blobs } = this.options
    const { number, timestamp } = head()
    const common = rules.at({ number: number + 1, timestamp: timestamp + 1 })
    const fresh = readTransaction(bytes, { common, keccak, blobs })
    if (this.#hashes.has(hashKey(fresh.hash))) throw new SubmitError('already known')
    this.#checkSender(fresh)
    this.#makeRoom(fresh)
    this.#add(fresh)
    return fresh.hash
  }

  nextNonce(address: AddressBytes): bigint {
    const queue = this.#waiting.get(keyOf(address))
    let nonce = this.#stateAtHead().account(address)?.nonce ?? 0n
    while (queue?.has(nonce) === true) nonce++
    return nonce
  }

  /**
   * What blocks had that a reorganization left, oldest block first, for those that come. What the head has too, what
   * nobody may send any more, and what had blobs, is let go.
   */
  takeBack(blocks: readonly ExecutionBlock[]): void {
    for (const { rlp } of blocks) {
      for (const transaction of decodeRawBlock(rlp, this.options.keccak).transactions) {
        try {
          this.submit(transaction)
        } catch (error) {
          if (!(error instanceof SubmitError)) throw error
        }
      }
    }
  }

  /** Drops what the newest head has, and what its sender cannot pay any more. */
  dropStale(): void {
    if (this.#hashes.size === 0) return
    const state = this.#stateAtHead()
    for (const queue of [...this.#waiting.values()]) {
      for (const transaction of [...queue.values()]) {
        const account = state.account(transaction.sender)
        const isStale = transaction.nonce < (account?.nonce ?? 0n) || transaction.cost > (account?.balance ?? 0n)
        if (isStale) this.#remove(transaction)
      }
    }
  }

  /**
   * Adds those that fit, the best paying first, up to the gas of the largest: at EthereumJS's speed two seconds of ordinary
   * transactions. They stay in the pool until a head has them.
   * @throws {UnknownAncestorError} for a transaction that it has dropped; the block is lost
   */
  async fill(block: OpenBlock): Promise<void> {
    const baseFee = block.header.baseFeePerGas!
    const limit = min(block.gasUsed + MAX_TRANSACTION_GAS, block.header.gasLimit)
    const tip = ({ feeCap, tipCap }: PooledTransaction): bigint => min(tipCap, feeCap - baseFee)
    const passed = new Set<string>()
    // Each round looks at the next transaction of every sender, and either adds it or passes its sender over.
    for (let next = await this.#nextOf(block, passed); next.length > 0; next = await this.#nextOf(block, passed)) {
      next.sort((a, b) => Number(tip(b) - tip(a)))
      for (const transaction of next) {
        const isFitting = transaction.feeCap >= baseFee && block.gasUsed + transaction.transaction.gasLimit <= limit
        if (!isFitting || !(await this.#tryToAdd(transaction, block))) passed.add(keyOf(transaction.sender))
      }
    }
  }

  async #nextOf(block: OpenBlock, passed: ReadonlySet<string>): Promise<PooledTransaction[]> {
    const next: PooledTransaction[] = []
    for (const [sender, queue] of [...this.#waiting]) {
      if (passed.has(sender)) continue
      const [any] = queue.values()
      const { nonce } = await block.account(any!.sender)
      const transaction = queue.get(nonce)
      if (transaction !== undefined) next.push(transaction)
    }
    return next
  }

  /** One that a block refuses for another reason than its nonce or its size is worth nothing. */
  async #tryToAdd(pooled: PooledTransaction, block: OpenBlock): Promise<boolean> {
    try {
      // Made anew: its rules are the block's, which may be of another fork than the pool read it under.
      await block.add(createTxFromRLP(pooled.transaction.serialize(), { common: block.common, freeze: true }))
      return true
    } catch (error) {
      if (!(error instanceof UnfitTransactionError || error instanceof UnknownAncestorError)) throw error
      this.#remove(pooled)
      if (error instanceof UnknownAncestorError) throw error
      return false
    }
  }

  #checkSender({ sender, nonce, cost }: PooledTransaction): void {
    const state = this.#stateAtHead()
    const account = state.account(sender)
    const { nonce: next, balance } = account ?? { nonce: 0n, balance: 0n }
    if (nonce < next) throw new SubmitError(`nonce too low: next nonce ${next}, tx nonce ${nonce}`)
    if (cost > balance) {
      throw new SubmitError(
        `insufficient funds for gas * price + value: balance ${balance}, tx cost ${cost}, overshot ${cost - balance}`,
      )
    }
    if (account === undefined || equalBytes(account.codeHash, EMPTY_CODE_HASH)) return
    const code = state.code(account.codeHash, sender)
    // EIP-3607
    if (!equalBytes(code.subarray(0, DELEGATION_PREFIX.length), DELEGATION_PREFIX))
      throw new SubmitError('sender not an eoa')
  }

  /** Drops what the transaction replaces, and the worst paying ones where the pool is full. Drops nothing where it throws. */
  #makeRoom(fresh: PooledTransaction): void {
    const queue = this.#waiting.get(keyOf(fresh.sender))
    const replaced = queue?.get(fresh.nonce)
    if (replaced !== undefined && !paysMore(fresh, replaced))
      throw new SubmitError('replacement transaction underpriced')
    if (replaced === undefined && queue !== undefined && queue.size >= MAX_PER_SENDER)
      throw new SubmitError('account limit exceeded')
    const dropped = replaced === undefined ? [] : [replaced]
    let count = this.#hashes.size + 1 - dropped.length
    let bytes = this.#bytes + fresh.size - (replaced?.size ?? 0)
    const isFull = (): boolean => count > MAX_TRANSACTIONS || bytes > MAX_BYTES
    const cheaper = isFull() ? this.#cheaperThan(fresh) : []
    while (isFull()) {
      const worst = cheaper.pop()
      if (worst === undefined) throw new SubmitError('transaction underpriced: txpool is full')
      if (worst === replaced) continue
      dropped.push(worst)
      count -= 1
      bytes -= worst.size
    }
    for (const transaction of dropped) this.#remove(transaction)
  }

  /** The worst paying last. */
  #cheaperThan({ tipCap }: PooledTransaction): PooledTransaction[] {
    const all = [...this.#waiting.values()].flatMap((queue) => [...queue.values()])
    return all.filter((other) => other.tipCap < tipCap).sort((a, b) => Number(b.tipCap - a.tipCap))
  }

  #add(transaction: PooledTransaction): void {
    const sender = keyOf(transaction.sender)
    const queue = this.#waiting.get(sender) ?? new Map<bigint, PooledTransaction>()
    queue.set(transaction.nonce, transaction)
    this.#waiting.set(sender, queue)
    this.#hashes.add(hashKey(transaction.hash))
    this.#bytes += transaction.size
  }

  #remove(transaction: PooledTransaction): void {
    const { sender, nonce, hash, size } = transaction
    const queue = this.#waiting.get(keyOf(sender))
    // While a block tried it, it may have been replaced.
    if (queue?.get(nonce) !== transaction) return
    queue.delete(nonce)
    if (queue.size === 0) this.#waiting.delete(keyOf(sender))
    this.#hashes.delete(hashKey(hash))
    this.#bytes -= size
  }

  #stateAtHead(): StateTrie {
    const { head, keccak, state } = this.options
    const source = state()
    return new StateTrie({ root: head().stateRoot, nodes: source, codes: source, keccak })
  }
}

const keyOf = (address: AddressBytes): string => bytesToUnprefixedHex(address)

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b)

function paysMore(fresh: PooledTransaction, earlier: PooledTransaction): boolean {
  const isBumped = (now: bigint, before: bigint): boolean => now * 100n >= before * (100n + PRICE_BUMP) && now > before
  return isBumped(fresh.feeCap, earlier.feeCap) && isBumped(fresh.tipCap, earlier.tipCap)
}
