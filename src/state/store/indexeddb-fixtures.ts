/** IndexedDB stores for tests, and ways to spoil what they wrote. Needs `fake-indexeddb/auto`, or a browser. */
import { openDB } from 'idb'
import { loadKeccak } from '../../chain/keccak.ts'
import { databaseName } from './database-name.ts'
import { openIndexedDbStore } from './indexeddb-store.ts'
import type { StoredRecord, Table } from './record-database.ts'
import type { Store, StoreEvent } from './store.ts'

let networks = 0

export interface Setting {
  readonly network: string
  /** Whatever the network's stores reported. */
  readonly events: StoreEvent[]
  readonly open: () => Promise<Store>
}

/** A network with a database of its own. */
export function setting(): Setting {
  const network = `indexeddb-${networks++}`
  const events: StoreEvent[] = []
  return {
    network,
    events,
    open: async () =>
      openIndexedDbStore({ network, keccak: await loadKeccak(), onEvent: (event) => events.push(event) }),
  }
}

/** What another script of the origin, or a bad disk, can do to a closed store. */
export async function tamper(
  network: string,
  table: Table,
  change: (records: Map<number, StoredRecord>) => void,
): Promise<void> {
  const database = await openDB(databaseName(network))
  const keys = await database.getAllKeys(table)
  const values = (await database.getAll(table)) as StoredRecord[]
  const records = new Map(keys.map((key, at) => [Number(key), values[at]!]))
  change(records)
  const transaction = database.transaction(table, 'readwrite')
  void transaction.store.clear()
  for (const [key, record] of records) void transaction.store.put(record, key)
  await transaction.done
  database.close()
}
