/** What the light client keeps beyond its committee chain. */
import { NO_STORAGE, type CommitteeChainStorage } from '../../consensus/committee-chain-storage.ts'
import type { UnverifiedHeads } from '../../state/store/store.ts'

/** The newest heads in use, as they came; to be shown after a reload as what was known, and proven again before use. */
export type HeadRecords = UnverifiedHeads

/** As with the chain's own records a write is queued, may be lost, and is never believed when it comes back. */
export interface LightClientStorage extends CommitteeChainStorage {
  putHeads(records: HeadRecords): void
  loadHeads(): Promise<HeadRecords | undefined>
}

/** For a light client that lives as long as its process. */
export const NO_LIGHT_CLIENT_STORAGE: LightClientStorage = {
  ...NO_STORAGE,
  putHeads: () => undefined,
  loadHeads: () => Promise.resolve(undefined),
}
