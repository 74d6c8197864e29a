/** What this node can serve of the blocks it executed: their witness and its metadata, from the store alone. */
import { equalsBytes } from '@ethereumjs/util'
import type { Hash } from '../../chain/bytes.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import type { StatelessContent } from '../../execution/stateless-block-file.ts'
import type { Store, WitnessMetadata } from '../../state/store/store.ts'

/** The hashes of everything that executing the block reads; undefined for a block that is not kept. @throws {StoreError} */
export async function keptMetadata(store: Store, hash: Hash): Promise<WitnessMetadata | undefined> {
  return (await store.getBlock(hash))?.witness
}

/**
 * The block with everything that executes it, ready to be written as `stateless-block/1`; undefined for a block that is not
 * kept, or of which a part was lost: half a witness is of no use to anybody.
 * @throws {StoreError}
 */
export async function keptWitness(
  store: Store,
  network: ExecutionNetwork,
  hash: Hash,
): Promise<StatelessContent | undefined> {
  const record = await store.getBlock(hash)
  const parentHeader = record?.parentHeader
  if (record === undefined || parentHeader === undefined) return undefined
  const [nodes, codes, headers] = await Promise.all([
    store.getNodes(record.witness.nodes),
    store.getCodes(record.witness.codes),
    store.getNodes(record.ancestors.map((ancestor) => ancestor.hash)),
  ])
  if (!isWhole(nodes) || !isWhole(codes)) return undefined
  const { name, chainId } = network
  return {
    network: name,
    chainId,
    block: record.block,
    headers: [parentHeader, ...headers.filter(isOther(parentHeader))],
    blockHashes: new Map(record.ancestors.map((ancestor) => [ancestor.number, ancestor.hash])),
    nodes,
    codes,
  }
}

function isWhole(contents: readonly (Uint8Array | undefined)[]): contents is readonly Uint8Array[] {
  return !contents.includes(undefined)
}

function isOther(parent: Uint8Array) {
  return (header: Uint8Array | undefined): header is Uint8Array => header !== undefined && !equalsBytes(header, parent)
}
