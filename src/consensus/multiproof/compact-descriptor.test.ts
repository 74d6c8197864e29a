/** The encoding, bit by bit and against the library that servers use. */
import { computeDescriptor } from '@chainsafe/persistent-merkle-tree'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeDescriptor, encodeDescriptor, MAX_DESCRIPTOR_LENGTH } from './compact-descriptor.ts'
import { MAX_PROOF_DEPTH } from './gindex.ts'
import { MultiproofError } from './multiproof-error.ts'
import { formatOfGindices, valueGindices } from './proof-format.ts'

// Without the root among others, for which the library computes a descriptor that it refuses itself.
const gindices = fc.uniqueArray(fc.bigInt({ min: 2n, max: (1n << 65n) - 1n }), { minLength: 1, maxLength: 30 })

test.each([
  [[1n], '1'],
  [[2n], '011'],
  [[4n], '00111'],
  [[7n], '01011'],
  // The finalized root before Electra: six levels, seven values.
  [[105n], '0100100011111'],
])('%s is %s', (asked, bits) => {
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0')
  const bytes = Uint8Array.from(padded.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2))
  expect(encodeDescriptor(formatOfGindices(asked))).toEqual(bytes)
  expect(decodeDescriptor(bytes)).toEqual(formatOfGindices(asked))
})

test('any indices: the descriptor that the library computes, and back', () => {
  fc.assert(
    fc.property(gindices, (asked) => {
      const format = formatOfGindices(asked)
      const descriptor = encodeDescriptor(format)
      expect(descriptor).toEqual(computeDescriptor(asked))
      expect(decodeDescriptor(descriptor)).toEqual(format)
      expect(formatOfGindices(valueGindices(format))).toEqual(format)
    }),
  )
})

test('any bytes: a shape that encodes to the same bytes, or a named error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      try {
        expect(encodeDescriptor(decodeDescriptor(bytes))).toEqual(bytes)
      } catch (error) {
        expect(error).toBeInstanceOf(MultiproofError)
      }
    }),
    { numRuns: 1000 },
  )
})

test.each([
  ['nothing', [], 'badDescriptor'],
  ['a tree that does not end', [0b0000_0111], 'badDescriptor'],
  ['bits after the tree', [0b0111_0000], 'badDescriptor'],
  ['a byte after the tree', [0b0110_0000, 0], 'badDescriptor'],
  ['more levels than a proof may have', Array.from({ length: MAX_PROOF_DEPTH / 8 + 1 }, () => 0), 'tooDeep'],
  ['more bytes than a proof may need', Array.from({ length: MAX_DESCRIPTOR_LENGTH + 1 }, () => 0xff), 'badDescriptor'],
])('%s', (_, bytes, code) => {
  expect(() => decodeDescriptor(Uint8Array.from(bytes))).toThrow(
    expect.objectContaining({ name: 'MultiproofError', fault: expect.objectContaining({ code }) as object }),
  )
})
