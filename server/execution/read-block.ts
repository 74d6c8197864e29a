/** A block as it is handed over: split into what is asked of it, and held against what its header commits to. */
import { RLP } from '@ethereumjs/rlp'
import type { Keccak } from '../../src/chain/bytes.ts'
import { orderedRoot } from '../../src/execution/block/ordered-root.ts'
import { decodeRawBlock, type RawHeader } from '../../src/execution/block/raw-block.ts'
import { equalBytes } from '../../src/execution/words.ts'
import type { InvalidBlock } from './chain-input.ts'
import type { ExecutionBlock } from './execution-source.ts'

/** The block given is not what it has to be: the message says what. Nothing of it was taken. */
export class UnfitBlockError extends Error {
  override name = 'UnfitBlockError'
}

/** @throws {BlockEncodingError} @throws {UnfitBlockError} for receipts or an access list that are not the block's */
export function readBlock({ rlp, receipts, accessList }: InvalidBlock, keccak: Keccak): ExecutionBlock {
  const { header } = decodeRawBlock(rlp, keccak)
  checkCommitments(header, receipts, accessList, keccak)
  const { hash, parentHash, number, timestamp, stateRoot } = header
  return { hash, parentHash, number, timestamp, stateRoot, header: header.rlp, rlp }
}

/** Places in a header's list. */
const RECEIPTS_ROOT = 5
/** EIP-7928 */
const ACCESS_LIST_HASH = 21

function checkCommitments(
  header: RawHeader,
  receipts: readonly Uint8Array[],
  accessList: Uint8Array | undefined,
  keccak: Keccak,
): void {
  const fields = RLP.decode(header.rlp) as Uint8Array[]
  if (!equalBytes(orderedRoot(receipts, keccak), fields[RECEIPTS_ROOT]!)) {
    throw new UnfitBlockError(`the receipts of block ${header.number} are not those of its receiptsRoot`)
  }
  const committed = fields[ACCESS_LIST_HASH]
  if (accessList === undefined && committed === undefined) return
  if (accessList === undefined || committed === undefined || !equalBytes(keccak(accessList), committed)) {
    throw new UnfitBlockError(`the access list of block ${header.number} is not that of its header`)
  }
}
