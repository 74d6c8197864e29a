/** Bodies and receipts of blocks: from the store where they were executed here, else of servers; proven by the header's roots either way. */
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex } from '@ethereumjs/util'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { withoutBlobs } from '../../execution/blob-sidecar.ts'
import { TransactionRefusal } from '../../execution/signed-transaction.ts'
import { orderedRoot } from '../../execution/block/ordered-root.ts'
import { bodyMismatch } from '../../execution/block/body-roots.ts'
import { BlockEncodingError, decodeRawBlock, type RawBlock, type RawHeader } from '../../execution/block/raw-block.ts'
import { equalBytes } from '../../execution/words.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { Store } from '../../state/store/store.ts'
import type { ImportFetcher } from '../import/import-tools.ts'
import type { ServerSelector } from '../state-fetch/server-selector.ts'
import type { NamedBlock } from '../../network/on-demand/rpc-server.ts'
import { NOTHING_RECEIVED, TripCounter } from '../state-fetch/trip-counter.ts'
import { SourceUnavailableError } from './chain-view-error.ts'
import type { Ask } from './evidence.ts'
import { ByteBoundedCache } from './byte-bounded-cache.ts'

/** Bytes of bodies, and as many of receipts: some 60 mainnet blocks. Dapps ask about the same few again and again. */
const KEPT_BYTES = 8_388_608

/** Place of the receipts' root in a header (yellow paper 4.3). */
const RECEIPTS_ROOT = 5

/** A server's word. */
export interface SaidPlace {
  readonly block: NamedBlock
  readonly server: string
}

export interface ChainBodiesOptions {
  readonly keccak: Keccak
  readonly fetcher: Pick<ImportFetcher, 'block'>
  readonly selector: ServerSelector
  /** Number of the newest block there is: servers' windows are counted back from it. */
  readonly newest: () => number
  /** Undefined in a tab that keeps nothing. */
  readonly store: () => Pick<Store, 'getBlock'> | undefined
}

export class ChainBodies {
  readonly #blocks = new ByteBoundedCache<RawBlock>(KEPT_BYTES)
  readonly #receipts = new ByteBoundedCache<readonly Uint8Array[]>(KEPT_BYTES)

  constructor(private readonly options: ChainBodiesOptions) {}

  /** @throws what the fetcher throws where nobody has it; the signal's reason */
  async block(header: RawHeader, ask: Ask): Promise<RawBlock> {
    return this.#blocks.get(hashKey(header.hash), ask.signal, {
      make: () => this.#findBlock(header, ask),
      sizeOf: ({ rlp }) => rlp.length,
    })
  }

  /** As in the receipts trie, in the order of transactions. @throws {SourceUnavailableError}, and as {@link block} */
  async receipts(block: RawBlock, ask: Ask): Promise<readonly Uint8Array[]> {
    return this.#receipts.get(hashKey(block.header.hash), ask.signal, {
      make: () => this.#findReceipts(block, ask),
      sizeOf: (receipts) => receipts.reduce((sum, { length }) => sum + length, 0),
    })
  }

  /**
   * Of a block whose header commits to one (EIP-7928).
   * @throws {SourceUnavailableError}
   */
  async accessList(header: RawHeader, bound: Hash, { signal, evidence }: Ask): Promise<Uint8Array> {
    const { keccak, selector, newest } = this.options
    let found: Uint8Array | undefined
    const { reasons } = await selector.fetch({
      ...{ kind: 'accessList', items: [header], most: 1, urgency: 'urgent', signal },
      place: { number: header.number, newest: Math.max(newest(), header.number) },
      counter: new TripCounter(() => 0),
      request: () => ({ block: header }),
      accept: (rlp, items, server) => {
        const costs = { left: [], received: { ...NOTHING_RECEIVED, bytes: rlp.length } }
        evidence.received(rlp.length)
        if (!equalBytes(keccak(rlp), bound))
          return { ...costs, lacking: items, falsehood: `not the access list of block ${bytesToHex(header.hash)}` }
        evidence.from(server)
        found = rlp.slice()
        return { ...costs, lacking: [] }
      },
    })
    signal.throwIfAborted()
    if (found !== undefined) return found
    throw new SourceUnavailableError(`the access list of block ${header.number} cannot be had: ${said(reasons)}`)
  }

  /**
   * Where a server says that a transaction is; whoever asks looks there. Undefined where none says anything: that there is no
   * such transaction is proven by nobody.
   * @param passedOver names of servers whose word is not taken
   */
  async placeOf(hash: Hash, { signal }: Ask, passedOver: ReadonlySet<string>): Promise<SaidPlace | undefined> {
    let place: SaidPlace | undefined
    await this.options.selector.fetch({
      ...{ kind: 'transactionPlace', items: [hash], most: 1, urgency: 'urgent', place: undefined, signal },
      counter: new TripCounter(() => 0),
      request: () => ({ hash }),
      accept: (said, items, server) => {
        if (said !== undefined && !passedOver.has(server)) place ??= { block: said, server }
        return { lacking: place === undefined ? items : [], left: [], received: NOTHING_RECEIVED }
      },
    })
    signal.throwIfAborted()
    return place
  }

  /** As a block has it, proven by its hash. Undefined where no server has it, which proves nothing. */
  async rawTransaction(hash: Hash, { signal, evidence }: Ask): Promise<Uint8Array | undefined> {
    let found: Uint8Array | undefined
    await this.options.selector.fetch({
      ...{ kind: 'rawTransaction', items: [hash], most: 1, urgency: 'urgent', place: undefined, signal },
      counter: new TripCounter(() => 0),
      request: () => ({ hash }),
      accept: (raw, items, server) => {
        if (raw === undefined) return { lacking: items, left: [], received: NOTHING_RECEIVED }
        evidence.received(raw.length)
        const received = { ...NOTHING_RECEIVED, bytes: raw.length }
        const encoded = this.#ofHash(hash, raw)
        if (encoded === undefined)
          return { lacking: items, left: [], received, falsehood: `not transaction ${bytesToHex(hash)}` }
        evidence.from(server)
        found = encoded.slice()
        return { lacking: [], left: [], received }
      },
    })
    signal.throwIfAborted()
    return found
  }

  /** Pools give blobs along. */
  #ofHash(hash: Hash, raw: Uint8Array): Uint8Array | undefined {
    try {
      const encoded = withoutBlobs(raw)
      return equalBytes(this.options.keccak(encoded), hash) ? encoded : undefined
    } catch (error) {
      if (error instanceof TransactionRefusal) return undefined
      throw error
    }
  }

  async #findBlock({ hash }: RawHeader, { signal, evidence }: Ask): Promise<RawBlock> {
    const kept = await this.#keptBlock(hash)
    if (kept !== undefined) {
      evidence.from('store')
      return kept
    }
    const { keccak, fetcher } = this.options
    const rlp = await fetcher.block(hash, signal, { told: (server) => evidence.from(server) })
    evidence.received(rlp.length)
    return decodeRawBlock(rlp, keccak)
  }

  /** The store proves a record's header alone; anybody of the origin may have written what stands below it. */
  async #keptBlock(hash: Hash): Promise<RawBlock | undefined> {
    const record = await this.options.store()?.getBlock(hash)
    if (record === undefined) return undefined
    const { keccak } = this.options
    try {
      const block = decodeRawBlock(record.block, keccak)
      return bodyMismatch(block, keccak) === undefined ? block : undefined
    } catch (error) {
      if (error instanceof BlockEncodingError) return undefined
      throw error
    }
  }

  async #findReceipts(block: RawBlock, { signal, evidence }: Ask): Promise<readonly Uint8Array[]> {
    const { hash, number } = block.header
    if (block.transactions.length === 0) return []
    const kept = (await this.options.store()?.getBlock(hash))?.executed?.receipts
    if (kept !== undefined && this.#are(block, kept)) return kept
    let found: readonly Uint8Array[] | undefined
    const { reasons } = await this.options.selector.fetch({
      ...{ kind: 'receipts', items: [hash], most: 1, urgency: 'urgent', place: undefined, signal },
      counter: new TripCounter(() => 0),
      request: () => ({ block }),
      accept: (receipts, items, server) => {
        const bytes = receipts.reduce((sum, { length }) => sum + length, 0)
        evidence.received(bytes)
        const received = { ...NOTHING_RECEIVED, bytes }
        if (!this.#are(block, receipts))
          return { lacking: items, left: [], received, falsehood: `not the receipts of block ${bytesToHex(hash)}` }
        evidence.from(server)
        found = receipts.map((receipt) => receipt.slice())
        return { lacking: [], left: [], received }
      },
    })
    signal.throwIfAborted()
    if (found !== undefined) return found
    throw new SourceUnavailableError(`the receipts of block ${number} cannot be had: ${said(reasons)}`)
  }

  #are({ header, transactions }: RawBlock, receipts: readonly Uint8Array[]): boolean {
    if (receipts.length !== transactions.length || receipts.some(({ length }) => length === 0)) return false
    const root = (RLP.decode(header.rlp) as Uint8Array[])[RECEIPTS_ROOT]!
    return equalBytes(orderedRoot(receipts, this.options.keccak), root)
  }
}

const said = (reasons: readonly string[]): string => (reasons.length === 0 ? 'no server offers it' : reasons.join('; '))
