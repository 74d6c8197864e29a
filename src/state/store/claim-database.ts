/** The first look at a database: is it this network's? The meta record says so, and nothing else is believed before. */
import { equalsBytes, utf8ToBytes } from '@ethereumjs/util'
import { type Change, TABLES } from './record-database.ts'
import { openRecord, sealRecord } from './stored-record.ts'
import type { Surroundings } from './surroundings.ts'

/** The key of the one meta record. */
const META = 0

/**
 * Makes sure that the database is this network's: empties one that says otherwise, or whose word is unreadable, and
 * reports that.
 *
 * @throws {StoreError} when the database fails
 */
export async function claimDatabase({ database, network, checksum, report }: Surroundings): Promise<void> {
  const [record] = await database.read('meta', [META])
  const opened = openRecord(record, checksum)
  const name = utf8ToBytes(network)
  if (opened.kind === 'intact' && equalsBytes(opened.bytes, name)) return
  const keys = await Promise.all(TABLES.map((table) => database.keys(table)))
  if (keys.some(({ length }) => length > 0)) {
    const reason = opened.kind === 'intact' ? 'says it belongs to another network' : `has a ${opened.kind} meta record`
    report({
      kind: 'started-empty',
      reason: `the database of ${network} ${reason}; what it held will be fetched again`,
    })
  }
  await database.write([
    ...TABLES.map((table): Change => ({ kind: 'clear', table })),
    { kind: 'put', table: 'meta', key: META, record: sealRecord(name, checksum) },
  ])
}
