/** is_valid_light_client_header (consensus-specs, Capella to Fulu): does the block commit to the execution header? */
import type { Network } from '../../chain/network.ts'
import type { LightClientHeader, ProvenExecution } from '../containers/light-client-objects.ts'
import { executionKindAtSlot } from '../containers/light-client-objects.ts'
import { CapellaExecutionHeaderType, DenebExecutionHeaderType } from '../containers/ssz-types.ts'
import { EXECUTION_PAYLOAD_GINDEX } from './gindices.ts'
import { isValidNormalizedMerkleBranch } from './is-valid-merkle-branch.ts'

export function isValidLightClientHeader(network: Network, { beacon, execution }: LightClientHeader): boolean {
  const kind = executionKindAtSlot(network, beacon.slot)
  if (execution === undefined || kind === undefined) return execution?.kind === kind
  if (execution.kind !== kind) return false
  return isValidNormalizedMerkleBranch(
    executionHeaderRoot(execution),
    execution.branch,
    EXECUTION_PAYLOAD_GINDEX,
    beacon.bodyRoot,
  )
}

/** get_lc_execution_root: SSZ root of the execution header, not its block hash. */
export function executionHeaderRoot(execution: ProvenExecution): Uint8Array {
  return execution.kind === 'deneb'
    ? DenebExecutionHeaderType.hashTreeRoot(execution.header)
    : CapellaExecutionHeaderType.hashTreeRoot(execution.header)
}
