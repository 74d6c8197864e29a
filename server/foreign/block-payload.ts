/** An execution block as beacon blocks carry it. */
import { RLP } from '@ethereumjs/rlp'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Keccak } from '../../src/chain/bytes.ts'
import { asHash } from '../../src/chain/bytes.ts'
import type { CarriedPayload, Withdrawal } from '../../src/consensus/containers/execution-payload.ts'
import { decodeRawBlock } from '../../src/execution/block/raw-block.ts'
import { bytesToWord, equalBytes } from '../../src/execution/words.ts'
import type { ExecutionBlock } from '../execution/execution-source.ts'

/**
 * Undefined where no beacon block can carry it: it is from before Shanghai, or its hash commits to what is not in it (a
 * block access list; requests that are not empty). Where requests may be left out it has none of them: light clients are
 * shown no more of a payload than its header, and beacon blocks that carry another's payload are served to nobody.
 */
export function blockPayload(
  { rlp, header, hash, stateRoot, number, timestamp }: ExecutionBlock,
  keccak: Keccak,
  requests: 'required' | 'leftOut' = 'required',
): Pick<CarriedPayload, 'payload' | 'executionRequests'> | undefined {
  const fields = RLP.decode(header) as Uint8Array[]
  const { transactions, withdrawals } = decodeRawBlock(rlp, keccak)
  const requestsHash = fields[REQUESTS_HASH]
  const hasRequests = requestsHash !== undefined && !equalBytes(requestsHash, NO_REQUESTS)
  const lacksRequests = hasRequests && requests === 'required'
  if (withdrawals === undefined || lacksRequests || fields.length > CARRIED_FIELDS) return undefined
  const field = (index: number): Uint8Array => fields[index]!
  const small = (index: number): number => Number(bytesToWord(field(index)))
  return {
    payload: {
      parentHash: asHash(field(0)),
      feeRecipient: field(2),
      stateRoot,
      receiptsRoot: field(5),
      logsBloom: field(6),
      prevRandao: field(13),
      blockNumber: number,
      gasLimit: small(9),
      gasUsed: small(10),
      timestamp,
      extraData: field(12),
      baseFeePerGas: bytesToWord(field(15)),
      blockHash: hash,
      transactions,
      withdrawals: withdrawals.map(readWithdrawal),
      blob:
        fields.length > BLOB_GAS_USED + 1
          ? { gasUsed: small(BLOB_GAS_USED), excessGas: bytesToWord(field(18)) }
          : undefined,
      accessList: undefined,
    },
    executionRequests: requestsHash === undefined ? undefined : [],
  }
}

/** Places in the header's list (yellow paper 4.3, then EIPs 1559, 4895, 4844, 4788, 7685). */
const BLOB_GAS_USED = 17
const REQUESTS_HASH = 20
/** With the last of them; what comes later is not in a block's RLP. */
const CARRIED_FIELDS = 21

/** EIP-7685: of no requests at all. */
const NO_REQUESTS = sha256(new Uint8Array())

/** EIP-4895 */
function readWithdrawal(rlp: Uint8Array): Withdrawal {
  const [index, validatorIndex, address, amount] = RLP.decode(rlp) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array]
  return {
    index: bytesToWord(index),
    validatorIndex: Number(bytesToWord(validatorIndex)),
    address,
    amount: bytesToWord(amount),
  }
}
