/** The witness of a block that was executed here: of what came with it, only what was used. */
import type { RawHeader } from '../../../src/execution/block/raw-block.ts'
import type { ExecutionBlock, Witness } from '../../execution/execution-source.ts'
import type { TracedBlock } from '../../execution/trace-block.ts'

/** @param ancestors proven by their hashes, the parent first, at least that; BLOCKHASH may have read beyond them */
export function recordedWitness(
  block: ExecutionBlock,
  { read, blockHashes, keys }: TracedBlock,
  ancestors: readonly RawHeader[],
): Witness {
  // A header gives the hash of the one before it: the parent's hash is in the block, its parent's in the parent's header.
  const oldest = Math.min(...blockHashes.keys(), block.number - 1)
  const headers = ancestors.slice(0, Math.max(1, block.number - 1 - oldest))
  const proven = block.number - 1 - headers.length
  return {
    block,
    headers: headers.map(({ rlp }) => rlp).reverse(),
    nodes: read.nodes.map(({ bytes }) => bytes),
    codes: read.codes.map(({ bytes }) => bytes),
    blockHashes: new Map([...blockHashes].filter(([number]) => number < proven)),
    keys,
  }
}
