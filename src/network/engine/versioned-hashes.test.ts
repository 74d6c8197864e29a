import { RLP } from '@ethereumjs/rlp'
import { concatBytes } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import { BlobTransactionError, versionedHashes } from './versioned-hashes.ts'

const hash = (first: number) => Uint8Array.of(1, first, ...new Uint8Array(30))

/** A blob transaction whose other fields are empty. */
const blobTransaction = (hashes: unknown) =>
  concatBytes(
    Uint8Array.of(3),
    RLP.encode([...Array<Uint8Array>(8).fill(new Uint8Array()), [], new Uint8Array(), hashes as Uint8Array[], 1, 2, 3]),
  )

test('are those of the blob transactions, in the order of the payload', () => {
  const other = concatBytes(Uint8Array.of(2), RLP.encode([1, 2, 3]))
  const transactions = [other, blobTransaction([hash(1), hash(2)]), RLP.encode([9]), blobTransaction([hash(3)])]
  expect(versionedHashes(transactions)).toEqual([hash(1), hash(2), hash(3)])
  expect(versionedHashes([other])).toEqual([])
})

test('are refused where a transaction is not what its type byte says', () => {
  for (const wrong of [
    Uint8Array.of(3),
    Uint8Array.of(3, 0xff),
    blobTransaction([new Uint8Array(31)]),
    blobTransaction(hash(1)),
    concatBytes(Uint8Array.of(3), RLP.encode([1, 2])),
  ]) {
    expect(() => versionedHashes([wrong])).toThrow(BlobTransactionError)
  }
})
