/** `eth_createAccessList` as execution clients are asked for it, and what they answer: one client's word, to be used as a hint. */
import { bigIntToHex, bytesToHex } from '@ethereumjs/util'
import { asAddress, asHash, type AddressBytes } from '../../chain/bytes.ts'
import type { TouchedKeys } from '../state-service/messages.ts'
import type { RpcAnswer } from './rpc-values.ts'

/** A message call (execution-apis, "GenericTransaction"). */
export interface MessageCall {
  /** Undefined: the client's choice, the zero address. */
  readonly from: AddressBytes | undefined
  /** Undefined makes a contract. */
  readonly to: AddressBytes | undefined
  /** Undefined: as much as the client allows. */
  readonly gas: bigint | undefined
  /** Wei. */
  readonly value: bigint
  readonly data: Uint8Array
  readonly accessList: readonly TouchedKeys[]
}

/** Accounts, and slots of each: a block of 60 Mgas reads 28,571 at most (2,100 gas each), and a call no more. */
const MAX_ENTRIES = 65_536

export function callJson({ from, to, gas, value, data, accessList }: MessageCall): object {
  return {
    ...(from !== undefined && { from: bytesToHex(from) }),
    ...(to !== undefined && { to: bytesToHex(to) }),
    ...(gas !== undefined && { gas: bigIntToHex(gas) }),
    ...(value > 0n && { value: bigIntToHex(value) }),
    ...(data.length > 0 && { input: bytesToHex(data) }),
    ...(accessList.length > 0 && {
      accessList: accessList.map(({ address, slots }) => ({
        address: bytesToHex(address),
        storageKeys: slots.map((slot) => bytesToHex(slot)),
      })),
    }),
  }
}

/** @param answer the whole of it @throws {WitnessError} for another shape */
export function accessListIn(answer: RpcAnswer): TouchedKeys[] {
  return answer
    .member('accessList')
    .list(MAX_ENTRIES)
    .map((entry) => ({
      address: asAddress(entry.member('address').bytesOf(20)),
      slots: entry
        .member('storageKeys')
        .list(MAX_ENTRIES)
        .map((slot) => asHash(slot.bytesOf(32))),
    }))
}
