/** What the execution client that is driven is doing. */
import type { Hash } from '../../../chain/bytes.ts'

export type EngineStatus =
  /** No head with a payload yet. */
  | { readonly kind: 'waiting' }
  /** It has executed the head. */
  | { readonly kind: 'following'; readonly blockHash: Hash; readonly blockNumber: number }
  /** It lacks ancestors; so many payloads are found on the way back from the head. */
  | { readonly kind: 'fetching'; readonly blockNumber: number; readonly found: number }
  /** On the way forward to the head. */
  | { readonly kind: 'executing'; readonly blockNumber: number; readonly headNumber: number }
  /** It knows the head and has to get there by its own sync. */
  | { readonly kind: 'syncing'; readonly blockNumber: number; readonly why: string }
  /** It calls a block invalid that is the head, or an ancestor of it. */
  | {
      readonly kind: 'invalid'
      readonly blockHash: Hash
      readonly blockNumber: number
      readonly latestValidHash: Hash | undefined
      readonly reason: string | undefined
    }
  /** It does not answer, or refuses. It is called again after this time, or else with the next head. */
  | { readonly kind: 'failing'; readonly error: Error; readonly retryInMs: number | undefined }

/** For people. */
export function describeEngineStatus(status: EngineStatus): string {
  switch (status.kind) {
    case 'waiting':
      return 'no head for the execution client yet'
    case 'following':
      return `the execution client has executed block ${status.blockNumber}`
    case 'fetching':
      return `the execution client lacks ancestors of block ${status.blockNumber}; ${status.found} found`
    case 'executing':
      return `the execution client is at block ${status.blockNumber} of ${status.headNumber}`
    case 'syncing':
      return `the execution client was told of block ${status.blockNumber} and syncs by itself: ${status.why}`
    case 'invalid':
      return `THE EXECUTION CLIENT CALLS BLOCK ${status.blockNumber} INVALID (${status.reason ?? 'no reason given'}), which two thirds of the sync committee signed or built upon`
    case 'failing': {
      const when = status.retryInMs === undefined ? 'with the next head' : `in ${status.retryInMs / 1_000} s`
      return `${status.error.message}; called again ${when}`
    }
  }
}
