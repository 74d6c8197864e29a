/** What the parts of a paged store share: their surroundings, and how each takes part in a transaction. */
import type { Keccak } from '../../chain/bytes.ts'
import type { Checksum } from './checksum.ts'
import type { Change, RecordDatabase } from './record-database.ts'
import type { StoreEvent } from './store.ts'

export interface Surroundings {
  readonly database: RecordDatabase
  readonly network: string
  readonly keccak: Keccak
  readonly checksum: Checksum
  readonly report: (event: StoreEvent) => void
  /** Takes a repair of about `bytes`, to be staged before the puts of some later transaction, or never. */
  readonly repair: (stage: () => readonly Change[], bytes: number) => void
}

/** What a transaction is to write, and what to do in memory once it is through. Staging alone changes nothing. */
export interface Staged {
  readonly changes: readonly Change[]
  commit(): void
}
