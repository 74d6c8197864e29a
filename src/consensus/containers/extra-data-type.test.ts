import { ByteListType } from '@chainsafe/ssz'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ExtraDataType } from './extra-data-type.ts'
import { CapellaExecutionHeaderType } from './ssz-types.ts'

test('is the library’s ByteList[32], which browsers cannot construct', () => {
  const theirs = new ByteListType(32)
  const ours = new ExtraDataType()
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 32 }), (bytes) => {
      expect(ours.hashTreeRoot(bytes)).toEqual(theirs.hashTreeRoot(bytes))
      expect(ours.serialize(bytes)).toEqual(theirs.serialize(bytes))
      expect(ours.deserialize(ours.serialize(bytes))).toEqual(bytes)
      expect(ours.fromJson(ours.toJson(bytes))).toEqual(bytes)
    }),
  )
})

test('more than 32 bytes are refused', () => {
  expect(() => new ExtraDataType().deserialize(new Uint8Array(33))).toThrow('extra_data of 33 bytes')
  const header = { ...CapellaExecutionHeaderType.defaultValue(), extraData: new Uint8Array(33) }
  expect(() => CapellaExecutionHeaderType.hashTreeRoot(header)).toThrow('extra_data of 33 bytes')
})
