/**
 * The blocks kept, over a database of records: a record each, and beside it a summary that makes opening and listing
 * cheap.
 *
 * Always: the list is that of the last committed write, oldest first; at most 128 blocks and at most `maxBytes`, but
 * never without the block that was stored last.
 */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash } from '../../chain/bytes.ts'
import { decodeBlock, decodeSummary, type EncodedBlock } from './block-record.ts'
import { MAX_BLOCKS } from './limits.ts'
import type { Change } from './record-database.ts'
import type { BlockRecord, BlockSummary } from './store.ts'
import { openRecord, sealRecord } from './stored-record.ts'
import type { Staged, Surroundings } from './surroundings.ts'

export interface KeptBlocksOptions extends Surroundings {
  /** Of all records and summaries. */
  readonly maxBytes: number
}

interface Kept {
  /** Key of record and summary, ascending in the order of storing. */
  readonly sequence: number
  readonly summary: BlockSummary
  /** Record and summary. */
  readonly bytes: number
}

export class KeptBlocks {
  damagedRecords = 0

  /** By the hash as hex, in the order of storing. */
  private kept = new Map<string, Kept>()
  private nextSequence = 1

  private constructor(private readonly options: KeptBlocksOptions) {}

  /** Reads the summaries; blocks without a good one are removed. @throws {StoreError} when the database fails */
  static async load(options: KeptBlocksOptions): Promise<KeptBlocks> {
    const blocks = new KeptBlocks(options)
    const sequences = new Set(await options.database.keys('blocks'))
    // We never keep more; what somebody else may have added beyond is removed below.
    for (const { key, record } of await options.database.scan('block-summaries', 0, MAX_BLOCKS)) {
      const opened = openRecord(record, options.checksum)
      const decoded = opened.kind === 'intact' ? decodeSummary(opened.bytes, options.keccak) : undefined
      if (opened.kind === 'intact' && decoded !== undefined && sequences.delete(key)) {
        const bytes = opened.bytes.length + decoded.recordLength
        blocks.kept.set(bytesToHex(decoded.summary.hash), { sequence: key, summary: decoded.summary, bytes })
        blocks.nextSequence = key + 1
      } else {
        sequences.add(key)
      }
    }
    for (const sequence of sequences) blocks.discard(sequence)
    return blocks
  }

  get count(): number {
    return this.kept.size
  }

  get bytes(): number {
    return sizeOf(this.kept)
  }

  /** Stored last first. */
  list(): BlockSummary[] {
    return [...this.kept.values()].map(({ summary }) => summary).reverse()
  }

  /** `undefined` also when the record is damaged or not this block's: it is dropped then. @throws {StoreError} */
  async read(hash: Hash): Promise<BlockRecord | undefined> {
    const { database, network, keccak, checksum } = this.options
    const kept = this.kept.get(bytesToHex(hash))
    if (kept === undefined) return undefined
    const [record] = await database.read('blocks', [kept.sequence])
    const opened = openRecord(record, checksum)
    const block = opened.kind === 'intact' ? decodeBlock(opened.bytes, hash, network, keccak) : undefined
    if (block !== undefined) return block
    // Not damaged but pruned or replaced while it was read.
    if (this.kept.get(bytesToHex(hash)) !== kept) return this.read(hash)
    this.kept.delete(bytesToHex(hash))
    this.discard(kept.sequence)
    return undefined
  }

  /** Everything that each listed block needs to be executed again, newest first. Damaged records need nothing. */
  async *needs(): AsyncGenerator<{ readonly hash: Hash; readonly contents: readonly Hash[] }, void, undefined> {
    for (const { hash } of this.list()) {
      const block = await this.read(hash).catch(() => undefined)
      if (block !== undefined) yield { hash, contents: contentsOf(block) }
    }
  }

  /** Adds or renews blocks, and prunes the oldest; `dropped` are not listed any more. */
  stage(blocks: readonly EncodedBlock[], dropped: readonly Hash[] = []): Staged {
    const { checksum, keccak, maxBytes } = this.options
    const next = new Map(this.kept)
    const changes: Change[] = []
    let sequence = this.nextSequence
    const remove = (hash: string) => {
      const old = next.get(hash)
      if (old !== undefined) changes.push(...removal(old.sequence))
      next.delete(hash)
    }
    for (const hash of dropped) remove(bytesToHex(hash))
    for (const { hash, record, summary } of blocks) {
      remove(bytesToHex(hash))
      changes.push({ kind: 'put', table: 'blocks', key: sequence, record: sealRecord(record, checksum) })
      changes.push({ kind: 'put', table: 'block-summaries', key: sequence, record: sealRecord(summary, checksum) })
      const decoded = decodeSummary(summary, keccak)
      if (decoded === undefined) throw new Error(`the summary of ${bytesToHex(hash)} does not decode as it was encoded`)
      next.set(bytesToHex(hash), { sequence, summary: decoded.summary, bytes: record.length + summary.length })
      sequence++
    }
    for (const oldest of next.keys()) {
      if (next.size <= MAX_BLOCKS && (next.size <= 1 || sizeOf(next) <= maxBytes)) break
      remove(oldest)
    }
    return {
      changes,
      commit: () => {
        this.kept = next
        this.nextSequence = sequence
      },
    }
  }

  private discard(sequence: number): void {
    this.damagedRecords++
    this.options.report({ kind: 'damaged-record', what: `block record ${sequence}` })
    this.options.repair(
      () => ([...this.kept.values()].some((kept) => kept.sequence === sequence) ? [] : removal(sequence)),
      0,
    )
  }
}

/** Of a block's record: its witness, its header and those that prove its ancestors. */
export function contentsOf({ hash, ancestors, witness }: BlockRecord): Hash[] {
  return [hash, ...ancestors.map((ancestor) => ancestor.hash), ...witness.nodes, ...witness.codes]
}

function sizeOf(blocks: ReadonlyMap<string, Kept>): number {
  let sum = 0
  for (const { bytes } of blocks.values()) sum += bytes
  return sum
}

function removal(sequence: number): Change[] {
  return [
    { kind: 'delete', table: 'blocks', key: sequence },
    { kind: 'delete', table: 'block-summaries', key: sequence },
  ]
}
