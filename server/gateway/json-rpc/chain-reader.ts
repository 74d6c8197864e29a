/** Blocks and receipts of a source, found as calls name them and taken apart. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash } from '../../../src/chain/bytes.ts'
import type { WasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { equalBytes } from '../../../src/execution/words.ts'
import { hashKey } from '../../../src/state/hash-key.ts'
import type {
  Awaitable,
  ExecutionBlock,
  ExecutionHeader,
  ExecutionSource,
  ServedKinds,
  ServedRange,
} from '../../execution/execution-source.ts'
import { UnavailableError } from '../../execution/execution-source.ts'
import type { DecodedBlock } from '../../../src/network/json-rpc/objects/decoded-block.ts'
import { decodeBlock } from '../../../src/network/json-rpc/objects/decoded-block.ts'
import type { Receipt } from '../../../src/network/json-rpc/objects/receipt.ts'
import { decodeReceipt } from '../../../src/network/json-rpc/objects/receipt.ts'
import { selectorText, type BlockSelector, type BlockTag } from '../../../src/network/json-rpc/params/block-selector.ts'
import { notCanonical, notFound, prunedHistory, unknownTag } from '../../../src/network/json-rpc/rpc-error.ts'

/**
 * Bytes of blocks that are kept decoded, counted as RLP. Receipts and fees of the same few blocks are asked for again
 * and again, and recovering the senders of a full block takes tens of milliseconds.
 */
const MAX_KEPT_BYTES = 16 * 1024 * 1024

/** Always: `keptBytes` is the sum of what `kept` holds, and at most {@link MAX_KEPT_BYTES} between calls. */
export class ChainReader {
  /** By hash, the least recently used first. */
  private readonly kept = new Map<string, DecodedBlock<ExecutionBlock>>()
  private keptBytes = 0

  constructor(
    readonly source: ExecutionSource,
    private readonly crypto: WasmCrypto,
  ) {}

  /**
   * Undefined where there is no such block.
   * @throws {RpcError} 4444 for a block from before what the source keeps, -39001 for a tag that means nothing yet,
   *   -32000 for a block that had to be canonical and is not
   * @throws {UnavailableError}
   */
  find(selector: BlockSelector): Promise<ExecutionBlock | undefined> {
    return this.lookUp(selector, {
      kind: 'blocks',
      byHash: (hash) => this.source.blockByHash(hash),
      byNumber: (number) => this.source.blockByNumber(number),
    })
  }

  /** As {@link find}. @throws {RpcError} -32001 where there is no such block */
  async get(selector: BlockSelector): Promise<ExecutionBlock> {
    return (await this.find(selector)) ?? unknown(selector)
  }

  /** As {@link get}, also of blocks whose bodies are not held: enough for their states. */
  async getHeader(selector: BlockSelector): Promise<ExecutionHeader> {
    const header = await this.lookUp<ExecutionHeader>(selector, {
      kind: 'headers',
      byHash: (hash) => this.source.headerByHash(hash),
      byNumber: (number) => this.source.headerByNumber(number),
    })
    return header ?? unknown(selector)
  }

  /** Of the canonical chain; undefined past its head. @throws {RpcError} 4444, {UnavailableError} */
  async canonical(number: number): Promise<ExecutionBlock | undefined> {
    const { serves } = await this.source.status()
    checkKept(serves, 'blocks', number)
    return this.source.blockByNumber(number)
  }

  decoded(block: ExecutionBlock): DecodedBlock<ExecutionBlock> {
    const key = hashKey(block.hash)
    const decoded = this.kept.get(key) ?? decodeBlock(block, this.crypto)
    if (this.kept.delete(key)) this.keptBytes -= block.rlp.length
    this.kept.set(key, decoded)
    this.keptBytes += block.rlp.length
    for (const [oldest, { block }] of this.kept) {
      if (this.keptBytes <= MAX_KEPT_BYTES) break
      this.kept.delete(oldest)
      this.keptBytes -= block.rlp.length
    }
    return decoded
  }

  /** As many as the block has transactions. @throws {RpcError} 4444, {UnavailableError} */
  async rawReceipts(block: ExecutionBlock): Promise<readonly Uint8Array[]> {
    const { serves } = await this.source.status()
    checkKept(serves, 'receipts', block.number)
    const receipts = await this.source.receipts(block.hash)
    if (receipts !== undefined) return receipts
    throw new UnavailableError(`the receipts of block ${block.number} are not held`)
  }

  /** As {@link rawReceipts}. */
  async receipts(block: DecodedBlock<ExecutionBlock>): Promise<readonly Receipt[]> {
    const receipts = (await this.rawReceipts(block.block)).map(decodeReceipt)
    if (receipts.length === block.transactions.length) return receipts
    const { number } = block.block
    throw new UnavailableError(
      `block ${number} has ${block.transactions.length} transactions, and ${receipts.length} receipts of it are held`,
    )
  }

  /** Where a transaction of the canonical chain is. */
  async locate(
    hash: Hash,
  ): Promise<{ readonly block: DecodedBlock<ExecutionBlock>; readonly index: number } | undefined> {
    const place = await this.source.locateTransaction(hash)
    if (place === undefined) return undefined
    const block = await this.source.blockByHash(place.blockHash)
    if (block !== undefined) return { block: this.decoded(block), index: place.index }
    throw new UnavailableError(`the block of transaction ${bytesToHex(hash)} is not held`)
  }

  private async lookUp<T extends ExecutionHeader>(
    selector: BlockSelector,
    look: Look<T>,
  ): Promise<T | ExecutionBlock | undefined> {
    switch (selector.kind) {
      case 'tag':
        return this.atTag(selector.tag, look)
      case 'number':
        checkKept((await this.source.status()).serves, look.kind, selector.number)
        return look.byNumber(selector.number)
      case 'hash': {
        const found = await look.byHash(selector.hash)
        if (found === undefined || selector.chain === 'any') return found
        const canonical = await look.byNumber(found.number)
        if (canonical !== undefined && equalBytes(canonical.hash, found.hash)) return found
        throw notCanonical(`block ${bytesToHex(found.hash)} is not on the canonical chain`)
      }
    }
  }

  private async atTag<T extends ExecutionHeader>(
    tag: BlockTag,
    look: Look<T>,
  ): Promise<T | ExecutionBlock | undefined> {
    const status = await this.source.status()
    if (tag === 'latest') return status.head
    if (tag === 'earliest') return look.byNumber(rangeOf(status.serves, look.kind).from)
    const block = status[tag]
    if (block === undefined) throw unknownTag(tag)
    return block
  }
}

/** How blocks are found, with bodies or without. */
interface Look<T extends ExecutionHeader> {
  readonly kind: 'headers' | 'blocks'
  readonly byHash: (hash: Hash) => Awaitable<T | undefined>
  readonly byNumber: (number: number) => Awaitable<T | undefined>
}

type KeptKind = 'headers' | 'blocks' | 'receipts'

/** @throws {RpcError} 4444 where what is asked for is from before what is kept, {UnavailableError} where it is never kept */
export function checkKept(serves: ServedKinds, kind: KeptKind, number: number): void {
  const { from, before } = rangeOf(serves, kind)
  if (number >= from || before === 'some') return
  throw prunedHistory(`${kind} are kept from block ${from} on, asked for was ${number}`)
}

/** @throws {UnavailableError} */
function rangeOf(serves: ServedKinds, kind: KeptKind): ServedRange {
  const range = serves[kind]
  if (range === undefined) throw new UnavailableError(`no ${kind} are served here`)
  return range
}

function unknown(selector: BlockSelector): never {
  throw notFound(`block not found: ${selectorText(selector)}`)
}
