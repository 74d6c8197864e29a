/** What is kept of a verified block, and how it is verified again from that alone. */
import type { ExecutionNetwork } from '../chain/network.ts'
import type { Verification } from '../execution/block/verification.ts'
import type { BlockInput } from '../execution/block/verify-block.ts'
import type { StateCommit } from '../state/state-trie.ts'
import type { BlockRecord, Store } from '../state/store/store.ts'
import { StoreError } from '../state/store/store-error.ts'
import type { HashedBytes } from '../state/trie/node-source.ts'

type Verified = Verification & { readonly kind: 'verified' }

/** The state that a block was executed on: what was read of it, and what the block has made. */
export interface ExecutedState {
  read(): { readonly nodes: readonly HashedBytes[]; readonly codes: readonly HashedBytes[] }
  commit(): StateCommit
}

/**
 * Stores the block with the nodes and codes it read and made, all or nothing.
 * @returns why it is not kept; undefined when it is
 */
export async function keepBlock(
  store: Store | undefined,
  network: ExecutionNetwork,
  verified: Verified,
  state: ExecutedState,
): Promise<string | undefined> {
  if (store === undefined) return 'another tab of this origin keeps the store'
  const { block, ancestors, executed } = verified
  const { parent } = ancestors
  // Without it the state the block was executed on is somebody's word, and so would be everything kept of it.
  if (parent === undefined) return 'it came without its parent header'
  const { nodes, codes } = state.read()
  const made = state.commit()
  const record: BlockRecord = {
    hash: block.header.hash,
    network: network.name,
    block: block.rlp,
    parentHeader: parent.rlp,
    ancestors: Array.from(ancestors.hashes, ([number, hash]) => ({ number, hash })),
    witness: { nodes: nodes.map(({ hash }) => hash), codes: codes.map(({ hash }) => hash) },
    executed,
  }
  try {
    await store.putBlock(record, {
      nodes: [...nodes, ...made.nodes],
      codes: [...codes, ...made.codes],
      headers: ancestors.headers.map(({ rlp }) => rlp),
    })
    return undefined
  } catch (error) {
    if (error instanceof StoreError) return error.message
    throw error
  }
}

/** Headers of ancestors come from the store by hash, so that the chain of hashes is proven again. */
export async function keptInput(record: BlockRecord, network: ExecutionNetwork, store: Store): Promise<BlockInput> {
  const hashes = record.ancestors.map(({ hash }) => hash)
  const headers = (await store.getNodes(hashes)).filter((header) => header !== undefined)
  return {
    network,
    block: record.block,
    blockHash: record.hash,
    headers: record.parentHeader === undefined ? headers : [record.parentHeader, ...headers],
    blockHashes: new Map(record.ancestors.map(({ number, hash }) => [number, hash])),
    // Unused: what is kept has its parent. A record that lost it must not be taken for verified: no state has this root.
    preStateRoot: record.hash,
  }
}
