/** Execution payloads between the wire's form and that of the rest of the client. */
import { concatBytes } from '@ethereumjs/util'
import { asHash } from '../../chain/bytes.ts'
import { DecodeError } from './decode-error.ts'
import { EncodeError } from './encode.ts'
import type { CarriedPayload, ExecutionPayload } from './execution-payload.ts'
import {
  PAYLOAD_FORKS,
  REQUEST_LISTS,
  type PayloadFork,
  type WirePayload,
  type WireRequests,
} from './payload-layouts.ts'
import { readSsz, writeSsz } from './plain-ssz.ts'

/** @throws {DecodeError} malformed, for a number that no block of today's gas has */
export function payloadFromWire(wire: WirePayload, what: string): ExecutionPayload {
  const number = (name: string, value: bigint) => safeNumber(value, `${what}.${name}`)
  const { blob_gas_used, excess_blob_gas, block_access_list, slot_number } = wire
  return {
    parentHash: asHash(wire.parent_hash),
    feeRecipient: wire.fee_recipient,
    stateRoot: wire.state_root,
    receiptsRoot: wire.receipts_root,
    logsBloom: wire.logs_bloom,
    prevRandao: wire.prev_randao,
    blockNumber: number('block_number', wire.block_number),
    gasLimit: number('gas_limit', wire.gas_limit),
    gasUsed: number('gas_used', wire.gas_used),
    timestamp: number('timestamp', wire.timestamp),
    extraData: wire.extra_data,
    baseFeePerGas: wire.base_fee_per_gas,
    blockHash: asHash(wire.block_hash),
    transactions: wire.transactions,
    withdrawals: wire.withdrawals.map(({ index, validator_index, address, amount }, i) => ({
      index,
      validatorIndex: number(`withdrawals[${i}].validator_index`, validator_index),
      address,
      amount,
    })),
    blob:
      blob_gas_used === undefined || excess_blob_gas === undefined
        ? undefined
        : { gasUsed: number('blob_gas_used', blob_gas_used), excessGas: excess_blob_gas },
    accessList:
      block_access_list === undefined || slot_number === undefined
        ? undefined
        : { rlp: block_access_list, slotNumber: number('slot_number', slot_number) },
  }
}

/** What the payload's fork does not have is left out; a layout that has it writes it, and so needs it to be there. */
export function payloadToWire(payload: ExecutionPayload): WirePayload {
  const { blob, accessList } = payload
  return {
    parent_hash: payload.parentHash,
    fee_recipient: payload.feeRecipient,
    state_root: payload.stateRoot,
    receipts_root: payload.receiptsRoot,
    logs_bloom: payload.logsBloom,
    prev_randao: payload.prevRandao,
    block_number: BigInt(payload.blockNumber),
    gas_limit: BigInt(payload.gasLimit),
    gas_used: BigInt(payload.gasUsed),
    timestamp: BigInt(payload.timestamp),
    extra_data: payload.extraData,
    base_fee_per_gas: payload.baseFeePerGas,
    block_hash: payload.blockHash,
    transactions: payload.transactions,
    withdrawals: payload.withdrawals.map(({ index, validatorIndex, address, amount }) => ({
      index,
      validator_index: BigInt(validatorIndex),
      address,
      amount,
    })),
    ...(blob && { blob_gas_used: BigInt(blob.gasUsed), excess_blob_gas: blob.excessGas }),
    ...(accessList && { block_access_list: accessList.rlp, slot_number: BigInt(accessList.slotNumber) }),
  }
}

/** get_execution_requests_list (Electra): type byte and data of every kind that has any. */
export function requestsFromWire(wire: WireRequests): Uint8Array[] {
  return REQUEST_LISTS.flatMap(({ type, name, layout }) => {
    const items = wire[name] ?? []
    return items.length === 0 ? [] : [concatBytes(Uint8Array.of(type), writeSsz(layout, items as never))]
  })
}

/** @throws {EncodeError} for requests of no known type, of a type twice, or whose data are no whole items */
export function requestsToWire(requests: readonly Uint8Array[], what: string): Required<WireRequests> {
  const wire = Object.fromEntries(REQUEST_LISTS.map(({ name }) => [name, []])) as unknown as Record<string, unknown>
  let last = -1
  for (const request of requests) {
    const type = request[0] ?? -1
    const known = REQUEST_LISTS.find((candidate) => candidate.type === type)
    if (known === undefined || type <= last) {
      throw new EncodeError(`${what}: execution requests of type ${type} after type ${last}; types ascend from 0 to 4`)
    }
    last = type
    wire[known.name] = readRequests(known, request.subarray(1), what)
  }
  return wire as unknown as Required<WireRequests>
}

/** @throws {EncodeError} where the payload lacks a part that its fork has, or has one that its fork lacks */
export function requirePartsOf(fork: PayloadFork, { payload, executionRequests }: CarriedPayload, what: string): void {
  const { blob, accessList } = payload
  const parts = { blob, executionRequests, accessList }
  for (const [part, { since }] of PARTS) {
    const isExpected = PAYLOAD_FORKS.indexOf(fork) >= PAYLOAD_FORKS.indexOf(since)
    if ((parts[part] !== undefined) === isExpected) continue
    throw new EncodeError(`${what}: ${part} is ${isExpected ? 'missing' : 'given'}; payloads have it since ${since}`)
  }
}

const PARTS = [
  ['blob', { since: 'deneb' }],
  ['executionRequests', { since: 'electra' }],
  ['accessList', { since: 'gloas' }],
] as const

/** @throws {DecodeError} malformed: slots, gas and block numbers fit by specification where a chain is not made to break it */
export function safeNumber(value: bigint, what: string): number {
  if (value <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(value)
  throw new DecodeError('malformed', what, `${value} is beyond 2^53`)
}

function readRequests({ name, layout }: (typeof REQUEST_LISTS)[number], data: Uint8Array, what: string): unknown {
  try {
    return readSsz(layout, data, `${what}: ${name}`)
  } catch (error) {
    if (error instanceof DecodeError) throw new EncodeError(error.message, { cause: error })
    throw error
  }
}
