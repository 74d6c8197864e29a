/**
 * get_lc_execution_root (consensus-specs, Capella to Gloas): by which test vectors name what a header proves of the
 * execution chain. An SSZ root, not a block hash, but for headers of Gloas, which have nothing else.
 */
import { hash64 } from '@chainsafe/ssz'
import type { Network } from '../../chain/network.ts'
import type { LightClientHeader, ProvenExecution } from '../containers/light-client-objects.ts'
import { executionKindAtSlot } from '../containers/light-client-objects.ts'
import { CapellaExecutionHeaderType, DenebExecutionHeaderType } from '../containers/ssz-types.ts'
import { EXECUTION_PAYLOAD_GINDEX, executionBlockHashGindexAtSlot } from './gindices.ts'

type ExecutionHeader = Exclude<ProvenExecution, { kind: 'blockHash' }>

/** @param header a valid one */
export function getLcExecutionRoot(network: Network, { beacon, execution }: LightClientHeader): Uint8Array {
  if (execution === undefined) return new Uint8Array(32)
  if (execution.kind !== 'blockHash') return executionHeaderRoot(execution)
  const gindex = executionBlockHashGindexAtSlot(network, beacon.slot)
  const isOwnForm = executionKindAtSlot(network, beacon.slot) === 'blockHash'
  return gindex === undefined || isOwnForm
    ? execution.blockHash
    : rootAbove(execution.blockHash, execution.branch, gindex)
}

/** hash_tree_root of the execution header itself. */
export function executionHeaderRoot(execution: ExecutionHeader): Uint8Array {
  return execution.kind === 'deneb'
    ? DenebExecutionHeaderType.hashTreeRoot(execution.header)
    : CapellaExecutionHeaderType.hashTreeRoot(execution.header)
}

/** The root of the execution header that a container of Gloas left out: it lies on the branch from its block hash up. */
function rootAbove(blockHash: Uint8Array, branch: readonly Uint8Array[], gindex: number): Uint8Array {
  const depth = Math.floor(Math.log2(gindex))
  const depthOfHeader = Math.floor(Math.log2(EXECUTION_PAYLOAD_GINDEX))
  const inHeader = branch.slice(branch.length - depth, branch.length - depthOfHeader)
  return inHeader.reduce((value, node, level) => {
    const isRight = Math.floor(gindex / 2 ** level) % 2 === 1
    return isRight ? hash64(node, value) : hash64(value, node)
  }, blockHash)
}
