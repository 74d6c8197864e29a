/**
 * upgrade_lc_header_to_gloas (consensus-specs, Gloas): what a container of Gloas holds of an older header, which is the
 * block's hash with a proof that goes on through the execution header to the block body.
 */
import type { ContainerType, Type } from '@chainsafe/ssz'
import { hash64 } from '@chainsafe/ssz'
import { asHash } from '../../chain/bytes.ts'
import type { ProvenExecution } from './light-client-objects.ts'
import { CapellaExecutionHeaderType, DenebExecutionHeaderType, EXECUTION_BLOCK_HASH_DEPTH } from './ssz-types.ts'

type BlockHash = Extract<ProvenExecution, { kind: 'blockHash' }>

/** Place of `block_hash` among the fields of an execution header, Capella to Fulu. */
const BLOCK_HASH_FIELD = 12

const ZERO_NODE = new Uint8Array(32)

/** The same block by its hash alone, with a branch of the length that containers of Gloas have. */
export function upgradeExecutionToGloas(execution: ProvenExecution): BlockHash {
  if (execution.kind === 'blockHash') return execution
  const inHeader =
    execution.kind === 'deneb'
      ? fieldBranch(DenebExecutionHeaderType, execution.header, BLOCK_HASH_FIELD)
      : fieldBranch(CapellaExecutionHeaderType, execution.header, BLOCK_HASH_FIELD)
  return {
    kind: 'blockHash',
    blockHash: asHash(execution.header.blockHash),
    branch: normalizeMerkleBranch([...inHeader, ...execution.branch], EXECUTION_BLOCK_HASH_DEPTH),
  }
}

/** normalize_merkle_branch: zero nodes in front until the branch is as long as a newer container has it. */
function normalizeMerkleBranch(branch: readonly Uint8Array[], length: number): Uint8Array[] {
  return [...Array.from({ length: length - branch.length }, () => ZERO_NODE), ...branch]
}

/** The proof of one field in its container, from the leaf up; by hand, because these types have no trees. */
function fieldBranch<Fields extends Record<string, Type<unknown>>>(
  type: ContainerType<Fields>,
  value: Readonly<Record<keyof Fields, unknown>>,
  field: number,
): Uint8Array[] {
  let nodes = type.fieldsEntries.map(({ fieldName, fieldType }) => fieldType.hashTreeRoot(value[fieldName]))
  const branch: Uint8Array[] = []
  let zero: Uint8Array = ZERO_NODE
  for (let at = field; nodes.length > 1; at = Math.floor(at / 2)) {
    branch.push(nodes[at ^ 1] ?? zero)
    nodes = parents(nodes, zero)
    zero = hash64(zero, zero)
  }
  return branch
}

/** @param zero the root of an empty subtree at the height of the nodes */
function parents(nodes: readonly Uint8Array[], zero: Uint8Array): Uint8Array[] {
  return nodes.flatMap((node, i) => (i % 2 === 0 ? [hash64(node, nodes[i + 1] ?? zero)] : []))
}
