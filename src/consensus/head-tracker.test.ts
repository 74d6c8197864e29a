import { beforeAll, describe, expect, test } from 'vitest'
import { UpdatePool } from '../testing/committee-chain.fixtures.ts'
import { PERIOD } from '../testing/light-client-fixture.ts'
import type { Root } from '../chain/bytes.ts'
import { asRoot } from '../chain/bytes.ts'
import { HeadTracker, MAX_ANNOUNCING_SERVERS } from './head-tracker.ts'
import type { ValidatedHead } from './head-validator.ts'

const START = 2 * PERIOD

let pool: UpdatePool
beforeAll(async () => {
  pool = await UpdatePool.load()
})

/** What a validator would hand out; its checks are tested with it. */
function head(slot: number, finalized?: number, signers = 32, proposerIndex = 1): ValidatedHead<'used'> {
  const update = pool.fixture.update({
    attestedSlot: START + slot,
    finalizedSlot: finalized === undefined ? undefined : START + finalized,
    teaches: 'nothing',
  })
  const finalizedHeader = update.finality && {
    ...update.finality.header,
    beacon: { ...update.finality.header.beacon, proposerIndex },
  }
  const { attestedHeader, signatureSlot } = update
  const made = { trust: 'used', attestedHeader, finalizedHeader, signers, committeeSize: 32, signatureSlot, update }
  return made as unknown as ValidatedHead<'used'>
}

const root = (byte: number): Root => asRoot(new Uint8Array(32).fill(byte))

describe('validated heads', () => {
  test('never go back', () => {
    const tracker = new HeadTracker(() => START)
    const [first, newer, older] = [head(10, 4), head(12), head(11)]
    expect(tracker.take(first)).toEqual({ kind: 'newer' })
    expect(tracker.take(newer)).toEqual({ kind: 'newer' })
    expect(tracker.take(older)).toEqual({ kind: 'known' })
    expect([tracker.optimistic, tracker.finality]).toEqual([newer, first])
  })

  test('of one slot the head with more signers is kept', () => {
    const tracker = new HeadTracker(() => START)
    tracker.take(head(10, undefined, 25))
    expect(tracker.take(head(10, undefined, 24))).toEqual({ kind: 'known' })
    const better = head(10, undefined, 26)
    expect(tracker.take(better)).toEqual({ kind: 'better' })
    expect(tracker.optimistic).toBe(better)
  })

  test('an old head may finalize something new', () => {
    const tracker = new HeadTracker(() => START)
    const newest = head(20, 4)
    tracker.take(newest)
    const finalizes = head(19, 8)
    expect(tracker.take(finalizes)).toEqual({ kind: 'newer' })
    expect([tracker.optimistic, tracker.finality]).toEqual([newest, finalizes])
  })

  test('two finalized blocks of one slot are an attack, and the first stays', () => {
    const tracker = new HeadTracker(() => START)
    const [known, other] = [head(20, 8), head(24, 8, 32, 2)]
    tracker.take(known)
    expect(tracker.take(other)).toEqual({ kind: 'conflict', known, other })
    expect([tracker.optimistic, tracker.finality]).toEqual([known, known])
  })
})

describe('the announced head', () => {
  test('is what most servers say, of equally many the newest', () => {
    const tracker = new HeadTracker(() => 100)
    expect(tracker.announced).toBeUndefined()
    tracker.announce('a', { slot: 100, blockRoot: root(1) })
    tracker.announce('b', { slot: 99, blockRoot: root(2) })
    expect(tracker.announced).toEqual({ slot: 100, blockRoot: root(1) })
    tracker.announce('c', { slot: 99, blockRoot: root(2) })
    expect(tracker.announced).toEqual({ slot: 99, blockRoot: root(2) })
    expect(tracker.announcersOf({ slot: 99, blockRoot: root(2) })).toEqual(['b', 'c'])
    tracker.forget('c')
    expect(tracker.announced).toEqual({ slot: 100, blockRoot: root(1) })
    tracker.announce('a', { slot: 98, blockRoot: root(3) })
    expect(tracker.announced).toEqual({ slot: 99, blockRoot: root(2) })
  })

  test('is no head of the future, and a server that names one is not heard', () => {
    const tracker = new HeadTracker(() => 100)
    tracker.announce('a', { slot: 101, blockRoot: root(1) })
    expect(tracker.announced?.slot).toBe(101)
    tracker.announce('a', { slot: 102, blockRoot: root(1) })
    expect(tracker.announced).toBeUndefined()
  })

  test('changes no validated head', () => {
    const tracker = new HeadTracker(() => START + 90)
    tracker.announce('a', { slot: START + 90, blockRoot: root(1) })
    expect([tracker.optimistic, tracker.finality]).toEqual([undefined, undefined])
  })

  test('remembers a bounded number of servers, the latest to speak', () => {
    const tracker = new HeadTracker(() => 100)
    for (let i = 0; i <= MAX_ANNOUNCING_SERVERS; i++) tracker.announce(`${i}`, { slot: 9, blockRoot: root(9) })
    const announcers = tracker.announcersOf({ slot: 9, blockRoot: root(9) })
    expect([announcers.length, announcers.includes('0')]).toEqual([MAX_ANNOUNCING_SERVERS, false])
  })
})
