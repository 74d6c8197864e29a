/** A head in a few numbers, for showing it. */
import { asHash, asRoot } from '../../chain/bytes.ts'
import type { ProvenExecution } from '../../consensus/containers/light-client-objects.ts'
import { BeaconBlockHeaderType } from '../../consensus/containers/ssz-types.ts'
import type { FinalityHead } from '../../consensus/head-tracker.ts'
import type { ValidatedHead } from '../../consensus/head-validator.ts'
import type { HeadSummary } from '../../state/store/store.ts'

export function headSummary(optimistic: ValidatedHead, finality: FinalityHead | undefined): HeadSummary {
  const { beacon, execution } = optimistic.attestedHeader
  return {
    optimisticSlot: beacon.slot,
    blockRoot: asRoot(BeaconBlockHeaderType.hashTreeRoot(beacon)),
    finalizedSlot: finality?.finalizedHeader.beacon.slot,
    execution: execution && executionOf(execution),
  }
}

function executionOf(execution: ProvenExecution): HeadSummary['execution'] {
  if (execution.kind === 'blockHash') return { hash: execution.blockHash, number: undefined }
  return { hash: asHash(execution.header.blockHash), number: execution.header.blockNumber }
}
