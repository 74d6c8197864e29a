import { BitArray, ByteVectorType, ContainerType, ProgressiveContainerType, UintNumberType } from '@chainsafe/ssz'
import { expect, test } from 'vitest'
import { fieldGindex, progressiveFieldGindex } from './container-gindices.ts'

const bytes32 = new ByteVectorType(32)

test('fields of progressive containers lie where the SSZ library has them', () => {
  // As many as the state of Gloas has.
  const names = Array.from({ length: 46 }, (_, i) => `field${i}`)
  const type = new ProgressiveContainerType(
    Object.fromEntries(names.map((name) => [name, bytes32])),
    BitArray.fromBoolArray(names.map(() => true)),
  )
  const expected = names.map((name) => Number(type.getPathInfo([name]).gindex))
  expect(names.map((_, field) => progressiveFieldGindex(1, field))).toEqual(expected)
  expect(progressiveFieldGindex(1, 20)).toBe(367)
})

test('fields of ordinary containers too', () => {
  const type = new ContainerType({ epoch: new UintNumberType(8), root: bytes32, third: bytes32 })
  expect(fieldGindex(1, 3, 1)).toBe(Number(type.getPathInfo(['root']).gindex))
})
