/** What the light client keeps beyond its committee chain. */
import type { CommitteeChainStorage } from '../../consensus/committee-chain-storage.ts'
import type { EncodedObject } from '../../consensus/containers/encode.ts'

/** The newest heads in use, as they came; to be shown after a reload as what was known, and proven again before use. */
export interface HeadRecords {
  /** An update with a finalized header. */
  readonly finality: EncodedObject | undefined
  /** An optimistic update: newer than the attested header of {@link finality}, or the same. */
  readonly optimistic: EncodedObject
}

/** As with the chain's own records a write is queued, may be lost, and is never believed when it comes back. */
export interface LightClientStorage extends CommitteeChainStorage {
  putHeads(records: HeadRecords): void
  loadHeads(): Promise<HeadRecords | undefined>
}
