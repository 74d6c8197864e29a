/** Puts into one database, in transactions: as many puts as fit into one, with the room made that they take. */
import type { Keccak } from '../../chain/bytes.ts'
import type { EncodedBlock } from './block-record.ts'
import type { Checksum } from './checksum.ts'
import type { ContentPages } from './content-pages.ts'
import { chooseEviction, NO_EVICTION, type Eviction } from './eviction.ts'
import type { KeptBlocks } from './kept-blocks.ts'
import type { LightClientRecords } from './light-client-records.ts'
import { KEEP_AFTER_EVICTION, LARGEST_SHARE, MAX_TRANSACTION_BYTES } from './limits.ts'
import type { OpaqueRecords } from './opaque-records.ts'
import type { Change, RecordDatabase } from './record-database.ts'
import { StoreError } from './store-error.ts'
import type { StoreHealth } from './store-health.ts'
import { NO_WRITE, sizeOfWrite, type StoreWrite } from './store-write.ts'
import { WriteQueue } from './write-queue.ts'

export interface StoreParts {
  readonly network: string
  readonly keccak: Keccak
  readonly checksum: Checksum
  readonly maxBytes: number
  readonly database: RecordDatabase
  readonly contents: ContentPages
  readonly blocks: KeptBlocks
  readonly lightClient: LightClientRecords
  readonly opaque: OpaqueRecords
  readonly health: StoreHealth
}

/** Always: one transaction at a time; the parts in memory change only when one is through. */
export class StoreWriter {
  readonly #queue: WriteQueue<StoreWrite>

  constructor(private readonly parts: StoreParts) {
    this.#queue = new WriteQueue(
      (writes) => this.#commit(writes),
      Math.min(MAX_TRANSACTION_BYTES, parts.maxBytes * LARGEST_SHARE),
    )
  }

  /** Of all parts, as kept. */
  get bytes(): number {
    const { contents, blocks, lightClient, opaque } = this.parts
    return contents.bytes + blocks.bytes + lightClient.bytes + opaque.bytes
  }

  /** Settles when it is written. @throws {StoreError} */
  async put(parts: Partial<StoreWrite>): Promise<void> {
    const { health, maxBytes } = this.parts
    health.assertUsable()
    const write = { ...NO_WRITE, ...parts }
    const bytes = sizeOfWrite(write)
    if (bytes > maxBytes * LARGEST_SHARE) {
      throw new StoreError(
        'too-large',
        `a put of ${bytes} bytes into a store of at most ${maxBytes}: put less at once, or open it with more`,
      )
    }
    await this.#queue.add(write, bytes)
  }

  /** Of about so many bytes. One that does not land is made again when the damage is met again. */
  repair(stage: () => readonly Change[], bytes: number): void {
    if (this.parts.health.failure !== undefined) return
    this.#queue.add({ ...NO_WRITE, repairs: [stage] }, bytes).catch(() => undefined)
  }

  /** Once nothing waits to be written. */
  idle(): Promise<void> {
    return this.#queue.idle()
  }

  async #commit(writes: readonly StoreWrite[]): Promise<void> {
    const { database, contents, blocks, lightClient, opaque, health } = this.parts
    health.assertUsable()
    const incoming = writes.flatMap((write) => write.blocks)
    const { pages, rescued, dropped } = await this.#makeRoom(writes, incoming)
    const staged = [
      contents.stage([...rescued, ...writes.flatMap((write) => write.contents)], pages),
      blocks.stage(incoming, dropped),
      lightClient.stage(writes.flatMap((write) => write.lightClient)),
      opaque.stage(writes.flatMap((write) => write.opaque)),
    ]
    // Repairs first: a page they take away may be one whose number a put takes.
    const repairs = writes.flatMap((write) => write.repairs.flatMap((stage) => stage()))
    const changes = [...repairs, ...staged.flatMap((part) => part.changes)]
    if (changes.length === 0) return
    await health.writing(database.write(changes))
    for (const part of staged) part.commit()
  }

  /** Counts what may turn out to be there already. */
  async #makeRoom(writes: readonly StoreWrite[], incoming: readonly EncodedBlock[]): Promise<Eviction> {
    const { maxBytes } = this.parts
    const bytes = writes.reduce((sum, write) => sum + sizeOfWrite(write), this.bytes)
    if (bytes <= maxBytes) return NO_EVICTION
    return chooseEviction(this.parts, bytes - maxBytes * KEEP_AFTER_EVICTION, incoming)
  }
}
