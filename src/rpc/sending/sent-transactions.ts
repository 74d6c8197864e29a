/**
 * Transactions that were handed over from here, until it is known what became of them: looked at with each head, handed over
 * again while they are in no block.
 *
 * Always: at most {@link MAX_SENT} of at most {@link MAX_SENT_BYTES}, the oldest forgotten first; one look at a time, and
 * what it finds is of one head. A look that fails changes nothing: the next head is another chance.
 */
import type { AddressBytes, Hash } from '../../chain/bytes.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { equalBytes } from '../../execution/words.ts'
import { untilAborted } from '../../network/http/bounded-signal.ts'
import { decodeTransaction, type Transaction } from '../../network/json-rpc/objects/transaction.ts'
import type { WasmCrypto } from '../../execution/crypto/wasm-crypto.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { ChainView } from '../../sync/chain-view/chain-view.ts'
import { Evidence, type Ask } from '../../sync/chain-view/evidence.ts'
import type { CheckedTransaction } from './check-transaction.ts'
import { MAX_SENT, MAX_SENT_BYTES, RESEND_AFTER, RESEND_UNTIL } from './constants.ts'
import { handOver } from './hand-over.ts'
import { searchBlocks } from './search-blocks.ts'

/** What became of it, as far as `at` shows. */
export type Fate =
  /** In no block up to there: its sender's nonce there proves it. */
  | { readonly kind: 'pending'; readonly at: RawHeader }
  /** In this block, whose body is proven. */
  | { readonly kind: 'included'; readonly at: RawHeader }
  /** Another one with its nonce was in a block by then. */
  | { readonly kind: 'replaced'; readonly at: RawHeader }
  /** Its nonce is used up, and no block that was looked through has it. */
  | { readonly kind: 'unknown'; readonly at: RawHeader }

export interface SentTransaction {
  readonly transaction: Transaction
  readonly fate: Fate
}

interface Entry {
  readonly checked: CheckedTransaction
  readonly transaction: Transaction
  /** Number of the head at which somebody last asked for it to be handed over. */
  since: number
  fate: Fate
  /** The newest block at which it was proven to be in none; undefined of one that was resumed and not looked at so far. */
  floor: RawHeader | undefined
  /** Number of the head at which it is handed over again. */
  resendAt: number
}

export class SentTransactions {
  /** By hash, the oldest first. */
  readonly #entries = new Map<string, Entry>()
  readonly #abort = new AbortController()
  #looking: Promise<void> = Promise.resolve()
  #isLookWanted = false

  constructor(
    private readonly view: ChainView,
    private readonly crypto: WasmCrypto,
  ) {}

  get size(): number {
    return this.#entries.size
  }

  /** Ends with the client: what is handed over is not taken back by whoever asked for it. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /**
   * It has been taken by somebody, or may be out.
   * @param head at which it was checked @param resendAfter blocks until it is handed over again while it is in none
   */
  add(checked: CheckedTransaction, head: RawHeader, resendAfter: number): void {
    const key = hashKey(checked.hash)
    const known = this.#entries.get(key)
    const resendAt = head.number + resendAfter
    if (known !== undefined) {
      known.since = head.number
      // It is the newest again.
      this.#entries.delete(key)
      this.#entries.set(key, known)
      known.resendAt = Math.max(known.resendAt, resendAt)
      return
    }
    const transaction = decodeTransaction(checked.encoded, this.crypto)
    const fate: Fate = { kind: 'pending', at: head }
    this.#entries.set(key, { checked, transaction, since: head.number, fate, floor: head, resendAt })
    this.#trim()
  }

  /**
   * Another node handed it over, about when this number's block was the head. Nothing is known of it before it was looked at;
   * one that may be in a block by then is forgotten, as its place is to be had of servers, with proofs.
   */
  resume(checked: CheckedTransaction, head: RawHeader, since: number): void {
    const key = hashKey(checked.hash)
    if (this.#entries.has(key)) return
    const transaction = decodeTransaction(checked.encoded, this.crypto)
    const fate: Fate = { kind: 'unknown', at: head }
    const resendAt = head.number + RESEND_AFTER
    this.#entries.set(key, { checked, transaction, since, fate, floor: undefined, resendAt })
    this.#trim()
    void this.#lookAgain()
  }

  /**
   * What is known of it at the head, undefined of one that was not handed over here, or is forgotten. The evidence is that of
   * its fate. @throws {NoHeadError}, what the chain's view throws where it was never looked at so far
   */
  async find(hash: Hash, ask: Ask): Promise<SentTransaction | undefined> {
    // What it was at a head that is of no use any more says nothing.
    this.view.heads.head()
    const key = hashKey(hash)
    if (!this.#entries.has(key)) return undefined
    await untilAborted(this.#lookAgain(), ask.signal)
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    const { fate } = entry
    // Nobody is asked again: it was proven at that block, while that block stands.
    if (fate.kind === 'unknown' || !this.view.isCanonical(fate.at)) ask.evidence.weaken('unverified')
    else await this.view.state(fate.at).bring([], ask)
    return { transaction: entry.transaction, fate }
  }

  /**
   * The nonce that the sender's next transaction needs, so that it replaces none that was sent from here.
   * @param next the first that the state after `head` has not used
   */
  nextNonce(sender: AddressBytes, next: bigint, head: RawHeader): bigint {
    const nonces = new Set<bigint>()
    for (const { checked, since } of this.#entries.values()) {
      // One that is handed over no more may be in nobody's pool: what follows it would wait for ever.
      const isOut = head.number - since <= RESEND_UNTIL
      if (isOut && equalBytes(checked.sender, sender)) nonces.add(checked.transaction.nonce)
    }
    let nonce = next
    while (nonces.has(nonce)) nonce++
    return nonce
  }

  headChanged(): void {
    if (this.#entries.size > 0 && !this.#abort.signal.aborted) void this.#lookAgain()
  }

  close(): void {
    this.#abort.abort(new Error('the client is closed'))
  }

  /** Resolves once everything was looked at that there is now. */
  #lookAgain(): Promise<void> {
    if (this.#isLookWanted) return this.#looking
    this.#isLookWanted = true
    this.#looking = this.#looking.then(() => {
      this.#isLookWanted = false
      return this.#look()
    })
    return this.#looking
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { heads } = this.view
    if (heads.reason() !== undefined) return
    const head = heads.latest()
    const ask = { signal: this.#abort.signal, evidence: new Evidence() }
    for (const [key, entry] of [...this.#entries]) {
      if (this.#isSettled(entry)) continue
      try {
        entry.fate = await this.#fateOf(entry, head, ask)
        if (entry.floor === undefined) this.#entries.delete(key)
      } catch {
        // Said by whoever asks for it: its fate is of an older block.
        continue
      }
      if (entry.fate.kind === 'pending') this.#resend(entry, head)
    }
  }

  async #fateOf(entry: Entry, head: RawHeader, ask: Ask): Promise<Fate> {
    const { fate } = entry
    if (fate.kind !== 'unknown' && fate.at === head) return fate
    if (hasEnded(fate) && this.view.isCanonical(fate.at)) return fate
    const { sender, transaction } = entry.checked
    const account = await this.view.state(head).account(sender, ask)
    if ((account?.nonce ?? 0n) <= transaction.nonce) {
      entry.floor = head
      return { kind: 'pending', at: head }
    }
    const { checked, floor } = entry
    if (floor === undefined) return { kind: 'unknown', at: head }
    const found = await searchBlocks({ view: this.view, encoded: checked.encoded, floor, head }, ask)
    switch (found.kind) {
      case 'found':
        return { kind: 'included', at: found.header }
      case 'nowhere':
        return { kind: 'replaced', at: head }
      case 'not-all':
        return { kind: 'unknown', at: head }
    }
  }

  /** Final blocks stay. */
  #isSettled({ fate }: Entry): boolean {
    const finalized = this.view.heads.finalized()?.header.number ?? -1
    return hasEnded(fate) && fate.at.number <= finalized && this.view.isCanonical(fate.at)
  }

  #resend(entry: Entry, { number }: RawHeader): void {
    const age = number - entry.since
    if (number < entry.resendAt || age > RESEND_UNTIL || this.#isReplaced(entry)) return
    entry.resendAt = number + Math.max(RESEND_AFTER, age)
    void handOver(this.view, entry.checked.raw, this.#abort.signal)
  }

  /** By another with its nonce that was sent from here after it: a pool that has lost that one is not to take this one back. */
  #isReplaced(entry: Entry): boolean {
    const { sender, transaction } = entry.checked
    const all = [...this.#entries.values()]
    const at = all.indexOf(entry)
    return all.some(({ checked, since }, place) => {
      const isLater = since > entry.since || (since === entry.since && place > at)
      return isLater && checked.transaction.nonce === transaction.nonce && equalBytes(checked.sender, sender)
    })
  }

  #trim(): void {
    let bytes = 0
    for (const { checked } of this.#entries.values()) bytes += checked.raw.length
    for (const [key, { checked }] of this.#entries) {
      if (this.#entries.size <= MAX_SENT && bytes <= MAX_SENT_BYTES) return
      this.#entries.delete(key)
      bytes -= checked.raw.length
    }
  }
}

/** Nothing more happens to it while its block stands. */
const hasEnded = ({ kind }: Fate): boolean => kind === 'included' || kind === 'replaced'
