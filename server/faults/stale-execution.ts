/** What an execution client says of its chain when it is some slots behind: as far as the beacon chain's old view goes. */
import { asRoot } from '../../src/chain/bytes.ts'
import type { BeaconSource, ItemId } from '../beacon-api/beacon-source.ts'
import type { ExecutionBlock, ExecutionSource, ExecutionStatus } from '../execution/execution-source.ts'

/** Beacon blocks without a payload of their own that are passed over: two epochs of them, withheld or missed, are a lot. */
const MAX_BLOCKS_BACK = 64

/**
 * The status with an old head, and the safe and finalized blocks that it had. As it is now where the old view names no
 * block that is held: a chain that stands still has its head for ever. @throws {UnavailableError}
 */
export async function staleStatus(source: ExecutionSource, view: BeaconSource): Promise<ExecutionStatus> {
  const status = await source.status()
  const head = await payloadAt(source, view, 'head')
  if (head === undefined) return status
  const [safe, finalized] = [await payloadAt(source, view, 'justified'), await payloadAt(source, view, 'finalized')]
  return { ...status, head, safe, finalized }
}

/** The newest execution block at or before a beacon block. */
async function payloadAt(
  source: ExecutionSource,
  view: BeaconSource,
  kind: 'head' | 'justified' | 'finalized',
): Promise<ExecutionBlock | undefined> {
  let id: ItemId = { kind }
  for (let seen = 0; seen < MAX_BLOCKS_BACK; seen++) {
    const block = await view.block(id)
    if (block === undefined) return undefined
    const { payload } = block
    if (payload.kind === 'inBlock' || payload.kind === 'inEnvelope') {
      return source.blockByHash(payload.carried.payload.blockHash)
    }
    id = { kind: 'root', root: asRoot(block.header.parentRoot) }
  }
  return undefined
}
