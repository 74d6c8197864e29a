import { expect, test } from 'vitest'
import { asHash } from '../../chain/bytes.ts'
import { rememberedHashes } from './remembered-hashes.ts'

const hashOf = (number: number) => asHash(new Uint8Array(32).fill(number))

test('a hash is asked for once, and answered at once when it has come', async () => {
  const asked: number[] = []
  const hash = rememberedHashes(async (number) => {
    asked.push(number)
    return hashOf(number)
  })
  const [first, second] = [hash(7), hash(7)]
  expect(await first).toEqual(hashOf(7))
  expect(await second).toEqual(hashOf(7))
  expect(hash(7)).toEqual(hashOf(7))
  expect(await hash(8)).toEqual(hashOf(8))
  expect(asked).toEqual([7, 8])
})

test('one that could not be had is asked for again', async () => {
  let failures = 1
  const hash = rememberedHashes(async (number) => {
    if (failures-- > 0) throw new Error('nobody has it')
    return hashOf(number)
  })
  await expect(hash(3)).rejects.toThrow('nobody has it')
  expect(await hash(3)).toEqual(hashOf(3))
})
