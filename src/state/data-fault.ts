/**
 * A data fault: a read that neither the parent state root nor local execution can answer. It says exactly what is
 * missing and what it was wanted for, so that whoever holds the sources can fetch it. A missing value is always a
 * fault and never a zero.
 */
import { bytesToHex } from '@ethereumjs/util'
import type { AddressBytes, Hash } from '../chain/bytes.ts'

export type DataFault =
  | {
      readonly kind: 'node'
      /** keccak256 of the missing node. */
      readonly hash: Hash
      /** The storage trie's account as keccak256(address); absent for the account trie. */
      readonly owner?: Hash
      /** Nibbles from the trie's root to the missing node, one per byte. */
      readonly path: Uint8Array
      /** The address that was asked for, when the caller said so. */
      readonly account?: AddressBytes
      /** The 32-byte slot that was asked for, when the caller said so. */
      readonly slot?: Uint8Array
    }
  | { readonly kind: 'code'; readonly hash: Hash; readonly account?: AddressBytes }
  | { readonly kind: 'header'; readonly number: number }

/** Thrown by a synchronous read that misses. `fault` is the value; the error only carries it. */
export class DataFaultError extends Error {
  override name = 'DataFaultError'
  constructor(
    readonly fault: DataFault,
    /** What else the same operation is known to miss (a batch of writes), so that one round trip can fetch it all. */
    readonly others: readonly DataFault[] = [],
  ) {
    super(others.length === 0 ? describeFault(fault) : `${describeFault(fault)}, and ${others.length} more`)
  }
}

export function describeFault(fault: DataFault): string {
  switch (fault.kind) {
    case 'node': {
      const trie = fault.owner === undefined ? 'the account trie' : `the storage trie of ${bytesToHex(fault.owner)}`
      return `missing node ${bytesToHex(fault.hash)} of ${trie} at path [${showNibbles(fault.path)}]${askedFor(fault)}`
    }
    case 'code':
      return `missing code ${bytesToHex(fault.hash)}${askedFor(fault)}`
    case 'header':
      return `missing header of block ${fault.number}`
  }
}

/** One hexadecimal digit per nibble. */
export function showNibbles(path: Uint8Array): string {
  return Array.from(path, (nibble) => nibble.toString(16)).join('')
}

function askedFor(fault: { account?: AddressBytes; slot?: Uint8Array }): string {
  if (fault.account === undefined) return ''
  const slot = fault.slot === undefined ? '' : `, slot ${bytesToHex(fault.slot)}`
  return ` (wanted for account ${bytesToHex(fault.account)}${slot})`
}
