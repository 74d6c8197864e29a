/**
 * The state after one block, read value by value: from what is at hand where that proves it, else fetched, all that is
 * asked for at one moment in one trip where a way can.
 *
 * Always: a value is proven by hashes below the block's state root, an absent one too; what cannot be proven rejects.
 */
import type { AddressBytes, Hash, Keccak } from '../../chain/bytes.ts'
import type { Clock } from '../../chain/clock.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import type { LearnedValue } from '../../execution/speculation/parent-values.ts'
import type { AccountValue } from '../../state/flat-reader.ts'
import { untilAborted } from '../../network/http/bounded-signal.ts'
import { findProof, type AccountProof } from '../../state/account-proof.ts'
import { equalBytes } from '../../execution/words.ts'
import { hashKey } from '../../state/hash-key.ts'
import { EMPTY_CODE_HASH } from '../../state/state-trie.ts'
import type { StateWrites } from '../../state/state-writes.ts'
import type { Needed } from '../../execution/remote/call-messages.ts'
import { BlockFetch } from '../state-fetch/block-fetch.ts'
import type { ContentPool } from '../state-fetch/content-pool.ts'
import { StateUnavailableError } from '../state-fetch/fetch-error.ts'
import type { ServerSelector } from '../state-fetch/server-selector.ts'
import type { WayName } from '../state-fetch/ways/bring.ts'
import { NO_BLOCK } from '../state-fetch/ways/way.ts'
import { HISTORY_ADDRESS } from './chain-headers.ts'
import type { AnsweredBlock, Ask, Evidence } from './evidence.ts'

/** ms that a question waits for others that come with it: those of one turn of a dapp arrive within it. */
const GATHER_MS = 1

export interface StateViewOptions {
  readonly header: RawHeader
  readonly pool: ContentPool
  readonly selector: ServerSelector
  readonly keccak: Keccak
  readonly clock: Clock
  /** Number of the newest block there is: servers' windows are counted back from it. */
  readonly newest: number
  readonly ways: ReadonlySet<WayName> | undefined
  /** Accounts without code that the block has touched; none where it was not executed here. */
  readonly touched: () => Promise<readonly AddressBytes[]>
  /** Since which all blocks were executed here; undefined where this one was not. */
  readonly anchor: () => AnsweredBlock | undefined
}

/** A state that writes are applied to, each set on top of the ones before. */
export interface StateOverlay {
  /** With these writes too. Throws as {@link StateView.account}. */
  root(writes: StateWrites): Promise<Hash>
}

export class StateView {
  readonly header: RawHeader
  readonly #fetch: BlockFetch
  readonly #reader: ReturnType<BlockFetch['open']>['reader']
  #gathering: { readonly wanted: MissingValue[]; readonly done: Promise<void> } | undefined

  constructor(private readonly options: StateViewOptions) {
    const { header, pool, selector, keccak, clock, newest, ways } = options
    this.header = header
    this.#fetch = new BlockFetch({
      ...{ pool, selector, keccak, clock, ways, newest },
      // What is written on this state is nobody's block: no state after it shows what a deletion leaves.
      block: { number: header.number + 1, hash: NO_BLOCK },
      parentHash: header.hash,
      parentStateRoot: header.stateRoot,
      purpose: 'request',
    })
    this.#reader = this.#fetch.open().reader
  }

  /** Bytes of what it holds. */
  get heldBytes(): number {
    return this.#fetch.heldBytes
  }

  /** Undefined: proven not to be there. @throws {StateUnavailableError} {FetchBoundError}, the signal's reason */
  async account(address: AddressBytes, ask: Ask): Promise<AccountValue | undefined> {
    this.noteOwn(address)
    await this.bring([{ kind: 'account', address }], ask)
    return this.#reader.account(address)
  }

  /** Big-endian without leading zeros; empty is zero. Throws as {@link account}. */
  async storage(address: AddressBytes, slot: Uint8Array, ask: Ask): Promise<Uint8Array> {
    this.noteOwn(address)
    await this.bring([{ kind: 'storage', address, slot }], ask)
    return this.#reader.storage(address, slot)
  }

  /** Empty where the account has none. Throws as {@link account}. */
  async code(address: AddressBytes, ask: Ask): Promise<Uint8Array> {
    this.noteOwn(address)
    await this.bring([{ kind: 'code', address, codeHash: undefined }], ask)
    const { codeHash = EMPTY_CODE_HASH } = (await this.#reader.account(address)) ?? {}
    return this.#reader.code(codeHash, address)
  }

  /**
   * As `eth_getProof` has it, read out of the nodes at hand; an account or a slot that is not there has the nodes that show
   * it. Throws as {@link account}.
   */
  async proof(address: AddressBytes, slots: readonly Hash[], ask: Ask): Promise<AccountProof> {
    this.noteOwn(address)
    const values = slots.map((slot): MissingValue => ({ kind: 'storage', address, slot }))
    await this.bring([{ kind: 'account', address }, ...values], ask)
    // What no prediction brought is waited for, as any read does.
    await this.#reader.account(address)
    for (const slot of slots) await this.#reader.storage(address, slot)
    const nodes = { node: (hash: Hash) => this.#fetch.content(hash) }
    const found = findProof({ root: this.header.stateRoot, nodes, keccak: this.options.keccak }, address, slots)
    if (found.kind === 'missing') throw new StateUnavailableError(found.fault, [])
    return found.value
  }

  /** A question names it itself: of the servers there are, as few as can be learn of it. What the protocol reads is nobody's. */
  noteOwn(address: AddressBytes): void {
    if (!equalBytes(address, HISTORY_ADDRESS)) this.options.selector.own.note(this.#keyOf(address))
  }

  /** Fetches what these values take, as far as servers give it, together with what others ask for at the same moment. */
  async bring(wanted: readonly MissingValue[], { signal, evidence }: Ask): Promise<void> {
    signal.throwIfAborted()
    const { header, anchor } = this.options
    evidence.restOn(anchor())
    evidence.at(header)
    const missing = wanted.filter((value) => this.#fetch.lacks(value) !== undefined)
    if (missing.length === 0) return evidence.from('store')
    const noteCosts = this.#watchCosts(evidence)
    await untilAborted(this.#gather(missing), signal)
    noteCosts()
  }

  /**
   * These values, each with its account, in one trip where a way can. What cannot be had is left out, but for the first where
   * that is needed: then throws as {@link account}.
   */
  async learn(wanted: readonly MissingValue[], needed: Needed, ask: Ask): Promise<readonly LearnedValue[]> {
    await this.bring(wanted, ask)
    if (needed === 'none') return wanted.flatMap((value) => this.#atHand(value))
    const learned = wanted.map((value, place) => {
      const come = this.#learnOne(value)
      return place === 0 ? come : come.catch(nothingUnavailable)
    })
    const noteCosts = this.#watchCosts(ask.evidence)
    const all = await untilAborted(Promise.all(learned), ask.signal)
    noteCosts()
    return all.flat()
  }

  /** What is at hand and proven; undefined where it is not at hand. */
  look(value: MissingValue): LearnedValue | undefined {
    return this.#fetch.look(value)
  }

  /** The state as execution reads it: a read waits until what it lacks has come. */
  open(): ReturnType<BlockFetch['open']> {
    return this.#fetch.open()
  }

  /** The state with writes that no block has made. */
  overlay(ask: Ask): StateOverlay {
    const open = this.#fetch.open()
    return {
      root: async (writes) => {
        ask.signal.throwIfAborted()
        const noteCosts = this.#watchCosts(ask.evidence)
        await untilAborted(open.applyWrites(writes), ask.signal)
        noteCosts()
        return open.root()
      },
    }
  }

  /** Whoever waits for it is refused with this. */
  close(reason: Error): void {
    this.#fetch.cancel(reason)
  }

  /** What no prediction brought is waited for, as any read does. */
  async #learnOne(value: MissingValue): Promise<LearnedValue[]> {
    const { address } = value
    const found = await this.#reader.account(address)
    const account: LearnedValue = { kind: 'account', address, value: found }
    if (value.kind === 'account') return [account]
    if (value.kind === 'storage') return [account, { ...value, value: await this.#reader.storage(address, value.slot) }]
    await this.#reader.code(found?.codeHash ?? EMPTY_CODE_HASH, address)
    const code = this.look(value)
    return code === undefined ? [account] : [account, code]
  }

  #atHand(value: MissingValue): LearnedValue[] {
    const account = this.look({ kind: 'account', address: value.address })
    if (account === undefined) return []
    const other = value.kind === 'account' ? undefined : this.look(value)
    return other === undefined ? [account] : [account, other]
  }

  /** @returns notes who gave what since; others who wait for the same state at the same time may have caused some of it. */
  #watchCosts(evidence: Evidence): () => void {
    const before = this.#fetch.counter.bytesByServer()
    return () => {
      let received = 0
      for (const [server, bytes] of this.#fetch.counter.bytesByServer()) {
        const fresh = bytes - (before.get(server) ?? 0)
        if (fresh > 0) evidence.from(server)
        received += fresh
      }
      evidence.received(received)
      if (received === 0) evidence.from('store')
    }
  }

  #gather(missing: readonly MissingValue[]): Promise<void> {
    const gathering = (this.#gathering ??= this.#begin())
    gathering.wanted.push(...missing)
    return gathering.done
  }

  /** Accounts of the visit's own are asked about with some that the block has touched, where it was executed here. */
  async #mix(wanted: readonly MissingValue[]): Promise<void> {
    const { own } = this.options.selector
    const alone = new Set(wanted.map(({ address }) => this.#keyOf(address)).filter((key) => own.isAlone(key)))
    if (alone.size === 0) return
    const others = await this.options.touched()
    for (const key of alone) own.mix(key, others, (address) => this.#keyOf(address))
  }

  #keyOf(address: AddressBytes): string {
    return hashKey(this.options.keccak(address) as Hash)
  }

  #begin(): { readonly wanted: MissingValue[]; readonly done: Promise<void> } {
    const wanted: MissingValue[] = []
    const done = new Promise<void>((resolve, reject) => {
      this.options.clock.after(GATHER_MS, () => {
        this.#gathering = undefined
        this.#mix(wanted)
          .then(() => this.#fetch.prefetch(wanted))
          .then(() => resolve(), reject)
      })
    })
    return { wanted, done }
  }
}

function nothingUnavailable(error: unknown): LearnedValue[] {
  if (error instanceof StateUnavailableError) return []
  throw error
}
