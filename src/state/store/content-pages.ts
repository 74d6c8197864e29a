/**
 * Nodes, codes and headers in pages, over a database of records.
 *
 * Always: the index, the page lengths and the counts are those of the last committed write; what a write would change
 * is staged beside them and installed when its transaction is through. Pages are only ever appended to, so a location
 * stays right for as long as its page lives. Every content is hashed when it is read (2.7 µs for a node, 14 ms for the
 * 5,347 of a large mainnet block): the index and the pages then need no trust at all, neither in the disk nor in the
 * other scripts of the origin, and a damaged entry is dropped so that the next put stores it again.
 */
import { equalsBytes } from '@ethereumjs/util'
import type { Hash } from '../../chain/bytes.ts'
import { HashIndex, type Location } from './hash-index.ts'
import { PAGE_BYTES, READ_AHEAD_BYTES, SEAL_BYTES } from './limits.ts'
import type { PinnedContents } from './pinned-contents.ts'
import { PageCache } from './page-cache.ts'
import { type ContentKind, type Page, PageWriter, PREFIX_LENGTH, readTable, withoutRows } from './page.ts'
import type { Change } from './record-database.ts'
import type { Content } from './store.ts'
import { StoreError } from './store-error.ts'
import { openRecord, sealRecord } from './stored-record.ts'
import type { Staged, Surroundings } from './surroundings.ts'

export interface KindedContent extends Content {
  readonly kind: ContentKind
}

export interface ContentPagesOptions extends Surroundings {
  /** Pages kept in memory. */
  readonly cacheBytes: number
}

const KINDS: readonly ContentKind[] = ['node', 'code', 'header']

/** Tables read at once when opening: 64 pages of 780 rows are 600 kB. */
const TABLES_AT_ONCE = 64

export class ContentPages {
  readonly counts: Record<ContentKind, number> = { node: 0, code: 0, header: 0 }
  evictedPages = 0
  damagedPages = 0
  damagedContents = 0
  readonly reads = { memory: 0, disk: 0, missing: 0 }
  /** In all pages. */
  bytes = 0

  private readonly index = new HashIndex()
  /** Length by page id, ascending. */
  private readonly pages = new Map<number, number>()
  private readonly cache: PageCache
  private nextId = 1
  /** The last page, while it has room. */
  private open: Page | undefined

  private constructor(private readonly options: ContentPagesOptions) {
    this.cache = new PageCache(options.cacheBytes)
  }

  /** Reads the page tables; pages without a good one are removed. @throws {StoreError} when the database fails */
  static async load(options: ContentPagesOptions): Promise<ContentPages> {
    const contents = new ContentPages(options)
    const ids = new Set(await options.database.keys('pages'))
    for (let from = 0; ;) {
      const tables = await options.database.scan('page-tables', from, TABLES_AT_ONCE)
      if (tables.length === 0) break
      for (const { key, record } of tables) {
        if (ids.delete(key)) contents.adopt(key, record)
        else contents.discard(key, 0)
      }
      from = tables.at(-1)!.key + 1
    }
    for (const orphan of ids) contents.discard(orphan, 0)
    await contents.reopenLastPage()
    return contents
  }

  get pageCount(): number {
    return this.pages.size
  }

  /** Bytes with these hashes, copied; `undefined` for what is not there, cannot be read or is not what it should be. */
  async read(hashes: readonly Hash[]): Promise<(Uint8Array | undefined)[]> {
    const found = await this.find(hashes, this.reads)
    for (const bytes of found) if (bytes === undefined) this.reads.missing++
    return found
  }

  private async find(
    hashes: readonly Hash[],
    counts: { memory: number; disk: number },
  ): Promise<(Uint8Array | undefined)[]> {
    const found: (Uint8Array | undefined)[] = hashes.map(() => undefined)
    const away = new Map<number, number[]>()
    hashes.forEach((hash, at) => {
      const location = this.index.find(hash)
      if (location === undefined) return
      const page = this.inMemory(location.page)
      if (page !== undefined) {
        found[at] = this.take(hash, location, page)
        if (found[at] !== undefined) counts.memory++
      } else if (!away.get(location.page)?.push(at)) away.set(location.page, [at])
    })
    for (const ids of this.inParts([...away.keys()])) {
      const pages = await this.fetch(ids)
      ids.forEach((id, nth) => {
        const page = pages[nth]
        if (page === undefined) return
        for (const at of away.get(id)!) {
          const location = this.index.find(hashes[at]!)
          if (location?.page === id) found[at] = this.take(hashes[at]!, location, page)
          if (found[at] !== undefined) counts.disk++
        }
      })
    }
    return found
  }

  /** Where a content lies; undefined where there is none. */
  locate(hash: Hash): Location | undefined {
    return this.index.find(hash)
  }

  /** Oldest pages which hold at least `bytes` in sum beside what is `pinned` in them, or all there are. */
  oldest(bytes: number, pinned: PinnedContents): Set<number> {
    const oldest = new Set<number>()
    let sum = 0
    for (const [id, length] of this.pages) {
      if (sum >= bytes) break
      oldest.add(id)
      sum += length - pinned.bytesIn(id)
    }
    return oldest
  }

  /** What is pinned in these pages, to be laid into others. Does not count as read. */
  async rescue(pages: ReadonlySet<number>, pinned: PinnedContents): Promise<KindedContent[]> {
    const hashes = [...pages].flatMap((id) => pinned.hashesIn(id))
    const kinds = hashes.map((hash) => KINDS[this.index.find(hash)?.tag ?? 0]!)
    const found = await this.find(hashes, { memory: 0, disk: 0 })
    return found.flatMap((bytes, at) => (bytes === undefined ? [] : [{ hash: hashes[at]!, bytes, kind: kinds[at]! }]))
  }

  /** Lays `contents` that are new into pages and takes `evicted` pages away; what lies there counts as new. */
  stage(contents: readonly KindedContent[], evicted: ReadonlySet<number>): Staged {
    const { checksum } = this.options
    const placed = new HashIndex()
    const moves: { hash: Hash; location: Location }[] = []
    const open = this.open !== undefined && !evicted.has(this.open.id) ? this.open : undefined
    const writer = new PageWriter(open, this.nextId, PAGE_BYTES)
    for (const { hash, bytes, kind } of contents) {
      const known = this.index.find(hash)
      if ((known !== undefined && !evicted.has(known.page)) || placed.find(hash) !== undefined) continue
      const location = { ...writer.append(hash, bytes, kind), length: bytes.length, tag: KINDS.indexOf(kind) }
      placed.set(hash, location)
      moves.push({ hash, location })
    }
    const pages = moves.length === 0 ? [] : writer.finish()
    const changes: Change[] = []
    for (const { id, bytes, table } of pages) {
      changes.push({ kind: 'put', table: 'pages', key: id, record: sealRecord(bytes, checksum) })
      changes.push({ kind: 'put', table: 'page-tables', key: id, record: sealRecord(table, checksum) })
    }
    for (const id of evicted) changes.push(...removal(id))
    return { changes, commit: () => this.install(pages, moves, evicted) }
  }

  private install(
    pages: readonly Page[],
    moves: readonly { hash: Hash; location: Location }[],
    evicted: ReadonlySet<number>,
  ) {
    if (evicted.size > 0) this.forget(evicted)
    this.evictedPages += evicted.size
    for (const { id, bytes } of pages) {
      this.bytes += bytes.length - (this.pages.get(id) ?? 0)
      this.pages.set(id, bytes.length)
      this.cache.set(id, bytes)
      this.nextId = Math.max(this.nextId, id + 1)
    }
    const last = pages.at(-1)
    if (last !== undefined) this.open = last.bytes.length < SEAL_BYTES ? last : undefined
    for (const { hash, location } of moves) {
      this.index.set(hash, location)
      this.count(location, 1)
    }
  }

  private take(hash: Hash, { offset, length }: Location, page: Uint8Array): Uint8Array | undefined {
    const bytes = page.slice(offset, offset + length)
    if (equalsBytes(this.options.keccak(bytes), hash)) return bytes
    const location = this.index.delete(hash)
    if (location !== undefined) this.lose([location])
    return undefined
  }

  private inMemory(id: number): Uint8Array | undefined {
    return this.cache.get(id) ?? (this.open?.id === id ? this.open.bytes : undefined)
  }

  private async fetch(ids: readonly number[]): Promise<(Uint8Array | undefined)[]> {
    let records: unknown[]
    try {
      records = await this.options.database.read('pages', ids)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      this.options.report({ kind: 'read-failed', error })
      return ids.map(() => undefined)
    }
    return Promise.all(ids.map((id, at) => this.admit(id, records[at])))
  }

  private async admit(id: number, record: unknown): Promise<Uint8Array | undefined> {
    const opened = openRecord(record, this.options.checksum)
    const length = this.pages.get(id)
    if (length === undefined) return undefined
    if (opened.kind === 'missing') {
      this.discard(id, this.forget(new Set([id])))
      return undefined
    }
    if (opened.kind === 'damaged') await this.salvage(id, opened.bytes)
    // A write may have lengthened the page meanwhile: then this is an old version, good for this read only.
    if (opened.bytes.length === this.pages.get(id)) this.cache.set(id, opened.bytes)
    return opened.bytes
  }

  /** Hashes every content of a damaged page and drops the bad ones, in the index and, with the next write, in the database. */
  private async salvage(id: number, page: Uint8Array): Promise<void> {
    const { database, keccak, checksum, report, repair } = this.options
    const records = await database.read('page-tables', [id]).catch(() => undefined)
    // Without its table, or evicted meanwhile: every content is still hashed when it is taken.
    if (records === undefined || !this.pages.has(id)) return
    const opened = openRecord(records[0], checksum)
    const rows = opened.kind === 'intact' ? readTable(opened.bytes)?.rows : undefined
    if (opened.kind !== 'intact' || rows === undefined) {
      this.discard(id, this.forget(new Set([id])))
      return
    }
    const bad = rows.filter(({ prefixAt, offset, length }) => {
      const hash = keccak(page.subarray(offset, offset + length))
      const prefix = opened.bytes.subarray(prefixAt, prefixAt + PREFIX_LENGTH)
      return !equalsBytes(hash.subarray(0, PREFIX_LENGTH), prefix)
    })
    for (const { prefixAt, offset } of bad) {
      const location = this.index.find(opened.bytes, prefixAt)
      if (location?.page !== id || location.offset !== offset) continue
      this.index.delete(opened.bytes, prefixAt)
      this.lose([location])
    }
    this.damagedPages++
    report({ kind: 'damaged-page', page: id, lost: bad.length, kept: rows.length - bad.length })
    const table = withoutRows(opened.bytes, new Set(bad.map(({ offset }) => offset)))
    const repaired: Change[] = [
      { kind: 'put', table: 'pages', key: id, record: sealRecord(page, checksum) },
      { kind: 'put', table: 'page-tables', key: id, record: sealRecord(table, checksum) },
    ]
    repair(() => (this.pages.get(id) === page.length ? repaired : []), page.length)
  }

  private adopt(id: number, record: unknown): void {
    const opened = openRecord(record, this.options.checksum)
    const table = opened.kind === 'intact' ? readTable(opened.bytes) : undefined
    if (opened.kind !== 'intact' || table === undefined || id < 1 || id >= 0xffffffff) {
      this.discard(id, 0)
      return
    }
    for (const { prefixAt, kind, offset, length } of table.rows) {
      const location = { page: id, offset, length, tag: KINDS.indexOf(kind) }
      // Of two that are the same the later one counts: it was stored because the earlier was found to be bad.
      if (this.index.set(opened.bytes, location, prefixAt)) this.count(location, 1)
    }
    this.pages.set(id, table.pageLength)
    this.bytes += table.pageLength
    this.nextId = id + 1
  }

  /** So that short visits fill one page instead of leaving one each. */
  private async reopenLastPage(): Promise<void> {
    const id = this.nextId - 1
    const length = this.pages.get(id)
    if (length === undefined || length >= SEAL_BYTES) return
    const { database, checksum } = this.options
    const [pages, tables] = await Promise.all([database.read('pages', [id]), database.read('page-tables', [id])])
    const page = openRecord(pages[0], checksum)
    const table = openRecord(tables[0], checksum)
    if (page.kind !== 'intact' || table.kind !== 'intact' || page.bytes.length !== length) return
    this.open = { id, bytes: page.bytes, table: table.bytes }
  }

  /** Takes a page out that has no use any more; `lost` contents went with it. */
  private discard(id: number, lost: number): void {
    this.damagedPages++
    this.damagedContents += lost
    this.options.report({ kind: 'damaged-page', page: id, lost, kept: 0 })
    this.options.repair(() => (this.pages.has(id) ? [] : removal(id)), 0)
  }

  private forget(ids: ReadonlySet<number>): number {
    const locations = this.index.deletePages(ids)
    for (const location of locations) this.count(location, -1)
    for (const id of ids) {
      this.bytes -= this.pages.get(id) ?? 0
      this.pages.delete(id)
      this.cache.delete(id)
      if (this.open?.id === id) this.open = undefined
    }
    return locations.length
  }

  private lose(locations: readonly Location[]): void {
    this.damagedContents += locations.length
    for (const location of locations) this.count(location, -1)
  }

  private count({ tag }: Location, change: 1 | -1): void {
    const kind = KINDS[tag]
    if (kind !== undefined) this.counts[kind] += change
  }

  private inParts(ids: readonly number[]): number[][] {
    const parts: number[][] = []
    let bytes = Infinity
    for (const id of ids.toSorted((a, b) => a - b)) {
      const length = this.pages.get(id) ?? 0
      if (bytes + length > READ_AHEAD_BYTES) {
        parts.push([])
        bytes = 0
      }
      parts.at(-1)!.push(id)
      bytes += length
    }
    return parts
  }
}

function removal(id: number): Change[] {
  return [
    { kind: 'delete', table: 'pages', key: id },
    { kind: 'delete', table: 'page-tables', key: id },
  ]
}
