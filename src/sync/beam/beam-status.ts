/** What beam sync is about, for a page and an API. Plain data. */
import type { BlockStatus, ImportStatus, PivotStatus } from '../import/import-status.ts'
import type { PoolStats } from '../state-fetch/content-pool.ts'
import type { SourceChoice } from './source-choice.ts'
import type { StateServerStatus } from './state-servers.ts'

export interface BeamSettings {
  readonly sources: readonly SourceChoice[] | 'all'
  /** Blocks behind the head at which it goes on at the head; undefined: the default. */
  readonly maxLag: number | undefined
}

export interface BeamStatus {
  readonly blocks: ImportStatus
  readonly servers: readonly StateServerStatus[]
  readonly contents: PoolStats
}

/** What happened to blocks, as it happens. */
export type BeamNews =
  | { readonly kind: 'block'; readonly block: BlockStatus }
  | { readonly kind: 'pivot'; readonly pivot: PivotStatus }
  /** JSON of a `stateless-block/1` that proves it, where there is one. */
  | { readonly kind: 'refused'; readonly block: BlockStatus; readonly bundle: string | undefined }
  | { readonly kind: 'defect'; readonly what: string }
  /** Something kept by an earlier session is of no use. */
  | { readonly kind: 'dropped'; readonly what: string }

export interface BeamEvents {
  /** At most ten a second. */
  onStatus(status: BeamStatus): void
  onNews(news: BeamNews): void
}
