/** Blob transactions as they travel between nodes: with blobs, commitments and proofs beside them (EIP-4844, EIP-7594). */
import { RLP, type NestedUint8Array } from '@ethereumjs/rlp'
import { concatBytes } from '@ethereumjs/util'
import { sha256 } from '@noble/hashes/sha2.js'
import { BLOB_TYPE, TransactionRefusal } from './signed-transaction.ts'
import { equalBytes } from './words.ts'

/** Bytes: 4,096 field elements of 32 (EIP-4844). */
const BLOB_BYTES = 131_072
/** Of a commitment, and of a proof: a point of BLS12-381. */
const POINT_BYTES = 48
const VERSIONED_HASH_VERSION_KZG = 1
/** EIP-7594: proofs of one blob where each of its cells has its own. */
const CELLS_PER_EXT_BLOB = 128
/** Place of the versioned hashes in a blob transaction. */
const HASHES_AT = 10

type Item = Uint8Array | NestedUint8Array

/**
 * The transaction without its blobs: what its hash is of, and what a block has. Anything else comes back as it is.
 * @throws {TransactionRefusal}
 */
export function withoutBlobs(raw: Uint8Array): Uint8Array {
  if (raw[0] !== BLOB_TYPE) return raw
  const [payload] = partsOf(raw)
  return Array.isArray(payload) ? concatBytes(Uint8Array.of(BLOB_TYPE), RLP.encode(payload)) : raw
}

/**
 * That there are blobs, commitments and proofs as the transaction's hashes want them. The proofs themselves are looked at
 * by whoever takes the transaction: that they are wrong costs nobody but its sender.
 * @throws {TransactionRefusal}
 */
export function checkSidecar(raw: Uint8Array): void {
  if (raw[0] !== BLOB_TYPE) return
  const parts = partsOf(raw)
  const [payload, ...rest] = parts
  if (!Array.isArray(payload)) throw new TransactionRefusal('missing sidecar in blob transaction')
  if (!equalBytes(RLP.encode(parts), raw.subarray(1)))
    throw new TransactionRefusal('rlp: the transaction is not in its only encoding')
  const [version, lists] = rest.length === 4 ? [rest[0], rest.slice(1)] : [undefined, rest]
  if (lists.length !== 3 || (version !== undefined && !isOne(version)))
    throw new TransactionRefusal('the sidecar of the blob transaction is of no known form')
  const hashes = listOf(payload[HASHES_AT], 'versioned hashes')
  const blobs = sized(lists[0], BLOB_BYTES, 'blobs')
  const commitments = sized(lists[1], POINT_BYTES, 'commitments')
  const proofs = sized(lists[2], POINT_BYTES, 'proofs')
  const proofsPerBlob = version === undefined ? 1 : CELLS_PER_EXT_BLOB
  if (hashes.length === 0) throw new TransactionRefusal('blobless blob transaction')
  const isComplete =
    blobs.length === hashes.length &&
    commitments.length === hashes.length &&
    proofs.length === hashes.length * proofsPerBlob
  if (!isComplete)
    throw new TransactionRefusal(
      `${hashes.length} versioned hashes, ${blobs.length} blobs, ${commitments.length} commitments, ${proofs.length} proofs`,
    )
  const wrong = commitments.findIndex((commitment, at) => !equalBytes(versionedHash(commitment), hashes[at]!))
  if (wrong !== -1) throw new TransactionRefusal(`commitment ${wrong} is not the one that the transaction names`)
}

function versionedHash(commitment: Uint8Array): Uint8Array {
  const hash = sha256(commitment)
  hash[0] = VERSIONED_HASH_VERSION_KZG
  return hash
}

const isOne = (item: Item): boolean => item instanceof Uint8Array && item.length === 1 && item[0] === 1

function partsOf(raw: Uint8Array): readonly Item[] & NestedUint8Array {
  try {
    const decoded = RLP.decode(raw.subarray(1))
    if (Array.isArray(decoded)) return decoded
  } catch {
    // Said below.
  }
  throw new TransactionRefusal('rlp: the transaction is not a list')
}

function listOf(item: Item | undefined, what: string): readonly Uint8Array[] {
  if (Array.isArray(item) && item.every((one): one is Uint8Array => one instanceof Uint8Array)) return item
  throw new TransactionRefusal(`rlp: ${what} of the blob transaction are no list of bytes`)
}

function sized(item: Item | undefined, length: number, what: string): readonly Uint8Array[] {
  const list = listOf(item, what)
  if (list.some((one) => one.length !== length))
    throw new TransactionRefusal(`${what} of the blob transaction should have ${length} bytes each`)
  return list
}
