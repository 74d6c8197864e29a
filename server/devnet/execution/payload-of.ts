/** A built block as the beacon block carries it. */
import type { Withdrawal } from '../../../src/consensus/containers/execution-payload.ts'
import { asHash } from '../../../src/chain/bytes.ts'
import type { MadePayload } from '../light-client/execution-payloads.ts'
import type { BlockRequest } from './block-request.ts'
import type { BuiltBlock } from './build-block.ts'

export function payloadOf(
  { block, fresh, requests }: BuiltBlock,
  { slot, parentBeaconBlockRoot }: BlockRequest,
  withdrawals: readonly Withdrawal[],
): MadePayload {
  const { header } = block
  const { accessList } = fresh
  return {
    carried: {
      slot,
      parentBeaconBlockRoot,
      payload: {
        parentHash: asHash(header.parentHash),
        feeRecipient: header.coinbase.bytes,
        stateRoot: header.stateRoot,
        receiptsRoot: header.receiptTrie,
        logsBloom: header.logsBloom,
        prevRandao: header.mixHash,
        blockNumber: Number(header.number),
        gasLimit: Number(header.gasLimit),
        gasUsed: Number(header.gasUsed),
        timestamp: Number(header.timestamp),
        extraData: header.extraData,
        baseFeePerGas: header.baseFeePerGas!,
        blockHash: asHash(block.hash()),
        transactions: block.transactions.map((transaction) => transaction.serialize()),
        withdrawals,
        blob:
          header.blobGasUsed === undefined
            ? undefined
            : { gasUsed: Number(header.blobGasUsed), excessGas: header.excessBlobGas! },
        accessList: accessList && { rlp: accessList, slotNumber: Number(header.slotNumber!) },
      },
      executionRequests: requests,
    },
    headerRlp: header.serialize(),
  }
}
