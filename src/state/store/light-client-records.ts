/**
 * The bootstrap, the updates by period, the heads and the conflict, over a database of records.
 *
 * Always: the periods and lengths are those of the last committed write; at most 1,024 updates of `maxBytes`
 * together, of which the lowest periods go first; what is kept beside a bootstrap was put after it.
 */
import type { Checksum } from './checksum.ts'
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
import { MAX_UPDATES } from './limits.ts'
import type { Change } from './record-database.ts'
import type { UnverifiedBootstrap, UnverifiedConflict, UnverifiedHeads, UnverifiedUpdate } from './store.ts'
import { openRecord, sealRecord } from './stored-record.ts'
import type { Staged, Surroundings } from './surroundings.ts'

export type LightClientWrite =
  | { readonly kind: 'bootstrap'; readonly bootstrap: UnverifiedBootstrap }
  | { readonly kind: 'update'; readonly update: UnverifiedUpdate }
  | { readonly kind: 'delete-from'; readonly period: number }
  | { readonly kind: 'heads'; readonly heads: UnverifiedHeads }
  | { readonly kind: 'conflict'; readonly conflict: UnverifiedConflict }

export interface LightClientRecordsOptions extends Surroundings {
  /** Of all updates. */
  readonly maxBytes: number
}

/** Tables of one record, and its key. */
const SINGLE_TABLES = ['bootstrap', 'heads', 'conflict'] as const
type SingleTable = (typeof SINGLE_TABLES)[number]
export const SINGLE = 0

/** Updates read in one go: 32 of 25 kB are 800 kB. */
const UPDATES_AT_ONCE = 32

export class LightClientRecords {
  damagedRecords = 0

  /** Record length by period. */
  private lengths = new Map<number, number>()
  private singleLengths = new Map<SingleTable, number>()

  private constructor(private readonly options: LightClientRecordsOptions) {}

  /** Reads every record once for its length: 60 periods are 1.5 MB. @throws {StoreError} when the database fails */
  static async load(options: LightClientRecordsOptions): Promise<LightClientRecords> {
    const records = new LightClientRecords(options)
    for (const table of SINGLE_TABLES) {
      const [record] = await options.database.read(table, [SINGLE])
      records.singleLengths.set(table, lengthOf(record, options.checksum))
    }
    for await (const { key, record } of records.scan()) records.lengths.set(key, lengthOf(record, options.checksum))
    return records
  }

  get count(): number {
    return this.lengths.size
  }

  get bytes(): number {
    return sum(this.lengths.values()) + sum(this.singleLengths.values())
  }

  /** @throws {StoreError} when the database fails */
  bootstrap(): Promise<UnverifiedBootstrap | undefined> {
    return this.single('bootstrap', 'the light-client bootstrap', decodeBootstrap)
  }

  /** @throws {StoreError} when the database fails */
  heads(): Promise<UnverifiedHeads | undefined> {
    return this.single('heads', 'the heads of the light client', decodeHeads)
  }

  /** @throws {StoreError} when the database fails */
  conflict(): Promise<UnverifiedConflict | undefined> {
    return this.single('conflict', 'the evidence of conflicting committees', decodeConflict)
  }

  /** Ascending; a damaged one is left out. @throws {StoreError} when the database fails */
  async *updates(): AsyncGenerator<UnverifiedUpdate, void, undefined> {
    for await (const { key, record } of this.scan()) {
      const opened = openRecord(record, this.options.checksum)
      const update = opened.kind === 'intact' ? decodeUpdate(opened.bytes, key) : undefined
      if (update === undefined) this.damaged(`the light-client update of period ${key}`)
      else yield update
    }
  }

  stage(writes: readonly LightClientWrite[]): Staged {
    const lengths = new Map(this.lengths)
    const singleLengths = new Map(this.singleLengths)
    const changes: Change[] = []
    const remove = (period: number) => {
      lengths.delete(period)
      changes.push({ kind: 'delete', table: 'updates', key: period })
    }
    const put = (table: SingleTable, bytes: Uint8Array) => {
      changes.push({ kind: 'put', table, key: SINGLE, record: sealRecord(bytes, this.options.checksum) })
      singleLengths.set(table, bytes.length)
    }
    for (const write of writes) {
      switch (write.kind) {
        case 'bootstrap':
          lengths.clear()
          singleLengths.clear()
          for (const table of ['updates', 'heads', 'conflict'] as const) changes.push({ kind: 'clear', table })
          put('bootstrap', encodeBootstrap(write.bootstrap))
          break
        case 'heads':
          put('heads', encodeHeads(write.heads))
          break
        case 'conflict':
          put('conflict', encodeConflict(write.conflict))
          break
        case 'update': {
          const { period } = write.update
          const record = sealRecord(encodeUpdate(write.update), this.options.checksum)
          changes.push({ kind: 'put', table: 'updates', key: period, record })
          lengths.set(period, record.bytes.length)
          break
        }
        case 'delete-from':
          for (const period of lengths.keys()) if (period >= write.period) remove(period)
      }
    }
    while (lengths.size > MAX_UPDATES || (lengths.size > 1 && sum(lengths.values()) > this.options.maxBytes)) {
      remove(Math.min(...lengths.keys()))
    }
    return {
      changes,
      commit: () => {
        this.lengths = lengths
        this.singleLengths = singleLengths
      },
    }
  }

  private async single<Decoded>(
    table: SingleTable,
    what: string,
    decode: (bytes: Uint8Array) => Decoded | undefined,
  ): Promise<Decoded | undefined> {
    const [record] = await this.options.database.read(table, [SINGLE])
    if (record === undefined) return undefined
    const opened = openRecord(record, this.options.checksum)
    const value = opened.kind === 'intact' ? decode(opened.bytes) : undefined
    if (value === undefined) this.damaged(what)
    return value
  }

  private async *scan(): AsyncGenerator<{ key: number; record: unknown }, void, undefined> {
    for (let from = 0; ;) {
      const records = await this.options.database.scan('updates', from, UPDATES_AT_ONCE)
      if (records.length === 0) return
      yield* records
      from = records.at(-1)!.key + 1
    }
  }

  private damaged(what: string): void {
    this.damagedRecords++
    this.options.report({ kind: 'damaged-record', what })
  }
}

function lengthOf(record: unknown, checksum: Checksum): number {
  const opened = openRecord(record, checksum)
  return opened.kind === 'missing' ? 0 : opened.bytes.length
}

function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
