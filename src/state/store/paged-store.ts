/**
 * The store over a database of numbered records: contents in pages, everything else a record each. It is the only owner
 * of its database while open (a Web Lock sees to that between tabs); what it holds in memory is therefore what the
 * database holds, and changes only when a transaction is through.
 */
import { asHash, type Hash } from '../../chain/bytes.ts'
import { encodeBlock } from './block-record.ts'
import { loadChecksum } from './checksum.ts'
import { claimDatabase } from './claim-database.ts'
import { ContentPages, type KindedContent } from './content-pages.ts'
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
  checkUpdate,
} from './input.ts'
import { KeptBlocks } from './kept-blocks.ts'
import { LightClientRecords } from './light-client-records.ts'
import { BLOCKS_SHARE, DEFAULT_CACHE_BYTES, DEFAULT_MAX_BYTES, LIGHT_CLIENT_SHARE } from './limits.ts'
import { OpaqueRecords } from './opaque-records.ts'
import type { ContentKind } from './page.ts'
import type { Change, RecordDatabase } from './record-database.ts'
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
import { StoreHealth } from './store-health.ts'
import { StoreWriter, type StoreParts } from './store-writer.ts'
import type { Surroundings } from './surroundings.ts'

export class PagedStore implements Store {
  private readonly writer: StoreWriter

  private constructor(private readonly parts: StoreParts) {
    this.writer = new StoreWriter(parts)
  }

  /**
   * Takes over an open database; closes it when it cannot be used. A database that does not say it is this network's is
   * emptied, which is reported.
   *
   * @throws {StoreError} when the database fails
   */
  static async open(database: RecordDatabase, options: StoreOptions): Promise<PagedStore> {
    const { network, keccak, maxBytes = DEFAULT_MAX_BYTES, cacheBytes = DEFAULT_CACHE_BYTES } = options
    const health = new StoreHealth((event) => options.onEvent?.(event))
    const early: (() => readonly Change[])[] = []
    let store: PagedStore | undefined
    const surroundings: Surroundings = {
      database,
      network,
      keccak,
      checksum: await loadChecksum(),
      report: (event) => (store === undefined ? options.onEvent?.(event) : health.report(event)),
      repair: (stage, bytes) => {
        if (store === undefined) early.push(stage)
        else store.writer.repair(stage, bytes)
      },
    }
    try {
      await claimDatabase(surroundings)
      store = new PagedStore({
        ...surroundings,
        maxBytes,
        health,
        contents: await ContentPages.load({ ...surroundings, cacheBytes }),
        blocks: await KeptBlocks.load({ ...surroundings, maxBytes: maxBytes * BLOCKS_SHARE }),
        lightClient: await LightClientRecords.load({ ...surroundings, maxBytes: maxBytes * LIGHT_CLIENT_SHARE }),
        opaque: await OpaqueRecords.load(surroundings),
      })
      void database.lost.then((error) => health.lose(error))
      for (const stage of early) store.writer.repair(stage, 0)
      return store
    } catch (error) {
      await database.close()
      throw error
    }
  }

  get network(): string {
    return this.parts.network
  }

  async getNodes(hashes: readonly Hash[]): Promise<(Uint8Array | undefined)[]> {
    this.parts.health.assertNotClosed()
    checkHashes(hashes, 'contents')
    return this.parts.contents.read(hashes)
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
    await this.writer.put({ contents: [header] })
    return header.hash
  }

  async putBlock(record: BlockRecord, { nodes, codes, headers = [] }: BlockContents): Promise<void> {
    checkBlockRecord(record, this.network)
    checkContents(nodes, 'node')
    checkContents(codes, 'code')
    const block = encodeBlock(record, this.parts.keccak)
    await this.writer.put({
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
    this.parts.health.assertNotClosed()
    checkHash(hash, 'the block hash')
    return this.parts.health.whileUsable(this.parts.blocks.read(hash))
  }

  async listBlocks(): Promise<BlockSummary[]> {
    this.parts.health.assertNotClosed()
    return this.parts.blocks.list()
  }

  async putImportMarks(marks: Uint8Array): Promise<void> {
    checkImportMarks(marks)
    await this.writer.put({ opaque: [{ table: 'import-marks', bytes: marks }] })
  }

  async importMarks(): Promise<Uint8Array | undefined> {
    this.parts.health.assertNotClosed()
    return this.parts.health.whileUsable(this.parts.opaque.read('import-marks'))
  }

  async putAccessPatterns(patterns: Uint8Array): Promise<void> {
    checkAccessPatterns(patterns)
    await this.writer.put({ opaque: [{ table: 'access-patterns', bytes: patterns }] })
  }

  async accessPatterns(): Promise<Uint8Array | undefined> {
    this.parts.health.assertNotClosed()
    return this.parts.health.whileUsable(this.parts.opaque.read('access-patterns'))
  }

  async putBootstrap(bootstrap: UnverifiedBootstrap): Promise<void> {
    checkBootstrap(bootstrap)
    await this.writer.put({ lightClient: [{ kind: 'bootstrap', bootstrap }] })
  }

  async bootstrap(): Promise<UnverifiedBootstrap | undefined> {
    this.parts.health.assertNotClosed()
    return this.parts.health.whileUsable(this.parts.lightClient.bootstrap())
  }

  async putUpdate(update: UnverifiedUpdate): Promise<void> {
    checkUpdate(update)
    await this.writer.put({ lightClient: [{ kind: 'update', update }] })
  }

  async *updates(): AsyncGenerator<UnverifiedUpdate, void, undefined> {
    this.parts.health.assertNotClosed()
    const updates = this.parts.lightClient.updates()
    for (
      let next = await this.parts.health.whileUsable(updates.next());
      !next.done;
      next = await this.parts.health.whileUsable(updates.next())
    ) {
      yield next.value
    }
  }

  async deleteUpdatesFrom(period: number): Promise<void> {
    checkPeriod(period)
    await this.writer.put({ lightClient: [{ kind: 'delete-from', period }] })
  }

  async putHeads(heads: UnverifiedHeads): Promise<void> {
    checkHeads(heads)
    await this.writer.put({ lightClient: [{ kind: 'heads', heads }] })
  }

  async heads(): Promise<UnverifiedHeads | undefined> {
    this.parts.health.assertNotClosed()
    return this.parts.health.whileUsable(this.parts.lightClient.heads())
  }

  async putConflict(conflict: UnverifiedConflict): Promise<void> {
    checkConflict(conflict)
    await this.writer.put({ lightClient: [{ kind: 'conflict', conflict }] })
  }

  async conflict(): Promise<UnverifiedConflict | undefined> {
    this.parts.health.assertNotClosed()
    return this.parts.health.whileUsable(this.parts.lightClient.conflict())
  }

  stats(): StoreStats {
    const { contents, blocks, lightClient, opaque, health, maxBytes } = this.parts
    const { counts, pageCount, reads, evictedPages, damagedPages, damagedContents } = contents
    return {
      state: health.failure === undefined ? 'open' : health.isClosed ? 'closed' : 'read-only',
      error: health.failure,
      bytes: this.writer.bytes,
      maxBytes,
      nodes: counts.node,
      codes: counts.code,
      headers: counts.header,
      blocks: blocks.count,
      updates: lightClient.count,
      pages: pageCount,
      reads: { ...reads },
      evictedPages,
      damagedPages,
      damagedContents,
      damagedRecords: blocks.damagedRecords + lightClient.damagedRecords + opaque.damagedRecords,
    }
  }

  async close(): Promise<void> {
    if (this.parts.health.isClosed) return
    await this.writer.idle()
    this.parts.health.close(new StoreError('closed', `the store of ${this.network} is closed: open it again`))
    await this.parts.database.close()
  }

  private async putContents(contents: readonly Content[], kind: ContentKind): Promise<void> {
    checkContents(contents, kind)
    await this.writer.put({ contents: contents.map((content) => kinded(content, kind)) })
  }

  private header(rlp: Uint8Array): KindedContent {
    checkHeader(rlp)
    return { hash: asHash(this.parts.keccak(rlp)), bytes: rlp, kind: 'header' }
  }
}

function kinded({ hash, bytes }: Content, kind: ContentKind): KindedContent {
  return { hash, bytes, kind }
}
