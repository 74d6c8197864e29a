/** The store in memory: for Node, for tests, and for browsers that allow no database. Same contract, gone when closed. */
import { bytesToHex, equalsBytes } from '@ethereumjs/util'
import { asHash, type Hash } from '../../chain/bytes.ts'
import { decodeBlock, decodeSummary, encodeBlock, type EncodedBlock } from './block-record.ts'
import {
  checkAccessPatterns,
  checkBlockRecord,
  checkBootstrap,
  checkConflict,
  checkContents,
  checkHash,
  checkHashes,
  checkHeader,
  checkHeads,
  checkImportMarks,
  checkPeriod,
  checkStoreOptions,
  checkUpdate,
} from './input.ts'
import {
  decodeBootstrap,
  decodeConflict,
  decodeHeads,
  decodeUpdate,
  encodeBootstrap,
  encodeConflict,
  encodeHeads,
  encodeUpdate,
} from './light-client-record.ts'
import {
  BLOCKS_SHARE,
  DEFAULT_MAX_BYTES,
  KEEP_AFTER_EVICTION,
  LARGEST_SHARE,
  LIGHT_CLIENT_SHARE,
  MAX_BLOCKS,
  MAX_UPDATES,
  PINNED_SHARE,
} from './limits.ts'
import { contentsOf } from './kept-blocks.ts'
import type { ContentKind } from './page.ts'
import type {
  BlockContents,
  BlockRecord,
  BlockSummary,
  Content,
  Store,
  StoreOptions,
  StoreStats,
  UnverifiedBootstrap,
  UnverifiedConflict,
  UnverifiedHeads,
  UnverifiedUpdate,
} from './store.ts'
import { StoreError } from './store-error.ts'

/** @throws {StoreError} invalid-input */
export function createMemoryStore(options: StoreOptions): Store {
  checkStoreOptions(options)
  return new MemoryStore(options)
}

interface KindedContent extends Content {
  readonly kind: ContentKind
}

/** Maps are in the order of storing, so that the first is the oldest. Keys are hashes as hex. */
class MemoryStore implements Store {
  private readonly contents = new Map<string, KindedContent>()
  private readonly blocks = new Map<string, EncodedBlock>()
  private readonly encodedUpdates = new Map<number, Uint8Array>()
  private encodedBootstrap: Uint8Array | undefined
  private encodedHeads: Uint8Array | undefined
  private encodedConflict: Uint8Array | undefined
  private marks: Uint8Array | undefined
  private patterns: Uint8Array | undefined
  private readonly reads = { memory: 0, disk: 0, missing: 0 }
  private contentBytes = 0
  private damagedContents = 0
  private failure: StoreError | undefined
  private readonly maxBytes: number

  constructor(private readonly options: StoreOptions) {
    this.maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES
  }

  get network(): string {
    return this.options.network
  }

  async getNodes(hashes: readonly Hash[]): Promise<(Uint8Array | undefined)[]> {
    this.assertOpen()
    checkHashes(hashes, 'contents')
    const found = hashes.map((hash) => this.content(hash))
    for (const bytes of found) this.reads[bytes === undefined ? 'missing' : 'memory']++
    return found
  }

  async putNodes(nodes: readonly Content[]): Promise<void> {
    this.putContents(nodes, 'node')
  }

  getCodes(hashes: readonly Hash[]): Promise<(Uint8Array | undefined)[]> {
    return this.getNodes(hashes)
  }

  async putCodes(codes: readonly Content[]): Promise<void> {
    this.putContents(codes, 'code')
  }

  async getHeader(hash: Hash): Promise<Uint8Array | undefined> {
    const [header] = await this.getNodes([hash])
    return header
  }

  async putHeader(rlp: Uint8Array): Promise<Hash> {
    this.assertOpen()
    const header = this.header(rlp)
    this.add([header])
    return header.hash
  }

  async putBlock(record: BlockRecord, { nodes, codes, headers = [] }: BlockContents): Promise<void> {
    this.assertOpen()
    checkBlockRecord(record, this.network)
    checkContents(nodes, 'node')
    checkContents(codes, 'code')
    const block = encodeBlock(record, this.options.keccak)
    const contents = [
      ...nodes.map((node) => ({ ...node, kind: 'node' as const })),
      ...codes.map((code) => ({ ...code, kind: 'code' as const })),
      ...headers.map((rlp) => this.header(rlp)),
      { hash: block.hash, bytes: block.header, kind: 'header' as const },
    ]
    this.assertFits(sumOf(contents, ({ bytes }) => bytes.length) + sizeOf(block))
    this.blocks.delete(bytesToHex(block.hash))
    this.blocks.set(bytesToHex(block.hash), block)
    for (const oldest of this.blocks.keys()) {
      const fits = sumOf(this.blocks.values(), sizeOf) <= this.maxBytes * BLOCKS_SHARE
      if (this.blocks.size <= MAX_BLOCKS && (this.blocks.size <= 1 || fits)) break
      this.blocks.delete(oldest)
    }
    this.add(contents)
  }

  async getBlock(hash: Hash): Promise<BlockRecord | undefined> {
    this.assertOpen()
    checkHash(hash, 'the block hash')
    const block = this.blocks.get(bytesToHex(hash))
    return block === undefined ? undefined : decodeBlock(block.record, hash, this.network, this.options.keccak)
  }

  async listBlocks(): Promise<BlockSummary[]> {
    this.assertOpen()
    return [...this.blocks.values()]
      .flatMap(({ summary }) => decodeSummary(summary, this.options.keccak)?.summary ?? [])
      .reverse()
  }

  async putImportMarks(marks: Uint8Array): Promise<void> {
    this.assertOpen()
    checkImportMarks(marks)
    this.assertFits(marks.length)
    this.marks = marks.slice()
    this.evict()
  }

  async importMarks(): Promise<Uint8Array | undefined> {
    this.assertOpen()
    return this.marks?.slice()
  }

  async putAccessPatterns(patterns: Uint8Array): Promise<void> {
    this.assertOpen()
    checkAccessPatterns(patterns)
    this.assertFits(patterns.length)
    this.patterns = patterns.slice()
    this.evict()
  }

  async accessPatterns(): Promise<Uint8Array | undefined> {
    this.assertOpen()
    return this.patterns?.slice()
  }

  async putBootstrap(bootstrap: UnverifiedBootstrap): Promise<void> {
    this.assertOpen()
    checkBootstrap(bootstrap)
    this.assertFits(bootstrap.ssz.length)
    this.forgetChain()
    this.encodedBootstrap = encodeBootstrap(bootstrap)
    this.evict()
  }

  async bootstrap(): Promise<UnverifiedBootstrap | undefined> {
    this.assertOpen()
    return this.encodedBootstrap === undefined ? undefined : decodeBootstrap(this.encodedBootstrap)
  }

  async putUpdate(update: UnverifiedUpdate): Promise<void> {
    this.assertOpen()
    checkUpdate(update)
    this.assertFits(update.ssz.length)
    this.encodedUpdates.set(update.period, encodeUpdate(update))
    while (
      this.encodedUpdates.size > MAX_UPDATES ||
      (this.encodedUpdates.size > 1 && this.updateBytes() > this.maxBytes * LIGHT_CLIENT_SHARE)
    ) {
      this.encodedUpdates.delete(Math.min(...this.encodedUpdates.keys()))
    }
    this.evict()
  }

  async *updates(): AsyncGenerator<UnverifiedUpdate, void, undefined> {
    this.assertOpen()
    for (const period of [...this.encodedUpdates.keys()].sort((a, b) => a - b)) {
      const encoded = this.encodedUpdates.get(period)
      const update = encoded === undefined ? undefined : decodeUpdate(encoded, period)
      if (update !== undefined) yield update
    }
  }

  async deleteUpdatesFrom(period: number): Promise<void> {
    this.assertOpen()
    checkPeriod(period)
    for (const stored of this.encodedUpdates.keys()) if (stored >= period) this.encodedUpdates.delete(stored)
  }

  async putHeads(heads: UnverifiedHeads): Promise<void> {
    this.assertOpen()
    checkHeads(heads)
    const encoded = encodeHeads(heads)
    this.assertFits(encoded.length)
    this.encodedHeads = encoded
    this.evict()
  }

  async heads(): Promise<UnverifiedHeads | undefined> {
    this.assertOpen()
    return this.encodedHeads === undefined ? undefined : decodeHeads(this.encodedHeads)
  }

  async putConflict(conflict: UnverifiedConflict): Promise<void> {
    this.assertOpen()
    checkConflict(conflict)
    const encoded = encodeConflict(conflict)
    this.assertFits(encoded.length)
    this.encodedConflict = encoded
    this.evict()
  }

  async conflict(): Promise<UnverifiedConflict | undefined> {
    this.assertOpen()
    return this.encodedConflict === undefined ? undefined : decodeConflict(this.encodedConflict)
  }

  stats(): StoreStats {
    const count = (kind: ContentKind) => sumOf(this.contents.values(), (content) => (content.kind === kind ? 1 : 0))
    return {
      state: this.failure === undefined ? 'open' : 'closed',
      error: this.failure,
      bytes: this.bytes(),
      maxBytes: this.maxBytes,
      nodes: count('node'),
      codes: count('code'),
      headers: count('header'),
      blocks: this.blocks.size,
      updates: this.encodedUpdates.size,
      pages: 0,
      reads: { ...this.reads },
      evictedPages: 0,
      damagedPages: 0,
      damagedContents: this.damagedContents,
      damagedRecords: 0,
    }
  }

  async close(): Promise<void> {
    this.failure ??= new StoreError('closed', `the store of ${this.network} is closed: create another`)
    this.contents.clear()
    this.blocks.clear()
    this.forgetChain()
    this.contentBytes = 0
  }

  private forgetChain(): void {
    this.encodedUpdates.clear()
    this.encodedBootstrap = undefined
    this.encodedHeads = undefined
    this.encodedConflict = undefined
  }

  /** Hashed here and not when put, as in every store: a caller's mistake is then a missing content, not a wrong one. */
  private content(hash: Hash): Uint8Array | undefined {
    const content = this.contents.get(bytesToHex(hash))
    if (content === undefined) return undefined
    if (equalsBytes(this.options.keccak(content.bytes), hash)) return content.bytes.slice()
    this.remove(bytesToHex(hash))
    this.damagedContents++
    return undefined
  }

  private putContents(contents: readonly Content[], kind: ContentKind): void {
    this.assertOpen()
    checkContents(contents, kind)
    this.add(contents.map((content) => ({ ...content, kind })))
  }

  private header(rlp: Uint8Array): KindedContent {
    checkHeader(rlp)
    return { hash: asHash(this.options.keccak(rlp)), bytes: rlp, kind: 'header' }
  }

  private add(contents: readonly KindedContent[]): void {
    this.assertFits(sumOf(contents, ({ bytes }) => bytes.length))
    for (const { hash, bytes, kind } of contents) {
      const key = bytesToHex(hash)
      this.remove(key)
      this.contents.set(key, { hash: asHash(hash.slice()), bytes: bytes.slice(), kind })
      this.contentBytes += bytes.length
    }
    this.evict()
  }

  private evict(): void {
    if (this.bytes() <= this.maxBytes) return
    const pinned = this.pinned()
    const rest = this.bytes() - this.contentBytes
    for (const oldest of this.contents.keys()) {
      if (rest + this.contentBytes <= this.maxBytes * KEEP_AFTER_EVICTION) return
      if (!pinned.has(oldest)) this.remove(oldest)
    }
  }

  /** What listed blocks need, the newest first; those that it does not suffice for are not listed any more. */
  private pinned(): Set<string> {
    const { network, keccak } = this.options
    const pinned = new Set<string>()
    let bytes = 0
    for (const [key, { hash, record }] of [...this.blocks].reverse()) {
      const block = bytes > this.maxBytes * PINNED_SHARE ? undefined : decodeBlock(record, hash, network, keccak)
      if (block === undefined) {
        this.blocks.delete(key)
        continue
      }
      for (const needed of contentsOf(block)) {
        const name = bytesToHex(needed)
        const content = this.contents.get(name)
        if (content === undefined || pinned.has(name)) continue
        pinned.add(name)
        bytes += content.bytes.length
      }
    }
    return pinned
  }

  private remove(key: string): void {
    this.contentBytes -= this.contents.get(key)?.bytes.length ?? 0
    this.contents.delete(key)
  }

  private bytes(): number {
    const singles = [this.encodedBootstrap, this.encodedHeads, this.encodedConflict, this.marks, this.patterns]
    return (
      this.contentBytes +
      sumOf(this.blocks.values(), sizeOf) +
      this.updateBytes() +
      sumOf(singles, (single) => single?.length ?? 0)
    )
  }

  private updateBytes(): number {
    return sumOf(this.encodedUpdates.values(), ({ length }) => length)
  }

  private assertFits(bytes: number): void {
    if (bytes <= this.maxBytes * LARGEST_SHARE) return
    throw new StoreError(
      'too-large',
      `a put of ${bytes} bytes into a store of at most ${this.maxBytes}: put less at once, or create it with more`,
    )
  }

  private assertOpen(): void {
    if (this.failure !== undefined) throw this.failure
  }
}

function sizeOf({ record, summary }: EncodedBlock): number {
  return record.length + summary.length
}

function sumOf<Item>(items: Iterable<Item>, size: (item: Item) => number): number {
  let sum = 0
  for (const item of items) sum += size(item)
  return sum
}
