/**
 * What users of the store want to remember and the store does not read: one record to a table, over a database of records.
 *
 * Always: the lengths are those of the last committed write; what is given back passed its checksum and is no larger than
 * what may be put.
 */
import type { Checksum } from './checksum.ts'
import { MAX_ACCESS_PATTERNS_BYTES, MAX_MARKS_BYTES } from './limits.ts'
import type { Change } from './record-database.ts'
import { openRecord, sealRecord } from './stored-record.ts'
import type { Staged, Surroundings } from './surroundings.ts'

const MOST_BYTES = { 'import-marks': MAX_MARKS_BYTES, 'access-patterns': MAX_ACCESS_PATTERNS_BYTES } as const

export type OpaqueTable = keyof typeof MOST_BYTES

export interface OpaqueWrite {
  readonly table: OpaqueTable
  readonly bytes: Uint8Array
}

const TABLES = Object.keys(MOST_BYTES) as OpaqueTable[]
const WHAT = { 'import-marks': 'what importing remembers', 'access-patterns': 'the patterns of access' } as const
const KEY = 0

export class OpaqueRecords {
  damagedRecords = 0

  private lengths = new Map<OpaqueTable, number>()

  private constructor(private readonly options: Surroundings) {}

  /** Reads each record once for its length. @throws {StoreError} when the database fails */
  static async load(options: Surroundings): Promise<OpaqueRecords> {
    const records = new OpaqueRecords(options)
    for (const table of TABLES) {
      const [record] = await options.database.read(table, [KEY])
      records.lengths.set(table, lengthOf(record, options.checksum))
    }
    return records
  }

  get bytes(): number {
    return [...this.lengths.values()].reduce((sum, length) => sum + length, 0)
  }

  /** `undefined` also for one that is damaged, which is reported. @throws {StoreError} when the database fails */
  async read(table: OpaqueTable): Promise<Uint8Array | undefined> {
    const { database, checksum, report } = this.options
    const [record] = await database.read(table, [KEY])
    if (record === undefined) return undefined
    const opened = openRecord(record, checksum)
    if (opened.kind === 'intact' && opened.bytes.length <= MOST_BYTES[table]) return opened.bytes.slice()
    this.damagedRecords++
    report({ kind: 'damaged-record', what: WHAT[table] })
    return undefined
  }

  /** The last write to a table counts. */
  stage(writes: readonly OpaqueWrite[]): Staged {
    const lengths = new Map(this.lengths)
    const changes = writes.map(({ table, bytes }): Change => {
      lengths.set(table, bytes.length)
      return { kind: 'put', table, key: KEY, record: sealRecord(bytes, this.options.checksum) }
    })
    return {
      changes,
      commit: () => {
        this.lengths = lengths
      },
    }
  }
}

function lengthOf(record: unknown, checksum: Checksum): number {
  const opened = openRecord(record, checksum)
  return opened.kind === 'missing' ? 0 : opened.bytes.length
}
