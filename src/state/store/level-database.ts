/**
 * A database of records over LevelDB, on disk where there is no IndexedDB. Whoever opens it hands in the database: this file
 * runs anywhere and knows only the part of `abstract-level` (2 and later) that it uses; `classic-level` is one.
 *
 * One key per record, `<table>:<16 digits>`, so that a table's records lie together in the order of their keys; the value
 * is the checksum (4 bytes, big-endian) and the record's bytes. A batch is written whole or not at all. It is not forced to
 * the disk: it survives the process, as the transactions of the browser's database do, not the power.
 */
import { messageOf } from '../../chain/thrown.ts'
import { MAX_TABLE_KEYS } from './limits.ts'
import { type Change, type RecordDatabase, SCHEMA_VERSION, type StoredRecord, type Table } from './record-database.ts'
import { StoreError, type StoreErrorKind } from './store-error.ts'

export type LevelOperation =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: string }

export interface LevelRange {
  readonly gte: string
  readonly lt: string
  readonly limit: number
}

/** Keys are UTF-8, values are bytes: `new ClassicLevel<string, Uint8Array>(directory, { valueEncoding: 'view' })`. */
export interface Level {
  open(): Promise<void>
  close(): Promise<void>
  getMany(keys: string[]): Promise<(Uint8Array | undefined)[]>
  batch(operations: LevelOperation[]): Promise<void>
  iterator(range: LevelRange): { all(): Promise<[string, Uint8Array][]> }
  keys(range: LevelRange): { all(): Promise<string[]> }
}

/** Before every table in the order of keys. */
const SCHEMA_KEY = '!schema'
const CHECKSUM_BYTES = 4
/** As many as `Number.MAX_SAFE_INTEGER` has. */
const KEY_DIGITS = 16

/**
 * Opens it and takes it over. @param name of the database, for messages
 * @throws {StoreError} blocked where another process has it, newer-schema, unavailable
 */
export async function openLevelDatabase(level: Level, name: string): Promise<RecordDatabase> {
  try {
    await level.open()
  } catch (cause) {
    if (codes(cause).includes('LEVEL_LOCKED'))
      throw new StoreError('blocked', `another process has the database ${name} open: end it, or name another`, {
        cause,
      })
    throw unavailable(name, cause)
  }
  try {
    const [schema] = await level.getMany([SCHEMA_KEY])
    const version = schema === undefined ? undefined : Number(new TextDecoder().decode(schema))
    if (version !== undefined && !(version <= SCHEMA_VERSION))
      throw new StoreError('newer-schema', `the database ${name} was written by newer code: run that, or name another`)
    const value = new TextEncoder().encode(`${SCHEMA_VERSION}`)
    if (version !== SCHEMA_VERSION) await level.batch([{ type: 'put', key: SCHEMA_KEY, value }])
  } catch (error) {
    await level.close()
    throw error instanceof StoreError ? error : unavailable(name, error)
  }
  return new LevelDatabase(level, name)
}

class LevelDatabase implements RecordDatabase {
  /** Nobody takes a locked directory away; when it goes all the same, every call says so. */
  readonly lost = new Promise<StoreError>(() => undefined)

  constructor(
    private readonly level: Level,
    private readonly name: string,
  ) {}

  read(table: Table, keys: readonly number[]): Promise<unknown[]> {
    return this.named('read-failed', async () => {
      const values = await this.level.getMany(keys.map((key) => keyOf(table, key)))
      return values.map(recordOf)
    })
  }

  scan(table: Table, from: number, limit: number): Promise<{ key: number; record: unknown }[]> {
    return this.named('read-failed', async () => {
      const entries = await this.level.iterator({ ...rangeOf(table, from), limit }).all()
      return entries.map(([key, value]) => ({ key: numberOf(key), record: recordOf(value) }))
    })
  }

  keys(table: Table): Promise<number[]> {
    return this.named('read-failed', async () => (await this.allKeys(table)).map(numberOf))
  }

  write(changes: readonly Change[]): Promise<void> {
    return this.named('write-failed', async () => {
      const operations: LevelOperation[] = []
      for (const change of changes) {
        if (change.kind === 'put') {
          operations.push({ type: 'put', key: keyOf(change.table, change.key), value: valueOf(change.record) })
        } else if (change.kind === 'delete') {
          operations.push({ type: 'del', key: keyOf(change.table, change.key) })
        } else {
          operations.push(...(await this.allKeys(change.table)).map((key): LevelOperation => ({ type: 'del', key })))
        }
      }
      await this.level.batch(operations)
    })
  }

  close(): Promise<void> {
    // What is being read or written comes first.
    return this.level.close().catch(() => undefined)
  }

  private allKeys(table: Table): Promise<string[]> {
    return this.level.keys({ ...rangeOf(table, 0), limit: MAX_TABLE_KEYS }).all()
  }

  private async named<T>(kind: StoreErrorKind, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      throw this.error(kind, cause)
    }
  }

  private error(kind: StoreErrorKind, cause: unknown): StoreError {
    const { name } = this
    if (codes(cause).includes('LEVEL_DATABASE_NOT_OPEN'))
      return new StoreError('lost', `the database ${name} is closed: open it again`, { cause })
    if (NO_SPACE.test(String(cause)))
      return new StoreError('quota', `no room left for the database ${name}: free disk space, then start again`, {
        cause,
      })
    const what = kind === 'read-failed' ? 'a read from' : 'a write to'
    return new StoreError(kind, `${what} the database ${name} failed (${reasonOf(cause)}): try again`, { cause })
  }
}

/** LevelDB passes the system's words on. */
const NO_SPACE = /no space left|disk quota exceeded|ENOSPC|EDQUOT/i

function keyOf(table: Table, key: number): string {
  return `${table}:${String(key).padStart(KEY_DIGITS, '0')}`
}

function numberOf(key: string): number {
  return Number(key.slice(-KEY_DIGITS))
}

/** `;` is the character after `:`. */
function rangeOf(table: Table, from: number): { gte: string; lt: string } {
  return { gte: keyOf(table, from), lt: `${table};` }
}

function valueOf({ checksum, bytes }: StoredRecord): Uint8Array {
  const value = new Uint8Array(CHECKSUM_BYTES + bytes.length)
  new DataView(value.buffer).setUint32(0, checksum)
  value.set(bytes, CHECKSUM_BYTES)
  return value
}

/** Bytes of their own: a `Buffer` of the library's pool would keep all of it. */
function recordOf(value: Uint8Array | undefined): StoredRecord | undefined {
  if (value === undefined || value.length < CHECKSUM_BYTES) return undefined
  const checksum = new DataView(value.buffer, value.byteOffset).getUint32(0)
  return { checksum, bytes: new Uint8Array(value.subarray(CHECKSUM_BYTES)) }
}

/** An error of opening wraps the one that says why. */
function codes(error: unknown): unknown[] {
  if (!(error instanceof Error)) return []
  return ['code' in error ? error.code : undefined, ...codes(error.cause)]
}

function unavailable(name: string, cause: unknown): StoreError {
  return new StoreError('unavailable', `cannot open the database ${name} (${reasonOf(cause)})`, { cause })
}

/** What LevelDB says, below what its wrapper says of it. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause instanceof Error ? reasonOf(error.cause) : messageOf(error)
}
