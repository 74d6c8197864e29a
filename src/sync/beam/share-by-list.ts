/** A block's transactions shared out to the EVM workers, each run on the state that the block access list tells. */
import { RLP } from '@ethereumjs/rlp'
import { bytesToBigInt } from '@ethereumjs/util'
import type { ExecutionJob } from '../../execution/block/execute-block.ts'
import type { RawBlock } from '../../execution/block/raw-block.ts'
import type { EvmSeat } from '../evm/evm-seat.ts'
import type { BlockFetch } from '../state-fetch/block-fetch.ts'
import { BlockSpeculation } from './block-speculation.ts'

/**
 * Gas of a block below which sharing costs more than it saves. Measured warm on blocks of a devnet: running takes 10 ms per
 * Mgas, of which two workers save half; opening the block twice, handing results over and checking their reads take 20.
 */
const WORTH_SHARING_GAS = 5_000_000n

/** Any fewer have nobody to share with. */
const SHARING_WORKERS = 2

export interface ListedBlock {
  readonly job: ExecutionJob
  readonly block: RawBlock
  /** With the hash that the header commits to. */
  readonly accessList: Uint8Array
  /** What the list names has been fetched. */
  readonly fetch: BlockFetch
}

/** Ends with all of it run; the caller closes it. Undefined where that does not pay, or no worker could begin. */
export async function shareByList(
  { job, block, accessList, fetch }: ListedBlock,
  seats: readonly EvmSeat[],
  signal: AbortSignal,
): Promise<BlockSpeculation | undefined> {
  const present = seats.filter(({ isVacant }) => !isVacant)
  if (present.length < SHARING_WORKERS || gasUsed(block) < WORTH_SHARING_GAS) return undefined
  const known = fetch.knownValues()
  const options = { job, known, fetch, predicted: [], accessList, seats: present, kind: 'import' as const, signal }
  const speculation = await BlockSpeculation.open(options)
  try {
    await speculation?.runByList()
  } catch (error) {
    speculation?.close()
    throw error
  }
  return speculation
}

/** In every header. */
const GAS_USED_AT = 10

/** As the header says; where it says it wrongly, execution finds out. */
function gasUsed({ header }: RawBlock): bigint {
  const fields = RLP.decode(header.rlp)
  const field = Array.isArray(fields) ? fields[GAS_USED_AT] : undefined
  return field instanceof Uint8Array ? bytesToBigInt(field) : 0n
}
