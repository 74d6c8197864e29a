/**
 * What a paged store needs of a database: small tables of numbered records, and writes that land whole or not at all.
 * IndexedDB is one; a file or an embedded database can be another. Records are opaque here.
 */

import type { StoreError } from './store-error.ts'

/** Bytes and their CRC-32. Read records are `unknown`: anything of the origin can have written them. */
export interface StoredRecord {
  readonly checksum: number
  readonly bytes: Uint8Array
}

/**
 * | table | key | bytes |
 * |---|---|---|
 * | meta | 0 | the network's name |
 * | pages | page id | contents, one after the other |
 * | page-tables | page id | what lies where in the page |
 * | blocks | sequence | an encoded block record |
 * | block-summaries | sequence | an encoded summary |
 * | bootstrap | 0 | an encoded bootstrap |
 * | updates | period | an encoded update |
 * | heads | 0 | the newest heads |
 * | conflict | 0 | two updates that cannot both be |
 * | import-marks | 0 | what importing remembers |
 * | access-patterns | 0 | what was learned of accesses |
 */
export const TABLES = [
  'meta',
  'pages',
  'page-tables',
  'blocks',
  'block-summaries',
  'bootstrap',
  'updates',
  'heads',
  'conflict',
  'import-marks',
  'access-patterns',
] as const

export type Table = (typeof TABLES)[number]

/** Layout of the tables and of their records. Raise it with a step in the database's upgrades. */
export const SCHEMA_VERSION = 4

export type Change =
  | { readonly kind: 'put'; readonly table: Table; readonly key: number; readonly record: StoredRecord }
  | { readonly kind: 'delete'; readonly table: Table; readonly key: number }
  | { readonly kind: 'clear'; readonly table: Table }

/** All methods reject with `StoreError` only. Keys are whole numbers from 0. */
export interface RecordDatabase {
  /** Resolves when the database is taken away while open: deleted, wanted by newer code, closed by the browser. */
  readonly lost: Promise<StoreError>
  /** In the order of `keys`; `undefined` where there is no record. */
  read(table: Table, keys: readonly number[]): Promise<unknown[]>
  /** Records from key `from` on, ascending, at most `limit`. */
  scan(table: Table, from: number, limit: number): Promise<{ key: number; record: unknown }[]>
  keys(table: Table): Promise<number[]>
  /** In the order given, all or nothing. */
  write(changes: readonly Change[]): Promise<void>
  /** Resolves when whoever comes next can open it. Never rejects: there is nobody left to tell of a failure. */
  close(): Promise<void>
}
