/** The one record of the import's marks, sealed with a checksum: a damaged one is as good as none. */
import type { Checksum } from './checksum.ts'
import type { Change, RecordDatabase } from './record-database.ts'
import { openRecord, sealRecord } from './stored-record.ts'

const TABLE = 'import-marks'
const KEY = 0

/** @throws {StoreError} when the database fails */
export async function readImportMarks(database: RecordDatabase, checksum: Checksum): Promise<Uint8Array | undefined> {
  const [record] = await database.read(TABLE, [KEY])
  const opened = openRecord(record, checksum)
  return opened.kind === 'intact' ? opened.bytes.slice() : undefined
}

export function stageImportMarks(marks: Uint8Array, checksum: Checksum): Change {
  return { kind: 'put', table: TABLE, key: KEY, record: sealRecord(marks, checksum) }
}
