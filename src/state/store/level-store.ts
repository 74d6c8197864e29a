/** The store over LevelDB: pages and records as in the browser, in a directory. */
import { checkStoreOptions } from './input.ts'
import { type Level, openLevelDatabase } from './level-database.ts'
import { PagedStore } from './paged-store.ts'
import type { Store, StoreOptions } from './store.ts'

/**
 * @param level not open yet; closed with the store. One directory holds one network: another network's is emptied, and said.
 * @param name of the database, for messages
 * @throws {StoreError} invalid-input; blocked, newer-schema or unavailable when it cannot be opened
 */
export async function openLevelStore(level: Level, options: StoreOptions, name = options.network): Promise<Store> {
  checkStoreOptions(options)
  return PagedStore.open(await openLevelDatabase(level, name), options)
}
