/** Light-client objects on their way between the consensus worker and the store, as the store keeps them. */
import type { UnverifiedBootstrap, UnverifiedConflict, UnverifiedUpdate } from '../state/store/store.ts'

export interface LightClientRecords {
  readonly bootstrap: UnverifiedBootstrap
  /** In ascending order of period, without gaps. */
  readonly updates: readonly UnverifiedUpdate[]
}

export interface KeptLightClient extends LightClientRecords {
  readonly conflict: UnverifiedConflict | undefined
}
