/** is_valid_light_client_header (consensus-specs, Capella to Gloas): does the block commit to the execution header or hash? */
import type { Network } from '../../chain/network.ts'
import type { LightClientHeader } from '../containers/light-client-objects.ts'
import { executionKindAtSlot } from '../containers/light-client-objects.ts'
import { executionHeaderRoot } from './get-lc-execution-root.ts'
import { EXECUTION_PAYLOAD_GINDEX, executionBlockHashGindexAtSlot } from './gindices.ts'
import { isValidNormalizedMerkleBranch } from './is-valid-merkle-branch.ts'

/** An older header may come with its hash alone, as containers of Gloas hold it; one of Gloas never with more. */
export function isValidLightClientHeader(network: Network, { beacon, execution }: LightClientHeader): boolean {
  const { slot, bodyRoot } = beacon
  if (execution === undefined) return executionKindAtSlot(network, slot) === undefined
  if (execution.kind === 'blockHash') {
    const gindex = executionBlockHashGindexAtSlot(network, slot)
    if (gindex === undefined) return false
    return isValidNormalizedMerkleBranch(execution.blockHash, execution.branch, gindex, bodyRoot)
  }
  if (execution.kind !== executionKindAtSlot(network, slot)) return false
  const root = executionHeaderRoot(execution)
  return isValidNormalizedMerkleBranch(root, execution.branch, EXECUTION_PAYLOAD_GINDEX, bodyRoot)
}
