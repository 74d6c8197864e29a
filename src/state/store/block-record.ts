/**
 * Block records as bytes. A block is RLP `[header, transactions, uncles, withdrawals?]` (yellow paper 4.3, EIP-4895);
 * its header's keccak256 is the block's hash, which is all that is checked here: the body is for the execution to check.
 */
import { RLP } from '@ethereumjs/rlp'
import { bigIntToUnpaddedBytes, bytesToBigInt, bytesToHex, equalsBytes, utf8ToBytes } from '@ethereumjs/util'
import { asHash, type Hash, type Keccak } from '../../chain/bytes.ts'
import { rlpBytes, rlpList } from '../rlp-items.ts'
import { decodeExecuted, encodeExecuted } from './executed-codec.ts'
import type { BlockRecord, BlockSummary } from './store.ts'
import { StoreError } from './store-error.ts'

export interface EncodedBlock {
  readonly hash: Hash
  /** RLP of the block's own header. */
  readonly header: Uint8Array
  readonly record: Uint8Array
  readonly summary: Uint8Array
}

export interface DecodedSummary {
  readonly summary: BlockSummary
  /** Length of the block's record. */
  readonly recordLength: number
}

const HASH_LENGTH = 32
/** Positions in a header. */
const PARENT_HASH = 0
const NUMBER = 8
const GAS_USED = 10
const TIMESTAMP = 11

/** @throws {StoreError} invalid-input when the block's or the parent's header does not hash to what the record says */
export function encodeBlock(record: BlockRecord, keccak: Keccak): EncodedBlock {
  const name = `block ${bytesToHex(record.hash)}`
  const parts = splitBlock(record.block)
  if (parts === undefined) throw mismatch(`${name} is not the RLP of a block`)
  const actual = keccak(parts.header)
  if (!equalsBytes(actual, record.hash)) throw mismatch(`${name} holds a header that hashes to ${bytesToHex(actual)}`)
  if (record.parentHeader !== undefined && !equalsBytes(keccak(record.parentHeader), parts.parentHash)) {
    throw mismatch(`the parent header of ${name} does not hash to its parent hash ${bytesToHex(parts.parentHash)}`)
  }
  const { nodes, codes } = record.witness
  const encoded = RLP.encode([
    record.hash,
    utf8ToBytes(record.network),
    record.block,
    record.parentHeader ?? new Uint8Array(),
    record.ancestors.map(({ number, hash }) => [numberToBytes(number), hash]),
    joined(nodes),
    joined(codes),
    ...(record.executed === undefined ? [] : [encodeExecuted(record.executed)]),
  ])
  const counts = [parts.transactions, nodes.length, codes.length, encoded.length]
  const summary = RLP.encode([parts.header, ...counts.map(numberToBytes)])
  return { hash: record.hash, header: parts.header, record: encoded, summary }
}

/** `undefined` when the bytes are not the record of this block on this network. */
export function decodeBlock(bytes: Uint8Array, hash: Hash, network: string, keccak: Keccak): BlockRecord | undefined {
  try {
    const [stored, name, block, parent, ancestors, nodes, codes, executed] = rlpList(RLP.decode(bytes))
    const blockBytes = rlpBytes(block)
    const parentHeader = rlpBytes(parent).length === 0 ? undefined : rlpBytes(parent)
    const parts = splitBlock(blockBytes)
    if (parts === undefined || !equalsBytes(keccak(parts.header), hash) || !equalsBytes(rlpBytes(stored), hash)) return
    if (parentHeader !== undefined && !equalsBytes(keccak(parentHeader), parts.parentHash)) return
    if (new TextDecoder().decode(rlpBytes(name)) !== network) return
    return {
      hash,
      network,
      block: blockBytes,
      parentHeader,
      ancestors: rlpList(ancestors).map((ancestor) => {
        const [number, ancestorHash] = rlpList(ancestor)
        return { number: bytesToNumber(rlpBytes(number)), hash: asHash(rlpBytes(ancestorHash)) }
      }),
      witness: { nodes: separate(rlpBytes(nodes)), codes: separate(rlpBytes(codes)) },
      ...(executed !== undefined && { executed: decodeExecuted(rlpList(executed)) }),
    }
  } catch {
    return undefined
  }
}

/** The hash is computed from the header in the summary. `undefined` when the bytes are no summary. */
export function decodeSummary(bytes: Uint8Array, keccak: Keccak): DecodedSummary | undefined {
  try {
    const [header, ...counts] = rlpList(RLP.decode(bytes)).map(rlpBytes)
    const [transactions, nodes, codes, recordLength] = counts.map(bytesToNumber)
    if (transactions === undefined || nodes === undefined || codes === undefined || recordLength === undefined) return
    const fields = rlpList(RLP.decode(rlpBytes(header)))
    return {
      summary: {
        hash: asHash(keccak(rlpBytes(header))),
        number: bytesToNumber(rlpBytes(fields[NUMBER])),
        gasUsed: bytesToBigInt(rlpBytes(fields[GAS_USED])),
        timestamp: bytesToNumber(rlpBytes(fields[TIMESTAMP])),
        transactions,
        nodes,
        codes,
      },
      recordLength,
    }
  } catch {
    return undefined
  }
}

/** Header and number of transactions, without decoding uncles and withdrawals. `undefined` when it is no block. */
function splitBlock(
  block: Uint8Array,
): { header: Uint8Array; parentHash: Uint8Array; transactions: number } | undefined {
  try {
    const body = listPayload(block)
    const header = RLP.decode(body, true)
    const transactions = RLP.decode(header.remainder, true)
    return {
      header: body.slice(0, body.length - header.remainder.length),
      parentHash: rlpBytes(rlpList(header.data)[PARENT_HASH]),
      transactions: rlpList(transactions.data).length,
    }
  } catch {
    return undefined
  }
}

/** What an RLP list holds. Lists longer than 55 bytes begin with 0xf7 + the length's length (yellow paper, appendix B). */
function listPayload(rlp: Uint8Array): Uint8Array {
  const first = rlp[0]
  if (first === undefined || first < 0xc0) throw new TypeError('not an RLP list')
  return rlp.subarray(first <= 0xf7 ? 1 : 1 + first - 0xf7)
}

function numberToBytes(value: number): Uint8Array {
  return bigIntToUnpaddedBytes(BigInt(value))
}

function bytesToNumber(bytes: Uint8Array): number {
  const value = Number(bytesToBigInt(bytes))
  if (!Number.isSafeInteger(value)) throw new RangeError('the number has more than 53 bits')
  return value
}

function joined(hashes: readonly Hash[]): Uint8Array {
  const bytes = new Uint8Array(hashes.length * HASH_LENGTH)
  hashes.forEach((hash, at) => bytes.set(hash, at * HASH_LENGTH))
  return bytes
}

function separate(bytes: Uint8Array): Hash[] {
  if (bytes.length % HASH_LENGTH !== 0) throw new RangeError('not a list of hashes')
  return Array.from({ length: bytes.length / HASH_LENGTH }, (_, at) =>
    asHash(bytes.slice(at * HASH_LENGTH, (at + 1) * HASH_LENGTH)),
  )
}

function mismatch(message: string): StoreError {
  return new StoreError('invalid-input', `${message}; nothing was stored`)
}
