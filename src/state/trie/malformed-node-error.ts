import { bytesToHex } from '@ethereumjs/util'
import type { Hash } from '../../chain/bytes.ts'
import { showNibbles } from '../data-fault.ts'
import type { Nibbles } from './nibbles.ts'

/**
 * Bytes that no Ethereum trie contains, under a hash that the trie refers to. Under a proven root this cannot happen:
 * either the root is not the root of an Ethereum state, or the source broke its contract and gave bytes it had not
 * hashed. Fetching again helps only in the second case.
 */
export class MalformedNodeError extends Error {
  override name = 'MalformedNodeError'
  constructor(
    readonly hash: Hash,
    /** Nibbles from the trie's root to the node. */
    readonly path: Nibbles,
    readonly reason: string,
    /** The storage trie's account as keccak256(address); absent for the account trie. */
    readonly owner?: Hash,
  ) {
    const trie = owner === undefined ? 'the trie' : `the storage trie of ${bytesToHex(owner)}`
    super(`malformed node ${bytesToHex(hash)} of ${trie} at path [${showNibbles(path)}]: ${reason}`)
  }
}
