import { expect, test } from 'vitest'
import { asHash, type Hash } from '../../src/chain/bytes.ts'
import { UnavailableError, type Witness } from './execution-source.ts'
import { WitnessDesk } from './witness-desk.ts'

function blockHash(number: number): Hash {
  return asHash(new Uint8Array(32).fill(number))
}

function witness(bytes: number): Witness {
  const nodes = [new Uint8Array(bytes)]
  return { block: {} as Witness['block'], headers: [], nodes, codes: [], blockHashes: new Map(), keys: undefined }
}

test('a witness is made once for all who ask, one at a time', async () => {
  const desk = new WitnessDesk()
  let running = 0
  const made: number[] = []
  const make = (number: number) => async () => {
    expect(++running).toBe(1)
    await Promise.resolve()
    running--
    made.push(number)
    return witness(10)
  }
  const asked = [1, 2, 1, 3, 2].map(async (number) => desk.get(blockHash(number), make(number)))
  const got = await Promise.all(asked)
  expect(made).toEqual([1, 2, 3])
  expect(got[0]).toBe(got[2])
  expect(desk.get(blockHash(3), make(3))).toBe(got[3])
})

test('a failure is told to those who wait, and tried again for the next', async () => {
  const desk = new WitnessDesk()
  const fail = () => Promise.reject(new UnavailableError('pruned'))
  await expect(desk.get(blockHash(1), fail)).rejects.toThrow('pruned')
  await expect(desk.get(blockHash(1), () => Promise.resolve(witness(1)))).resolves.toMatchObject({ codes: [] })
})

test('what waits and what is kept is bounded', async () => {
  const desk = new WitnessDesk()
  let made = 0
  const make = async () => {
    made++
    return witness(4 * 1024 * 1024)
  }
  const asked = Array.from({ length: 32 }, async (_, number) => desk.get(blockHash(number), make))
  expect(() => desk.get(blockHash(99), make)).toThrow(UnavailableError)
  await Promise.all(asked)
  expect(made).toBe(32)
  await desk.get(blockHash(31), make)
  expect(made).toBe(32)
  await desk.get(blockHash(0), make)
  expect(made).toBe(33)
})
