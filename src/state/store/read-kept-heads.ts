/** What the page shows before anything else is there: the heads as they were kept, read beside the store's owner. */
import { equalsBytes, utf8ToBytes } from '@ethereumjs/util'
import { type IDBPDatabase, openDB } from 'idb'
import { loadChecksum } from './checksum.ts'
import { databaseName } from './database-name.ts'
import { decodeHeads } from './light-client-record.ts'
import { SCHEMA_VERSION, type Table } from './record-database.ts'
import type { HeadSummary } from './store.ts'
import { openRecord } from './stored-record.ts'

/** Never verified, whoever wrote it: good for telling the user what was known, for no answer. */
export interface ResumedHead extends HeadSummary {
  readonly standing: 'resumed'
}

/** Later there is something better to show; and an upgrade that takes so long must not hold the page. */
const READ_LIMIT_MS = 1_000

/** `meta` and `heads` hold one record each. */
const KEY = 0

/**
 * Reads one record and lets go. The database is opened as it is, never created or upgraded, and given up at once to
 * whoever wants to upgrade or delete it; so it may be called on any thread and in any tab, whoever leads.
 * @returns undefined where nothing is kept or nothing can be read, for whatever reason; it never rejects
 */
export async function readKeptHeads(network: string, limitMs = READ_LIMIT_MS): Promise<ResumedHead | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<undefined>((resolve) => (timer = setTimeout(() => resolve(undefined), limitMs)))
  try {
    return await Promise.race([read(network), late])
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

async function read(network: string): Promise<ResumedHead | undefined> {
  const [database, checksum] = await Promise.all([openAsItIs(databaseName(network)), loadChecksum()])
  try {
    // Other schemas may keep it otherwise: older code reads no newer one, and the first had no heads.
    if (database.version !== SCHEMA_VERSION) return undefined
    const tables: Table[] = ['meta', 'heads']
    const transaction = database.transaction(tables, 'readonly')
    const records = await Promise.all(tables.map((table): Promise<unknown> => transaction.objectStore(table).get(KEY)))
    const [meta, heads] = records.map((record) => openRecord(record, checksum))
    if (meta?.kind !== 'intact' || !equalsBytes(meta.bytes, utf8ToBytes(network))) return undefined
    const decoded = heads?.kind === 'intact' ? decodeHeads(heads.bytes) : undefined
    return decoded && { ...decoded.summary, standing: 'resumed' }
  } finally {
    database.close()
  }
}

/** Rejects where there is no such database; none is there afterwards either. */
function openAsItIs(name: string): Promise<IDBPDatabase> {
  return openDB(name, undefined, {
    upgrade(_database, _old, _new, transaction) {
      // Asked for without a version, it is only upgraded when it has just been created.
      transaction.done.catch(() => undefined)
      transaction.abort()
    },
    blocking(_current, _wanted, event) {
      ;(event.target as IDBDatabase).close()
    },
  })
}
