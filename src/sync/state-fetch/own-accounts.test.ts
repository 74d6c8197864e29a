/** Who is told of accounts that questions name: over random visits, with servers that fail and come back. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asAddress } from '../../chain/bytes.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { DECOYS, MAX_OWN_ACCOUNTS } from './constants.ts'
import { OwnAccounts } from './own-accounts.ts'

const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `server ${at}`)
const visit = fc.record({
  seed: fc.integer(),
  servers: fc.integer({ min: 2, max: 6 }),
  questions: fc.array(fc.integer({ min: 0, max: 11 }), { minLength: 2, maxLength: 60 }),
})

test('no server of several is told of all accounts, but of its share at most; one account is always asked of one', () => {
  fc.assert(
    fc.property(visit, ({ seed, servers, questions }) => {
      const own = new OwnAccounts(seededRandom(seed))
      const homes = new Map<string, string>()
      for (const question of questions) {
        const key = `account ${question}`
        own.note(key)
        const home = own.homeOf(key, names(servers))
        expect(homes.get(key) ?? home).toBe(home)
        homes.set(key, home)
      }
      for (const name of names(servers)) {
        const told = [...homes.values()].filter((home) => home === name).length
        expect(told).toBeLessThanOrEqual(Math.ceil(homes.size / servers))
        if (homes.size > 1) expect(told).toBeLessThan(homes.size)
      }
    }),
  )
})

test('an account is told to another server only when none that knows of it works', () => {
  const failing = fc.array(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 1, max: 14 })), { maxLength: 60 })
  fc.assert(
    fc.property(fc.integer(), failing, (seed, steps) => {
      const own = new OwnAccounts(seededRandom(seed))
      const told = new Map<string, Set<string>>()
      for (const [account, mask] of steps) {
        const working = names(4).filter((_, at) => (mask & (1 << at)) !== 0)
        const key = `account ${account}`
        own.note(key)
        const knowing = told.get(key) ?? new Set()
        const home = own.homeOf(key, working)
        if (working.some((name) => knowing.has(name))) expect(knowing.has(home)).toBe(true)
        told.set(key, knowing.add(home))
      }
    }),
  )
})

test('an account is asked about with the same others each time, a few of those there were first', () => {
  const own = new OwnAccounts(seededRandom(3))
  const others = Array.from({ length: 20 }, (_, at) => asAddress(new Uint8Array(20).fill(at)))
  const nobodys = (): string => 'of nobody here'
  own.mix('unknown', others, nobodys)
  expect(own.decoysOf('unknown')).toEqual([])
  own.note('known')
  own.mix('known', [], nobodys)
  expect(own.isAlone('known')).toBe(true)
  own.mix('known', others, nobodys)
  const decoys = own.decoysOf('known')
  expect(new Set(decoys).size).toBe(DECOYS)
  own.mix('known', others.slice(0, 3), nobodys)
  own.note('known')
  expect(own.decoysOf('known')).toBe(decoys)
})

test('none is asked about with another of the visit’s own, nor with itself', () => {
  const own = new OwnAccounts(seededRandom(3))
  const touched = Array.from({ length: 20 }, (_, at) => asAddress(new Uint8Array(20).fill(at)))
  const keyOf = ([first]: Uint8Array): string => `account ${first}`
  for (const address of touched.slice(2)) own.note(keyOf(address))
  for (const address of touched.slice(2)) own.mix(keyOf(address), touched, keyOf)
  for (const address of touched.slice(2)) {
    expect([...own.decoysOf(keyOf(address))].sort((a, b) => a[0]! - b[0]!)).toEqual(touched.slice(0, 2))
  }
})

test('as many accounts are known as there may be, those named last', () => {
  const own = new OwnAccounts(seededRandom(3))
  for (let at = 0; at <= MAX_OWN_ACCOUNTS; at++) own.note(`account ${at}`)
  expect([own.has('account 0'), own.has('account 1')]).toEqual([false, true])
})
