import { RLP } from '@ethereumjs/rlp'
import { concatBytes } from '@ethereumjs/util'
import { sha256 } from '@noble/hashes/sha2.js'
import { describe, expect, test } from 'vitest'
import { checkSidecar, withoutBlobs } from './blob-sidecar.ts'
import { TransactionRefusal } from './signed-transaction.ts'

const commitments = [new Uint8Array(48).fill(1), new Uint8Array(48).fill(2)]
const hashes = commitments.map((commitment) => Uint8Array.from([1, ...sha256(commitment).subarray(1)]))
const blobs = commitments.map((_, at) => new Uint8Array(131_072).fill(at))
const points = (count: number) => Array.from({ length: count }, () => new Uint8Array(48))
const fields = [...Array.from({ length: 10 }, (_, at) => Uint8Array.of(at + 1)), hashes, ...points(3)]
const typed = (...items: readonly unknown[]): Uint8Array =>
  concatBytes(Uint8Array.of(3), RLP.encode(items as Parameters<typeof RLP.encode>[0]))
const alone = typed(...fields)

describe('a blob transaction', () => {
  test.each([
    ['with a proof for each blob', typed(fields, blobs, commitments, points(2))],
    ['with a proof for each cell', typed(fields, Uint8Array.of(1), blobs, commitments, points(256))],
  ])('%s is what its hash is of, without them', (_, raw) => {
    expect(() => checkSidecar(raw)).not.toThrow()
    expect(withoutBlobs(raw)).toEqual(alone)
    expect(withoutBlobs(alone)).toEqual(alone)
  })

  test.each<[string, Uint8Array]>([
    ['no blobs', alone],
    ['a blob too few', typed(fields, blobs.slice(1), commitments, points(2))],
    ['a proof too few', typed(fields, blobs, commitments, points(1))],
    ['proofs of blobs where cells should have some', typed(fields, Uint8Array.of(1), blobs, commitments, points(2))],
    ['commitments in another order', typed(fields, blobs, commitments.toReversed(), points(2))],
    ['blobs of another size', typed(fields, [...blobs.slice(1), new Uint8Array(7)], commitments, points(2))],
    ['a form of later days', typed(fields, Uint8Array.of(2), blobs, commitments, points(256))],
    ['something behind it', concatBytes(typed(fields, blobs, commitments, points(2)), Uint8Array.of(0))],
    ['lists in the place of blobs', typed(fields, [[], []], commitments, points(2))],
    ['hardly anything', Uint8Array.of(3)],
  ])('with %s is refused', (_, raw) => {
    expect(() => checkSidecar(raw)).toThrow(TransactionRefusal)
  })
})
