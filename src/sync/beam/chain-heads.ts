/** The execution blocks that the light client has proven to be the chain's newest: what beam sync follows. */
import { hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { asHash } from '../../chain/bytes.ts'
import type { LightClientStatus } from '../light-client/light-client-status.ts'
import type { BeamRun } from './beam-run.ts'

/** Hashes of execution blocks, each undefined until there is one: before Capella light-client headers prove none. */
export interface ChainHeads {
  /** Signed by at least two thirds of a sync committee. */
  readonly optimistic: PrefixedHexString | undefined
  readonly finalized: PrefixedHexString | undefined
}

export const NO_HEADS: ChainHeads = { optimistic: undefined, finalized: undefined }

export function headsOf({ stage, optimistic, finalized }: LightClientStatus): ChainHeads {
  // Of two that cannot both be, neither is followed.
  if (stage.kind === 'disputed') return NO_HEADS
  return { optimistic: optimistic?.execution?.hash, finalized: finalized?.execution?.hash }
}

export function areSame(a: ChainHeads, b: ChainHeads): boolean {
  return a.optimistic === b.optimistic && a.finalized === b.finalized
}

export function follow(beam: BeamRun, { optimistic, finalized }: ChainHeads): void {
  if (optimistic !== undefined) beam.setHead({ hash: asHash(hexToBytes(optimistic)), standing: 'signed' })
  if (finalized !== undefined) beam.setFinalized(asHash(hexToBytes(finalized)))
}
