/** Someone who is asked for a finalized block. What it says counts only where others say the same. */
import type { Root } from '../../chain/bytes.ts'

/** A block that is final, and the epoch whose boundary it stands for. */
export interface FinalizedCheckpoint {
  readonly epoch: number
  readonly root: Root
}

export interface CheckpointSource {
  /** For people and logs; never holds a secret part of its URL. */
  readonly name: string
  /** Sources of one owner are one witness. */
  readonly owner: string
  /**
   * The newest checkpoint it knows to be final. Ends within a time of its own, and when the signal aborts.
   * Rejects with a {@link SourceError}.
   */
  latest(signal: AbortSignal): Promise<FinalizedCheckpoint>
  /** The checkpoint of an epoch, as long as it is final to the source; rejects like {@link latest}. */
  ofEpoch(epoch: number, signal: AbortSignal): Promise<FinalizedCheckpoint>
}

export type SourceFault =
  /** No connection, no answer in time, an HTTP status that speaks of trouble, or too many requests. */
  | { readonly code: 'unreachable' }
  /** It answered what is no checkpoint: an HTML page, other JSON, more than a checkpoint takes. */
  | { readonly code: 'malformed' }
  /** It answered for a block that is not final to it, or that it does not keep. */
  | { readonly code: 'notFinal' }
  /** The answer came from another owner, to whom it forwarded the request. */
  | { readonly code: 'otherOwner'; readonly owner: string }

/** What a source was asked, and what came instead of a checkpoint. */
export class SourceError extends Error {
  override name = 'SourceError'
  constructor(
    readonly fault: SourceFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
