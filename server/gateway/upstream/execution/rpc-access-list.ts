/** `eth_createAccessList` as execution clients are asked for it, and what they answer. */
import { bigIntToHex, bytesToHex } from '@ethereumjs/util'
import { asAddress, asHash } from '../../../../src/chain/bytes.ts'
import type { RpcAnswer } from '../../../../src/network/on-demand/rpc-values.ts'
import { readQuantity } from './rpc-quantity.ts'
import type { AccessListResult, CallRequest } from '../../../execution/execution-source.ts'

/** Accounts, and slots of each: more than the gas of any call reaches. */
const MAX_ENTRIES = 16_384

export function callJson({ from, to, gas, value, data, accessList }: CallRequest): object {
  return {
    ...(from !== undefined && { from: bytesToHex(from) }),
    ...(to !== undefined && { to: bytesToHex(to) }),
    ...(gas !== undefined && { gas: bigIntToHex(gas) }),
    ...(value > 0n && { value: bigIntToHex(value) }),
    ...(data.length > 0 && { data: bytesToHex(data) }),
    ...(accessList.length > 0 && {
      accessList: accessList.map(({ address, slots }) => ({
        address: bytesToHex(address),
        storageKeys: slots.map((slot) => bytesToHex(slot)),
      })),
    }),
  }
}

/** @throws {WitnessError} for another shape */
export function readAccessList(answer: RpcAnswer): AccessListResult {
  const error = answer.member('error')
  return {
    accessList: answer
      .member('accessList')
      .list(MAX_ENTRIES)
      .map((entry) => ({
        address: asAddress(entry.member('address').bytesOf(20)),
        slots: entry
          .member('storageKeys')
          .list(MAX_ENTRIES)
          .map((slot) => asHash(slot.bytesOf(32))),
      })),
    gasUsed: readQuantity(answer.member('gasUsed')),
    error: typeof error.json === 'string' && error.json !== '' ? error.json : undefined,
  }
}
