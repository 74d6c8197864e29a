/**
 * The store over a database of numbered records: contents in pages, everything else a record each. It is the only owner
 * of its database while open (a Web Lock sees to that between tabs); what it holds in memory is therefore what the
 * database holds, and changes only when a transaction is through.
 */
import { asHash, type Hash } from '../../chain/bytes.ts'
import { decodeBlock, encodeBlock, type EncodedBlock } from './block-record.ts'
import { loadChecksum } from './checksum.ts'
import { claimDatabase } from './claim-database.ts'
import { ContentPages, type KindedContent } from './content-pages.ts'
import {
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
  checkUpdate,
} from './input.ts'
import { contentsOf, KeptBlocks } from './kept-blocks.ts'
import { LightClientRecords, type LightClientWrite } from './light-client-records.ts'
import {
  DEFAULT_CACHE_BYTES,
  DEFAULT_MAX_BYTES,
  KEEP_AFTER_EVICTION,
  LARGEST_SHARE,
  LIGHT_CLIENT_SHARE,
  BLOCKS_SHARE,
  MAX_TRANSACTION_BYTES,
  PINNED_SHARE,
} from './limits.ts'
import type { ContentKind } from './page.ts'
import { PinnedContents } from './pinned-contents.ts'
import type { Change, RecordDatabase } from './record-database.ts'
import type {
  BlockContents,
  BlockRecord,
  BlockSummary,
  Content,
  Store,
  StoreEvent,
  StoreOptions,
  StoreStats,
  UnverifiedBootstrap,
  UnverifiedConflict,
  UnverifiedHeads,
  UnverifiedUpdate,
} from './store.ts'
import { openRecord, sealRecord } from './stored-record.ts'
import { endsWriting, StoreError } from './store-error.ts'
import type { Checksum } from './checksum.ts'
import type { Surroundings } from './surroundings.ts'
import { WriteQueue } from './write-queue.ts'

interface Write {
  readonly contents: readonly KindedContent[]
  readonly blocks: readonly EncodedBlock[]
  readonly lightClient: readonly LightClientWrite[]
  readonly marks: readonly Uint8Array[]
  readonly repairs: readonly (() => readonly Change[])[]
}

/** What goes to make room, and what of it has to be laid elsewhere. */
interface Eviction {
  readonly pages: ReadonlySet<number>
  readonly rescued: readonly KindedContent[]
  readonly dropped: readonly Hash[]
}

const NO_EVICTION: Eviction = { pages: new Set(), rescued: [], dropped: [] }

/** The key of the one record of marks. */
const MARKS = 0

const NOTHING: Write = { contents: [], blocks: [], lightClient: [], marks: [], repairs: [] }

export class PagedStore implements Store {
  private readonly queue: WriteQueue<Write>
  /** Why nothing is written any more. */
  private failure: StoreError | undefined

  private constructor(
    private readonly options: StoreOptions,
    private readonly maxBytes: number,
    private readonly database: RecordDatabase,
    private readonly contents: ContentPages,
    private readonly blocks: KeptBlocks,
    private readonly lightClient: LightClientRecords,
    private readonly checksum: Checksum,
  ) {
    this.queue = new WriteQueue(
      (writes) => this.commit(writes),
      Math.min(MAX_TRANSACTION_BYTES, maxBytes * LARGEST_SHARE),
    )
  }

  /**
   * Takes over an open database; closes it when it cannot be used. A database that does not say it is this network's is
   * emptied, which is reported.
   *
   * @throws {StoreError} when the database fails
   */
  static async open(database: RecordDatabase, options: StoreOptions): Promise<PagedStore> {
    const { network, keccak, maxBytes = DEFAULT_MAX_BYTES, cacheBytes = DEFAULT_CACHE_BYTES } = options
    const early: Write[] = []
    let store: PagedStore | undefined
    const surroundings: Surroundings = {
      database,
      network,
      keccak,
      checksum: await loadChecksum(),
      report: (event) => (store === undefined ? options.onEvent?.(event) : store.report(event)),
      repair: (stage, bytes) => {
        const write = { ...NOTHING, repairs: [stage] }
        if (store === undefined) early.push(write)
        else store.repair(write, bytes)
      },
    }
    try {
      await claimDatabase(surroundings)
      store = new PagedStore(
        options,
        maxBytes,
        database,
        await ContentPages.load({ ...surroundings, cacheBytes }),
        await KeptBlocks.load({ ...surroundings, maxBytes: maxBytes * BLOCKS_SHARE }),
        await LightClientRecords.load({ ...surroundings, maxBytes: maxBytes * LIGHT_CLIENT_SHARE }),
        surroundings.checksum,
      )
      const opened = store
      void database.lost.then((error) => opened.lose(error))
      for (const write of early) opened.repair(write, 0)
      return opened
    } catch (error) {
      database.close()
      throw error
    }
  }

  get network(): string {
    return this.options.network
  }

  async getNodes(hashes: readonly Hash[]): Promise<(Uint8Array | undefined)[]> {
    this.assertNotClosed()
    checkHashes(hashes, 'contents')
    return this.contents.read(hashes)
  }

  putNodes(nodes: readonly Content[]): Promise<void> {
    return this.putContents(nodes, 'node')
  }

  getCodes(hashes: readonly Hash[]): Promise<(Uint8Array | undefined)[]> {
    return this.getNodes(hashes)
  }

  putCodes(codes: readonly Content[]): Promise<void> {
    return this.putContents(codes, 'code')
  }

  async getHeader(hash: Hash): Promise<Uint8Array | undefined> {
    const [header] = await this.getNodes([hash])
    return header
  }

  async putHeader(rlp: Uint8Array): Promise<Hash> {
    const header = this.header(rlp)
    await this.write({ ...NOTHING, contents: [header] })
    return header.hash
  }

  async putBlock(record: BlockRecord, { nodes, codes, headers = [] }: BlockContents): Promise<void> {
    checkBlockRecord(record, this.network)
    checkContents(nodes, 'node')
    checkContents(codes, 'code')
    const block = encodeBlock(record, this.options.keccak)
    await this.write({
      ...NOTHING,
      contents: [
        ...nodes.map((node) => kinded(node, 'node')),
        ...codes.map((code) => kinded(code, 'code')),
        ...headers.map((rlp) => this.header(rlp)),
        { hash: block.hash, bytes: block.header, kind: 'header' },
      ],
      blocks: [block],
    })
  }

  async getBlock(hash: Hash): Promise<BlockRecord | undefined> {
    this.assertNotClosed()
    checkHash(hash, 'the block hash')
    return this.whileUsable(this.blocks.read(hash))
  }

  async listBlocks(): Promise<BlockSummary[]> {
    this.assertNotClosed()
    return this.blocks.list()
  }

  async putImportMarks(marks: Uint8Array): Promise<void> {
    checkImportMarks(marks)
    await this.write({ ...NOTHING, marks: [marks] })
  }

  async importMarks(): Promise<Uint8Array | undefined> {
    this.assertNotClosed()
    const [record] = await this.whileUsable(this.database.read('import-marks', [MARKS]))
    const opened = openRecord(record, this.checksum)
    return opened.kind === 'intact' ? opened.bytes.slice() : undefined
  }

  async putBootstrap(bootstrap: UnverifiedBootstrap): Promise<void> {
    checkBootstrap(bootstrap)
    await this.write({ ...NOTHING, lightClient: [{ kind: 'bootstrap', bootstrap }] })
  }

  async bootstrap(): Promise<UnverifiedBootstrap | undefined> {
    this.assertNotClosed()
    return this.whileUsable(this.lightClient.bootstrap())
  }

  async putUpdate(update: UnverifiedUpdate): Promise<void> {
    checkUpdate(update)
    await this.write({ ...NOTHING, lightClient: [{ kind: 'update', update }] })
  }

  async *updates(): AsyncGenerator<UnverifiedUpdate, void, undefined> {
    this.assertNotClosed()
    const updates = this.lightClient.updates()
    for (let next = await this.whileUsable(updates.next()); !next.done; next = await this.whileUsable(updates.next())) {
      yield next.value
    }
  }

  async deleteUpdatesFrom(period: number): Promise<void> {
    checkPeriod(period)
    await this.write({ ...NOTHING, lightClient: [{ kind: 'delete-from', period }] })
  }

  async putHeads(heads: UnverifiedHeads): Promise<void> {
    checkHeads(heads)
    await this.write({ ...NOTHING, lightClient: [{ kind: 'heads', heads }] })
  }

  async heads(): Promise<UnverifiedHeads | undefined> {
    this.assertNotClosed()
    return this.whileUsable(this.lightClient.heads())
  }

  async putConflict(conflict: UnverifiedConflict): Promise<void> {
    checkConflict(conflict)
    await this.write({ ...NOTHING, lightClient: [{ kind: 'conflict', conflict }] })
  }

  async conflict(): Promise<UnverifiedConflict | undefined> {
    this.assertNotClosed()
    return this.whileUsable(this.lightClient.conflict())
  }

  stats(): StoreStats {
    const { counts, pageCount, reads, evictedPages, damagedPages, damagedContents } = this.contents
    return {
      state: this.failure === undefined ? 'open' : this.failure.kind === 'closed' ? 'closed' : 'read-only',
      error: this.failure,
      bytes: this.contents.bytes + this.blocks.bytes + this.lightClient.bytes,
      maxBytes: this.maxBytes,
      nodes: counts.node,
      codes: counts.code,
      headers: counts.header,
      blocks: this.blocks.count,
      updates: this.lightClient.count,
      pages: pageCount,
      reads: { ...reads },
      evictedPages,
      damagedPages,
      damagedContents,
      damagedRecords: this.blocks.damagedRecords + this.lightClient.damagedRecords,
    }
  }

  async close(): Promise<void> {
    if (this.failure?.kind === 'closed') return
    await this.queue.idle()
    this.failure = new StoreError('closed', `the store of ${this.network} is closed: open it again`)
    this.database.close()
  }

  private lose(error: StoreError): void {
    if (this.failure !== undefined) return
    this.failure = error
    this.options.onEvent?.({ kind: 'read-only', error })
  }

  private report(event: StoreEvent): void {
    // Told once, when it happened.
    if (event.kind === 'read-failed' && this.failure !== undefined) return
    if (event.kind === 'read-failed' && endsWriting(event.error)) this.lose(event.error)
    else this.options.onEvent?.(event)
  }

  /** A repair that does not land is made again when the damage is met again. */
  private repair(write: Write, bytes: number): void {
    if (this.failure === undefined) this.queue.add(write, bytes).catch(() => undefined)
  }

  /** A read that fails after the database was lost fails with the reason of the loss. */
  private async whileUsable<T>(read: Promise<T>): Promise<T> {
    try {
      return await read
    } catch (error) {
      if (error instanceof StoreError && endsWriting(error)) this.lose(error)
      throw this.failure ?? error
    }
  }

  private async putContents(contents: readonly Content[], kind: ContentKind): Promise<void> {
    checkContents(contents, kind)
    await this.write({ ...NOTHING, contents: contents.map((content) => kinded(content, kind)) })
  }

  private header(rlp: Uint8Array): KindedContent {
    checkHeader(rlp)
    return { hash: asHash(this.options.keccak(rlp)), bytes: rlp, kind: 'header' }
  }

  private async write(write: Write): Promise<void> {
    if (this.failure !== undefined) throw this.failure
    const bytes = sizeOf(write)
    if (bytes > this.maxBytes * LARGEST_SHARE) {
      throw new StoreError(
        'too-large',
        `a put of ${bytes} bytes into a store of at most ${this.maxBytes}: put less at once, or open it with more`,
      )
    }
    await this.queue.add(write, bytes)
  }

  private async commit(writes: readonly Write[]): Promise<void> {
    if (this.failure !== undefined) throw this.failure
    const incoming = writes.reduce((sum, write) => sum + sizeOf(write), 0)
    const blocks = writes.flatMap((write) => write.blocks)
    const excess = this.excess(incoming)
    const { pages, rescued, dropped } = excess === 0 ? NO_EVICTION : await this.makeRoom(excess, blocks)
    const staged = [
      this.contents.stage([...rescued, ...writes.flatMap(({ contents }) => contents)], pages),
      this.blocks.stage(blocks, dropped),
      this.lightClient.stage(writes.flatMap(({ lightClient }) => lightClient)),
    ]
    // Repairs first: a page they take away may be one whose number a put takes.
    const repairs = writes.flatMap((write) => write.repairs.flatMap((stage) => stage()))
    const marks = writes
      .flatMap((write) => write.marks)
      .map((bytes): Change => ({
        kind: 'put',
        table: 'import-marks',
        key: MARKS,
        record: sealRecord(bytes, this.checksum),
      }))
    const changes = [...repairs, ...marks, ...staged.flatMap((part) => part.changes)]
    if (changes.length === 0) return
    try {
      await this.database.write(changes)
    } catch (error) {
      if (error instanceof StoreError && endsWriting(error)) this.lose(error)
      throw error
    }
    for (const part of staged) part.commit()
  }

  /**
   * Chooses the pages to go: the oldest, as far as they hold what no listed block needs; what is needed of them moves on to
   * the newest. Reads every listed block's record, which 64 MiB of new contents (an eighth of the default) pay for once.
   */
  private async makeRoom(excess: number, incoming: readonly EncodedBlock[]): Promise<Eviction> {
    const { contents, blocks, options } = this
    const pinned = new PinnedContents()
    const locate = (hash: Hash) => contents.locate(hash)
    for (const { hash, record } of incoming) {
      const block = decodeBlock(record, hash, options.network, options.keccak)
      if (block !== undefined) pinned.add(contentsOf(block), locate)
    }
    const dropped: Hash[] = []
    for await (const { hash, contents: needed } of blocks.needs()) {
      // The older ones follow: a chain with a hole in it is of no use.
      if (dropped.length > 0 || !pinned.add(needed, locate, this.maxBytes * PINNED_SHARE)) dropped.push(hash)
    }
    const pages = contents.oldest(excess, pinned)
    return { pages, rescued: await contents.rescue(pages, pinned), dropped }
  }

  /** Bytes of pages to remove before `incoming` more are written. Counts what may turn out to be there already. */
  private excess(incoming: number): number {
    const { bytes } = this.stats()
    return bytes + incoming <= this.maxBytes ? 0 : bytes + incoming - this.maxBytes * KEEP_AFTER_EVICTION
  }

  private assertNotClosed(): void {
    if (this.failure?.kind === 'closed') throw this.failure
  }
}

function kinded({ hash, bytes }: Content, kind: ContentKind): KindedContent {
  return { hash, bytes, kind }
}

function sizeOf({ contents, blocks, lightClient, marks }: Write): number {
  let sum = 0
  for (const { bytes } of contents) sum += bytes.length
  for (const { record, summary } of blocks) sum += record.length + summary.length
  for (const bytes of marks) sum += bytes.length
  for (const write of lightClient) sum += lightClientSize(write)
  return sum
}

function lightClientSize(write: LightClientWrite): number {
  switch (write.kind) {
    case 'bootstrap':
      return write.bootstrap.ssz.length
    case 'update':
      return write.update.ssz.length
    case 'heads':
      return (write.heads.finality?.ssz.length ?? 0) + write.heads.optimistic.ssz.length
    case 'conflict':
      return write.conflict.known.ssz.length + write.conflict.other.ssz.length
    case 'delete-from':
      return 0
  }
}
