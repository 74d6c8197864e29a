/** Which of the keys asked for a fault is about: faults know a hashed path, people want the key. */
import { bytesToHex } from '@ethereumjs/util'
import type { AddressBytes, Hash, Keccak } from '../../../src/chain/bytes.ts'
import { describeFault, type DataFault } from '../../../src/state/data-fault.ts'
import { toNibbles } from '../../../src/state/trie/nibbles.ts'
import type { PathKeys } from '../../execution/execution-source.ts'

/** Of a proof of an account and its slots. */
export function missingKey(fault: DataFault, address: AddressBytes, slots: readonly Hash[], keccak: Keccak): string {
  const account = `account ${bytesToHex(address)}`
  if (fault.kind !== 'node' || fault.owner === undefined) return account
  const slot = slots.find((one) => isBelow(fault.path, keccak(one)))
  return slot === undefined ? account : `slot ${bytesToHex(slot)} of ${account}`
}

/** Of paths, whose keys are hashed already. */
export function missingPath(fault: DataFault, keys: readonly PathKeys[]): string {
  if (fault.kind !== 'node') return describeFault(fault)
  const { owner, path } = fault
  if (owner === undefined) {
    const key = keys.find(({ account }) => isBelow(path, account))
    return key === undefined ? describeFault(fault) : `hashed account ${bytesToHex(key.account)}`
  }
  const slot = keys
    .filter(({ account }) => bytesToHex(account) === bytesToHex(owner))
    .flatMap(({ slots }) => slots)
    .find((one) => isBelow(path, one))
  return slot === undefined
    ? describeFault(fault)
    : `hashed slot ${bytesToHex(slot)} of hashed account ${bytesToHex(owner)}`
}

function isBelow(path: Uint8Array, key: Uint8Array): boolean {
  const nibbles = toNibbles(key)
  return path.every((nibble, index) => nibble === nibbles[index])
}
