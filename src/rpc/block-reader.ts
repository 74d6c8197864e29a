/** Blocks of the chain's view, found as calls name them and taken apart. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash, Keccak } from '../chain/bytes.ts'
import type { RawBlock, RawHeader } from '../execution/block/raw-block.ts'
import type { WasmCrypto } from '../execution/crypto/wasm-crypto.ts'
import { decodeBlock, type BlockBytes, type DecodedBlock } from '../network/json-rpc/objects/decoded-block.ts'
import { decodeReceipt, type Receipt } from '../network/json-rpc/objects/receipt.ts'
import { selectorText, type BlockSelector, type BlockTag } from '../network/json-rpc/params/block-selector.ts'
import { notCanonical, notFound, unknownTag } from '../network/json-rpc/rpc-error.ts'
import { hashKey } from '../state/hash-key.ts'
import { ByteBoundedCache } from '../sync/chain-view/byte-bounded-cache.ts'
import type { ChainView } from '../sync/chain-view/chain-view.ts'
import type { Ask } from '../sync/chain-view/evidence.ts'
import { ChainUnavailableError } from '../sync/beam/import-fetcher.ts'
import { LogReader } from './logs/log-reader.ts'
import { TransactionPlaces } from './transaction-places.ts'

/** Bytes of blocks that are kept decoded, counted as RLP: recovering the senders of a full block takes tens of milliseconds. */
const KEPT_BYTES = 8_388_608

/** A transaction's bytes, and where it is. */
export interface PlacedTransaction {
  readonly header: RawHeader
  readonly block: DecodedBlock
  readonly index: number
}

export class BlockReader {
  readonly logs: LogReader
  readonly #places: TransactionPlaces
  readonly #decoded = new ByteBoundedCache<DecodedBlock>(KEPT_BYTES)

  constructor(
    private readonly view: ChainView,
    private readonly crypto: WasmCrypto & { readonly keccak: Keccak },
  ) {
    this.logs = new LogReader(view, crypto.keccak)
    this.#places = new TransactionPlaces(view, crypto.keccak, (header, hash, ask) => this.placeIn(header, hash, ask))
  }

  /**
   * Undefined where there is no such block; of a hash that nobody knows that is nobody's proof, and noted as such.
   * @throws {RpcError} -39001 for a tag that means nothing yet, -32000 for a block that had to be canonical and is not
   */
  async findHeader(selector: BlockSelector, ask: Ask): Promise<RawHeader | undefined> {
    switch (selector.kind) {
      case 'tag':
        return this.#atTag(selector.tag, ask)
      case 'number':
        return this.view.headerAt(selector.number, ask)
      case 'hash':
        return this.#ofHash(selector.hash, selector.chain, ask)
    }
  }

  /** As {@link findHeader}. @throws {RpcError} -32001 where there is no such block */
  async header(selector: BlockSelector, ask: Ask): Promise<RawHeader> {
    return (await this.findHeader(selector, ask)) ?? unknown(selector)
  }

  /** As {@link findHeader}, whole. */
  async find(selector: BlockSelector, ask: Ask): Promise<DecodedBlock | undefined> {
    const header = await this.findHeader(selector, ask)
    return header && this.block(header, ask)
  }

  async block(header: RawHeader, ask: Ask): Promise<DecodedBlock> {
    const raw = await this.view.block(header, ask)
    return this.#decoded.get(hashKey(header.hash), ask.signal, {
      make: async () => decodeBlock(bytesOf(raw), this.crypto),
      sizeOf: ({ block }) => block.rlp.length,
    })
  }

  /** As many as the block has transactions; proven by its receipts' root. */
  async receipts(header: RawHeader, ask: Ask): Promise<readonly Receipt[]> {
    return (await this.rawReceipts(header, ask)).map(decodeReceipt)
  }

  async rawReceipts(header: RawHeader, ask: Ask): Promise<readonly Uint8Array[]> {
    return this.view.receipts(await this.view.block(header, ask), ask)
  }

  /** As {@link seek}, for whoever has no other way: what is not found is noted as nobody's proof. */
  async locate(hash: Hash, ask: Ask): Promise<PlacedTransaction | undefined> {
    const place = await this.seek(hash, ask)
    if (place !== undefined) return place
    ask.evidence.weaken('unverified')
    ask.evidence.remark('that no block has it is what servers say: nobody can prove it')
    return undefined
  }

  /** Where a transaction of the chain is. See {@link TransactionPlaces.seek}. */
  seek(hash: Hash, ask: Ask): Promise<PlacedTransaction | undefined> {
    return this.#places.seek(hash, ask)
  }

  /** Undefined where that block does not have it. */
  async placeIn(header: RawHeader, hash: Hash, ask: Ask): Promise<PlacedTransaction | undefined> {
    const block = await this.block(header, ask)
    const index = block.transactions.findIndex((transaction) => hashKey(transaction.hash) === hashKey(hash))
    return index === -1 ? undefined : { header, block, index }
  }

  async #atTag(tag: BlockTag, ask: Ask): Promise<RawHeader | undefined> {
    const { heads } = this.view
    switch (tag) {
      case 'latest':
        return this.view.headerAt(heads.latest().number, ask)
      case 'safe':
      case 'finalized': {
        const finalized = heads.finalized()
        if (finalized === undefined) throw unknownTag(tag)
        return this.view.headerAt(finalized.header.number, ask)
      }
      case 'earliest':
        return this.view.headerAt(0, ask)
    }
  }

  async #ofHash(hash: Hash, chain: 'canonical' | 'any', ask: Ask): Promise<RawHeader | undefined> {
    try {
      const { header, isCanonical } = await this.view.headerOf(hash, ask)
      if (isCanonical) return header
      if (chain === 'canonical') throw notCanonical(`block ${bytesToHex(hash)} is not on the canonical chain`)
      ask.evidence.weaken('unverified')
      ask.evidence.remark(`block ${bytesToHex(hash)} is not in the chain of the signed head`)
      return header
    } catch (error) {
      if (!(error instanceof ChainUnavailableError)) throw error
      ask.evidence.weaken('unverified')
      ask.evidence.remark('that there is no such block is what servers say: nobody can prove it')
      return undefined
    }
  }
}

const bytesOf = ({ header, rlp }: RawBlock): BlockBytes => ({
  hash: header.hash,
  number: header.number,
  timestamp: header.timestamp,
  header: header.rlp,
  rlp,
})

function unknown(selector: BlockSelector): never {
  throw notFound(`block not found: ${selectorText(selector)}`)
}
