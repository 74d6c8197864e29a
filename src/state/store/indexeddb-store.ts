/** The store in the browser: one IndexedDB database per network. Hold the network's Web Lock before opening it. */
import { databaseName } from './database-name.ts'
import { checkStoreOptions } from './input.ts'
import { type IndexedDbOptions, openIndexedDb } from './indexeddb-database.ts'
import { DEFAULT_MAX_BYTES, OPEN_TIMEOUT_MS } from './limits.ts'
import { PagedStore } from './paged-store.ts'
import { type StorageLike, withinQuota } from './quota.ts'
import type { Store, StoreOptions } from './store.ts'

export interface IndexedDbStoreOptions
  extends StoreOptions, Pick<IndexedDbOptions, 'openTimeoutMs' | 'transactionTimeoutMs'> {
  /** Where the origin's quota is asked for; default `navigator.storage`. `maxBytes` is at most half of the quota. */
  readonly storage?: StorageLike
}

/**
 * Opens the database `beamtab-<network>`, or creates it.
 *
 * @throws {StoreError} invalid-input; newer-schema, blocked or unavailable when it cannot be opened, quota when there is
 *   no room even for an empty one. `unavailable` is what private windows and blocked site data look like: use a memory
 *   store then.
 */
export async function openIndexedDbStore(options: IndexedDbStoreOptions): Promise<Store> {
  checkStoreOptions(options)
  const database = await openIndexedDb({
    ...options,
    name: databaseName(options.network),
    onReplaced: (reason) => options.onEvent?.({ kind: 'started-empty', reason }),
  })
  const { maxBytes = DEFAULT_MAX_BYTES, openTimeoutMs = OPEN_TIMEOUT_MS } = options
  const storage = options.storage ?? (globalThis.navigator as { storage?: StorageLike } | undefined)?.storage
  return PagedStore.open(database, { ...options, maxBytes: await withinQuota(maxBytes, storage, openTimeoutMs) })
}
