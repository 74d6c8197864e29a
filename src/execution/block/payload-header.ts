/**
 * The execution header that a beacon chain's payload makes. Its keccak256 is the block hash: comparing the two is what
 * proves a payload, whoever served it.
 */
import { RLP } from '@ethereumjs/rlp'
import { bigIntToUnpaddedBytes, bytesToHex, concatBytes, KECCAK256_RLP_ARRAY } from '@ethereumjs/util'
import { sha256 } from '@noble/hashes/sha2.js'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { equalBytes } from '../words.ts'
import { orderedRoot } from './ordered-root.ts'
import { decodeRawHeader, type RawHeader } from './raw-block.ts'

/** The fields of an execution payload (consensus-specs, Capella to Gloas). */
export interface PayloadFields {
  readonly parentHash: Uint8Array
  readonly feeRecipient: Uint8Array
  readonly stateRoot: Uint8Array
  readonly receiptsRoot: Uint8Array
  readonly logsBloom: Uint8Array
  readonly prevRandao: Uint8Array
  readonly blockNumber: number
  readonly gasLimit: number
  readonly gasUsed: number
  readonly timestamp: number
  readonly extraData: Uint8Array
  readonly baseFeePerGas: bigint
  readonly blockHash: Hash
  readonly transactions: readonly Uint8Array[]
  readonly withdrawals: readonly WithdrawalFields[]
  /** Since Deneb. */
  readonly blob: { readonly gasUsed: number; readonly excessGas: bigint } | undefined
  /** Since Gloas. */
  readonly accessList: { readonly rlp: Uint8Array; readonly slotNumber: number } | undefined
}

export interface WithdrawalFields {
  readonly index: bigint
  readonly validatorIndex: number
  readonly address: Uint8Array
  readonly amount: bigint
}

/** With what the header takes from the beacon block around it. */
export interface PayloadInBlock {
  readonly parentBeaconBlockRoot: Uint8Array
  readonly payload: PayloadFields
  /** Since Electra: type byte and data, none empty (EIP-7685). */
  readonly executionRequests: readonly Uint8Array[] | undefined
}

/** The payload is not the block whose hash it carries. */
export class PayloadHashError extends Error {
  override name = 'PayloadHashError'
}

/** A header that is not the one that was asked for. */
export class HeaderHashError extends Error {
  override name = 'HeaderHashError'
}

/**
 * The header that everything but the payload's own `blockHash` makes.
 * @throws {PayloadHashError} for an empty transaction, which no block holds and no root would speak of
 */
export function payloadHeader(carried: PayloadInBlock, keccak: Keccak): RawHeader {
  const { payload } = carried
  const empty = payload.transactions.findIndex(({ length }) => length === 0)
  if (empty !== -1) throw new PayloadHashError(`transaction ${empty} of payload ${payload.blockNumber} is empty`)
  return decodeRawHeader(RLP.encode(headerItems(carried, keccak)), keccak)
}

/**
 * The header of a payload whose `blockHash` is the one it has; that this block is on any chain is for the caller to know.
 * @throws {PayloadHashError} where it is not
 */
export function provePayload(carried: PayloadInBlock, keccak: Keccak): RawHeader {
  const { payload } = carried
  const header = payloadHeader(carried, keccak)
  if (equalBytes(header.hash, payload.blockHash)) return header
  throw new PayloadHashError(
    `payload ${payload.blockNumber} says its block hash is ${bytesToHex(payload.blockHash)}, its header's is ${bytesToHex(header.hash)}`,
  )
}

/** More than any header of a public network has (about 750 bytes), and than a devnet's with a list of signers in it. */
export const MAX_HEADER_BYTES = 16_384

/**
 * Reads a header from any source.
 * @throws {HeaderHashError} unless the hash is that of these bytes
 * @throws {BlockEncodingError}
 */
export function executionHeaderFromRlp(rlp: Uint8Array, hash: Hash, keccak: Keccak): RawHeader {
  if (rlp.length > MAX_HEADER_BYTES) {
    throw new HeaderHashError(
      `a header of ${rlp.length} bytes came for ${bytesToHex(hash)}; at most ${MAX_HEADER_BYTES}`,
    )
  }
  const actual = keccak(rlp)
  if (equalBytes(actual, hash)) return decodeRawHeader(rlp, keccak)
  throw new HeaderHashError(`the header that came for ${bytesToHex(hash)} has the hash ${bytesToHex(actual)}`)
}

/** Constant since the merge (EIP-3675): no uncles, no difficulty, no nonce. */
const NO_DIFFICULTY = new Uint8Array()
const NO_NONCE = new Uint8Array(8)

/** In the order of the header's RLP (yellow paper 4.3, and the EIPs named below). */
function headerItems(carried: PayloadInBlock, keccak: Keccak): Uint8Array[] {
  const { payload, executionRequests, parentBeaconBlockRoot } = carried
  const { blob, accessList } = payload
  return [
    payload.parentHash,
    KECCAK256_RLP_ARRAY,
    payload.feeRecipient,
    payload.stateRoot,
    orderedRoot(payload.transactions, keccak),
    payload.receiptsRoot,
    payload.logsBloom,
    NO_DIFFICULTY,
    integer(payload.blockNumber),
    integer(payload.gasLimit),
    integer(payload.gasUsed),
    integer(payload.timestamp),
    payload.extraData,
    payload.prevRandao,
    NO_NONCE,
    // EIP-1559
    integer(payload.baseFeePerGas),
    // EIP-4895
    orderedRoot(payload.withdrawals.map(encodeWithdrawal), keccak),
    // EIP-4844, EIP-4788
    ...(blob === undefined ? [] : [integer(blob.gasUsed), integer(blob.excessGas), parentBeaconBlockRoot]),
    // EIP-7685
    ...(executionRequests === undefined ? [] : [sha256(concatBytes(...executionRequests.map((each) => sha256(each))))]),
    // EIP-7928, EIP-7843
    ...(accessList === undefined ? [] : [keccak(accessList.rlp), integer(accessList.slotNumber)]),
  ]
}

const encodeWithdrawal = ({ index, validatorIndex, address, amount }: WithdrawalFields): Uint8Array =>
  RLP.encode([integer(index), integer(validatorIndex), address, integer(amount)])

const integer = (value: number | bigint): Uint8Array => bigIntToUnpaddedBytes(BigInt(value))
