/**
 * Compact descriptors (ChainSafe's compact multiproofs, as Lodestar's `/eth/v0/beacon/proof/` takes in `format`): the
 * nodes of a shape from the root down, left before right, one bit each: 0 goes on, 1 is a value. A tree with n values
 * has n - 1 other nodes, so this is two bits a value, less one. Bits fill bytes from the highest; the rest is zero.
 */
import { requireDepth } from './gindex.ts'
import { MultiproofError } from './multiproof-error.ts'
import type { ProofFormat } from './proof-format.ts'
import { MAX_PROOF_VALUES, requireValueCount, valueCount } from './proof-format.ts'

/** What {@link MAX_PROOF_VALUES} values take. */
export const MAX_DESCRIPTOR_LENGTH = Math.ceil((2 * MAX_PROOF_VALUES - 1) / 8)

/** @throws {MultiproofError} tooManyValues */
export function encodeDescriptor(format: ProofFormat): Uint8Array {
  const count = valueCount(format)
  requireValueCount(count)
  const bytes = new Uint8Array(Math.ceil((2 * count - 1) / 8))
  let at = 0
  const write = (node: ProofFormat): void => {
    if (node === 'value') {
      bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (0x80 >> (at & 7))
      at += 1
      return
    }
    at += 1
    node.forEach(write)
  }
  write(format)
  return bytes
}

/**
 * A shape has exactly one descriptor: bits that are left over must be zeros that fill the last byte.
 * @throws {MultiproofError} badDescriptor, tooDeep
 */
export function decodeDescriptor(bytes: Uint8Array): ProofFormat {
  if (bytes.length > MAX_DESCRIPTOR_LENGTH) {
    throw badDescriptor(`is ${bytes.length} bytes long, at most ${MAX_DESCRIPTOR_LENGTH} are taken`)
  }
  let at = 0
  const read = (depth: number): ProofFormat => {
    requireDepth(depth)
    const byte = bytes[at >> 3]
    if (byte === undefined) throw badDescriptor('ends before its tree does')
    const isValue = (byte & (0x80 >> (at & 7))) !== 0
    at += 1
    return isValue ? 'value' : [read(depth + 1), read(depth + 1)]
  }
  const format = read(0)
  if (Math.ceil(at / 8) !== bytes.length) throw badDescriptor('goes on after its tree ends')
  if (((bytes.at(-1) ?? 0) & ((0xff >> ((at - 1) & 7)) >> 1)) !== 0) throw badDescriptor('is not padded with zeros')
  return format
}

const badDescriptor = (why: string) => new MultiproofError({ code: 'badDescriptor', why })
