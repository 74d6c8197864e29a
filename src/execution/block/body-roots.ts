/** Whether a body is the one that its header commits to: a header's hash alone says nothing of what stands below it. */
import { RLP } from '@ethereumjs/rlp'
import { bytesToHex } from '@ethereumjs/util'
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { equalBytes } from '../words.ts'
import { orderedRoot } from './ordered-root.ts'
import type { RawBlock } from './raw-block.ts'
import type { Mismatch, MismatchField } from './verification.ts'

/** Places in a header (yellow paper, 4.4; EIP-4895). */
const UNCLES_HASH = 1
const TRANSACTIONS_ROOT = 4
const WITHDRAWALS_ROOT = 16

/** The first root that differs; undefined where transactions, uncles and withdrawals are those of the header. */
export function bodyMismatch(
  { header, transactions, uncles, withdrawals }: RawBlock,
  keccak: Keccak,
): Mismatch | undefined {
  const fields = RLP.decode(header.rlp) as readonly Uint8Array[]
  const compare = (field: MismatchField, place: number, actual: Hash | undefined): Mismatch | undefined => {
    const expected = fields[place]
    if (expected === undefined ? actual === undefined : actual !== undefined && equalBytes(expected, actual))
      return undefined
    return { field, expected: shown(expected), actual: shown(actual) }
  }
  return (
    compare('transactionsRoot', TRANSACTIONS_ROOT, orderedRoot(transactions, keccak)) ??
    compare('unclesHash', UNCLES_HASH, keccak(uncles) as Hash) ??
    compare('withdrawalsRoot', WITHDRAWALS_ROOT, withdrawals && orderedRoot(withdrawals, keccak))
  )
}

const shown = (bytes: Uint8Array | undefined): string => (bytes === undefined ? 'none' : bytesToHex(bytes))
