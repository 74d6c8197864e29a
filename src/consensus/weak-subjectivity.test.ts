import fc from 'fast-check'
import { expect, test } from 'vitest'
import { networkByName } from '../chain/network.ts'
import { fixtureNetwork } from '../testing/fixture-network.ts'
import { WeakSubjectivityError, weakSubjectivityFault } from './weak-subjectivity.ts'

const mainnet = networkByName('mainnet')
const devnet = fixtureNetwork()
const LIMIT = 3_532
const YEAR_OF_SLOTS = (365 * 86_400) / 12

const errorOf = (network: typeof mainnet, slot: number, currentSlot: number) =>
  new WeakSubjectivityError(network, weakSubjectivityFault(network, slot, currentSlot)!)

test('the last epoch of the limit is still safe, the next is not', () => {
  const slot = 320_000
  expect(weakSubjectivityFault(mainnet, slot, slot + LIMIT * 32 + 31)).toBeUndefined()
  expect(weakSubjectivityFault(mainnet, slot, slot + LIMIT * 32 + 32)).toEqual({
    code: 'tooOld',
    slot,
    ageEpochs: LIMIT + 1,
    limitEpochs: LIMIT,
  })
})

test('a network without a limit takes any age, and nothing from the future', () => {
  fc.assert(
    fc.property(fc.nat(1e9), fc.nat(1e9), (slot, later) => {
      expect(weakSubjectivityFault(devnet, slot, slot + later)).toBeUndefined()
      expect(weakSubjectivityFault(devnet, slot + later + 1, slot)?.code).toBe('future')
    }),
  )
})

test('a clock that must be wrong is named, one that need not be is not', () => {
  expect(errorOf(mainnet, 9_000_000, 9_000_000 + 4_000 * 32).message).toBe(
    'slot 9000000 of mainnet is 4000 epochs (17.8 days) old, a start is safe for 3532 epochs (15.7 days). ' +
      'Use a newer root, or allow an old checkpoint',
  )
  expect(errorOf(mainnet, 9_000_000, 9_000_000 + 5 * YEAR_OF_SLOTS).message).toMatch(
    /5\.0 years.*or your clock is wrong$/,
  )
  expect(errorOf(mainnet, 9_000_000, 9_000_000 - 3 * YEAR_OF_SLOTS).message).toMatch(
    /3\.0 years ahead.*or your clock is wrong$/,
  )
  expect(errorOf(mainnet, 9_000_000, -YEAR_OF_SLOTS).message).toMatch(/before mainnet began.*your clock is wrong$/)
})
