import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { ImportMarks } from './import-marks.ts'
import { decodeMarks, encodeMarks } from './marks-codec.ts'

const HASH = `0x${'ab'.repeat(32)}` as const
const marks: ImportMarks = {
  skipped: [{ from: 3, to: 9, hash: HASH, reason: '31 blocks behind' }],
  skippedBlocks: 40,
  pivots: 2,
  disputes: [{ number: 12, hash: HASH, reason: 'stateRoot' }],
}

test('marks come back as they were', () => {
  expect(decodeMarks(encodeMarks(marks))).toEqual(marks)
})

test('what is no marks is none, whatever it is; what is taken is within the bounds', () => {
  const bytes = encodeMarks(marks)
  const spoilt = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.nat(bytes.length - 1).map((length) => bytes.slice(0, length)),
    fc.jsonValue().map((value) => new TextEncoder().encode(JSON.stringify(value))),
    fc
      .tuple(fc.constantFrom('version', ...Object.keys(marks)), fc.jsonValue())
      .map(([name, value]) => new TextEncoder().encode(JSON.stringify({ version: 1, ...marks, [name]: value }))),
  )
  fc.assert(
    fc.property(spoilt, (input) => {
      const decoded = decodeMarks(input)
      if (decoded !== undefined) expect(decodeMarks(encodeMarks(decoded))).toEqual(decoded)
    }),
  )
  expect(decodeMarks(bytes.slice(1))).toBeUndefined()
})
