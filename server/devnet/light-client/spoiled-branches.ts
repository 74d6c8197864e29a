/** Updates that are right but for one node of one Merkle branch. */
import type { LightClientHeader, LightClientUpdate } from '../../../src/consensus/containers/light-client-objects.ts'
import type { BranchName } from '../../../src/consensus/protocol/light-client-error.ts'

export interface SpoiledUpdate {
  /** The branch that no longer leads to its root. */
  readonly branch: BranchName
  readonly update: LightClientUpdate
}

/** One for each node of each branch that the update has. */
export function spoiledBranches(update: LightClientUpdate): SpoiledUpdate[] {
  const { attestedHeader, finality, nextSyncCommittee: next } = update
  const spoiled: SpoiledUpdate[] = spoiledHeaders(attestedHeader).map((header) => ({
    branch: 'execution of the attested header',
    update: { ...update, attestedHeader: header },
  }))
  for (const header of finality === undefined ? [] : spoiledHeaders(finality.header)) {
    spoiled.push({
      branch: 'execution of the finalized header',
      update: { ...update, finality: finality && { ...finality, header } },
    })
  }
  for (const branch of spoil(finality?.branch)) {
    spoiled.push({ branch: 'finality', update: { ...update, finality: finality && { ...finality, branch } } })
  }
  for (const branch of spoil(next?.branch)) {
    spoiled.push({
      branch: 'next sync committee',
      update: { ...update, nextSyncCommittee: next && { ...next, branch } },
    })
  }
  return spoiled
}

function spoiledHeaders(header: LightClientHeader): LightClientHeader[] {
  const { execution } = header
  if (execution === undefined) return []
  return spoil(execution.branch).map((branch) => ({ ...header, execution: { ...execution, branch } }))
}

/** The branch as often as it has nodes, each time with one bit of another node turned. */
function spoil(branch: readonly Uint8Array[] = []): Uint8Array[][] {
  return branch.map((_, level) =>
    branch.map((node, i) => (i === level ? node.map((byte, j) => (j === level ? byte ^ 0x10 : byte)) : node)),
  )
}
