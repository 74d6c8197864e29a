/** How what execution misses is fetched. */
import type { DataFault } from '../../state/data-fault.ts'

/** Missing headers are fetched elsewhere. */
export type ContentFault = Exclude<DataFault, { readonly kind: 'header' }>

/**
 * Gives nodes and codes for faults that were met together. It may give more, and less: what a fault names has to be among
 * it sooner or later, or the block cannot be executed. Asked again for the same, it tries another way where it has one.
 * @throws {RequestError} @throws {WitnessError}
 */
export interface StateFetcher {
  fetch(faults: readonly ContentFault[]): Promise<readonly Uint8Array[]>
}
