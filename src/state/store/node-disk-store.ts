/** The store in a directory, for Node: LevelDB holds the pages and records that a browser has in IndexedDB. */
import { ClassicLevel } from 'classic-level'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../chain/thrown.ts'
import { databaseName } from './database-name.ts'
import { checkStoreOptions } from './input.ts'
import { openLevelStore } from './level-store.ts'
import type { Store, StoreOptions } from './store.ts'
import { StoreError } from './store-error.ts'

/**
 * Opens the network's database below the directory, or creates both: one directory serves all networks. A damaged database
 * is repaired once, which keeps what is whole, and reported.
 *
 * @throws {StoreError} invalid-input; blocked where another process has it open, newer-schema, or unavailable where the
 *   directory cannot be used or the database not be repaired
 */
export async function openDiskStore(directory: string, options: StoreOptions): Promise<Store> {
  checkStoreOptions(options)
  const path = join(directory, databaseName(options.network))
  try {
    await mkdir(path, { recursive: true })
  } catch (cause) {
    const message = `the directory ${path} cannot be used (${messageOf(cause)}): name another`
    throw new StoreError('unavailable', message, { cause })
  }
  try {
    return await open(path, options)
  } catch (error) {
    if (!isDamage(error)) throw error
    return openRepaired(path, options, error)
  }
}

const open = (path: string, options: StoreOptions): Promise<Store> =>
  openLevelStore(new ClassicLevel<string, Uint8Array>(path, { valueEncoding: 'view' }), options, path)

async function openRepaired(path: string, options: StoreOptions, damage: StoreError): Promise<Store> {
  try {
    await ClassicLevel.repair(path)
    const store = await open(path, options)
    options.onEvent?.({ kind: 'repaired', reason: `${damage.message}. What was damaged will be fetched again` })
    return store
  } catch (cause) {
    const message = `the database ${path} is damaged beyond repair (${messageOf(cause)}): delete it, or name another`
    throw new StoreError('unavailable', message, { cause })
  }
}

/** LevelDB says `corruption` of bytes that are wrong, and `IO error` of files that are gone or too short. */
function isDamage(error: unknown): error is StoreError {
  return error instanceof StoreError && ['unavailable', 'read-failed'].includes(error.kind)
}
