/** Payloads in the JSON of the Engine API (execution-apis, `engine/paris.md` to `amsterdam.md`): DATA and QUANTITY in hex. */
import { bigIntToHex, bytesToHex, intToHex } from '@ethereumjs/util'
import type { Hex } from '../../chain/bytes.ts'
import type { CarriedPayload, ExecutionPayload, Withdrawal } from '../../consensus/containers/execution-payload.ts'
import type { NewPayloadVersion } from './engine-versions.ts'
import { versionedHashes } from './versioned-hashes.ts'

/** The payload has not what its fork's version of the method wants: it was decoded as another fork's. */
export class PayloadFormError extends Error {
  override name = 'PayloadFormError'
  constructor({ slot, payload }: CarriedPayload, version: NewPayloadVersion, missing: string) {
    super(
      `the payload of block ${payload.blockNumber} (slot ${slot}) has no ${missing}, which engine_newPayloadV${version} wants`,
    )
  }
}

/**
 * The parameters of `engine_newPayloadV<version>`.
 * @throws {PayloadFormError}
 * @throws {BlobTransactionError}
 */
export function newPayloadParameters(carried: CarriedPayload, version: NewPayloadVersion): readonly unknown[] {
  const json = payloadJson(carried, version)
  if (version < 3) return [json]
  const hashes = versionedHashes(carried.payload.transactions).map(bytesToHex)
  const parameters = [json, hashes, bytesToHex(carried.parentBeaconBlockRoot)]
  if (version < 4) return parameters
  const { executionRequests } = carried
  if (executionRequests === undefined) throw new PayloadFormError(carried, version, 'execution requests')
  return [...parameters, executionRequests.map(bytesToHex)]
}

/** ExecutionPayloadV1 for version 1, V2 for 2, V3 for 3 and 4, V4 for 5. */
function payloadJson(carried: CarriedPayload, version: NewPayloadVersion): Record<string, unknown> {
  const { payload } = carried
  const { blob, accessList } = payload
  const json: Record<string, unknown> = firstFields(payload)
  if (version >= 2) json['withdrawals'] = payload.withdrawals.map(withdrawalJson)
  if (version >= 3) {
    if (blob === undefined) throw new PayloadFormError(carried, version, 'blob gas')
    json['blobGasUsed'] = intToHex(blob.gasUsed)
    json['excessBlobGas'] = bigIntToHex(blob.excessGas)
  }
  if (version >= 5) {
    if (accessList === undefined) throw new PayloadFormError(carried, version, 'block access list')
    json['blockAccessList'] = bytesToHex(accessList.rlp)
    json['slotNumber'] = intToHex(accessList.slotNumber)
  }
  return json
}

/** ExecutionPayloadV1 */
const firstFields = (payload: ExecutionPayload): Record<string, Hex | readonly Hex[]> => ({
  parentHash: bytesToHex(payload.parentHash),
  feeRecipient: bytesToHex(payload.feeRecipient),
  stateRoot: bytesToHex(payload.stateRoot),
  receiptsRoot: bytesToHex(payload.receiptsRoot),
  logsBloom: bytesToHex(payload.logsBloom),
  prevRandao: bytesToHex(payload.prevRandao),
  blockNumber: intToHex(payload.blockNumber),
  gasLimit: intToHex(payload.gasLimit),
  gasUsed: intToHex(payload.gasUsed),
  timestamp: intToHex(payload.timestamp),
  extraData: bytesToHex(payload.extraData),
  baseFeePerGas: bigIntToHex(payload.baseFeePerGas),
  blockHash: bytesToHex(payload.blockHash),
  transactions: payload.transactions.map((transaction) => bytesToHex(transaction)),
})

/** WithdrawalV1 */
const withdrawalJson = ({ index, validatorIndex, address, amount }: Withdrawal): Record<string, Hex> => ({
  index: bigIntToHex(index),
  validatorIndex: intToHex(validatorIndex),
  address: bytesToHex(address),
  amount: bigIntToHex(amount),
})
