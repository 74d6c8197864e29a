/** What one transaction of the store is made of. */
import type { EncodedBlock } from './block-record.ts'
import type { KindedContent } from './content-pages.ts'
import type { LightClientWrite } from './light-client-records.ts'
import type { OpaqueWrite } from './opaque-records.ts'
import type { Change } from './record-database.ts'

export interface StoreWrite {
  readonly contents: readonly KindedContent[]
  readonly blocks: readonly EncodedBlock[]
  readonly lightClient: readonly LightClientWrite[]
  readonly opaque: readonly OpaqueWrite[]
  readonly repairs: readonly (() => readonly Change[])[]
}

export const NO_WRITE: StoreWrite = { contents: [], blocks: [], lightClient: [], opaque: [], repairs: [] }

/** Bytes of what is put. Repairs rewrite what has room already. */
export function sizeOfWrite({ contents, blocks, lightClient, opaque }: StoreWrite): number {
  let sum = 0
  for (const { bytes } of contents) sum += bytes.length
  for (const { record, summary } of blocks) sum += record.length + summary.length
  for (const { bytes } of opaque) sum += bytes.length
  for (const write of lightClient) sum += lightClientSize(write)
  return sum
}

function lightClientSize(write: LightClientWrite): number {
  switch (write.kind) {
    case 'bootstrap':
      return write.bootstrap.ssz.length
    case 'update':
      return write.update.ssz.length
    case 'heads':
      return (write.heads.finality?.ssz.length ?? 0) + write.heads.optimistic.ssz.length
    case 'conflict':
      return write.conflict.known.ssz.length + write.conflict.other.ssz.length
    case 'delete-from':
      return 0
  }
}
