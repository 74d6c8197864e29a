import fc from 'fast-check'
import { expect, test } from 'vitest'
import { asHash } from '../../chain/bytes.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import type { HistoryAnswer } from '../light-client/history-desk.ts'
import { BeaconHistory, MAX_PROBES } from './beacon-history.ts'
import { Evidence } from './evidence.ts'

const NO_HASH = asHash(new Uint8Array(32))
const answerAt = (slot: number): HistoryAnswer => ({
  ...{ kind: 'proven', slot, blockHash: NO_HASH, servers: ['gateway'] },
  under: { slot: 0, blockHash: NO_HASH },
})

/** Slots that have a block, the first ones first: the block of the number is the one at that place. */
function slotsOf(count: number, missed: number, seed: number): number[] {
  const random = seededRandom(seed)
  return Array.from({ length: count }, (_, slot) => slot).filter((slot) => slot === 0 || random() >= missed)
}

interface Options {
  /** From this slot on a beacon block proves its parent's payload (Gloas). */
  readonly parentsFrom?: number
  readonly prove?: (slot: number, honest: (slot: number) => Promise<HistoryAnswer>) => Promise<HistoryAnswer>
  readonly isOtherChain?: () => boolean
}

function historyOf(slots: readonly number[], { parentsFrom = Infinity, prove, isOtherChain }: Options = {}) {
  const probes: number[] = []
  /** What the beacon block of a number proves. */
  const provenBy = (at: number) => (slots[at]! >= parentsFrom ? at - 1 : at)
  const latest = (slot: number) => slots.findLastIndex((one) => one <= slot)
  const honest = async (slot: number) => answerAt(slots[latest(slot)]!)
  const taken: number[] = []
  const newest = slots.length - 1
  const history = new BeaconHistory({
    head: () => ({ number: provenBy(newest), slot: slots[newest]! }),
    prove: (slot) => {
      probes.push(slot)
      return prove === undefined ? honest(slot) : prove(slot, honest)
    },
    take: async ({ slot }) => {
      if (isOtherChain?.() === true) return undefined
      const number = provenBy(latest(slot))
      taken.push(number)
      return { number } as RawHeader
    },
  })
  const abort = new AbortController()
  return { history, probes, taken, abort, ask: { signal: abort.signal, evidence: new Evidence() } }
}

test('probes come from above, whatever slots were missed and whichever payload a block proves', async () => {
  const given = fc.record({
    seed: fc.nat(1_000),
    missed: fc.double({ min: 0, max: 0.3, noNaN: true }),
    wanted: fc.double({ min: 0, max: 1, noNaN: true }),
    fork: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  await fc.assert(
    fc.asyncProperty(given, async ({ seed, missed, wanted, fork }) => {
      const slots = slotsOf(4_000, missed, seed)
      const { history, taken, ask } = historyOf(slots, { parentsFrom: Math.ceil(fork * 4_000) })
      const number = Math.floor(wanted * (slots.length - 40))
      expect(await history.descend(number, 8, ask)).toBeUndefined()
      expect(taken.every((one) => one >= number)).toBe(true)
      expect(taken).toEqual([...taken].sort((a, b) => b - a))
      expect(taken.at(-1)! - number).toBeLessThanOrEqual(8)
    }),
    { numRuns: 60 },
  )
})

test('with one slot in a hundred missed, a million blocks back are three proofs away', async () => {
  const { history, probes, ask } = historyOf(slotsOf(1_000_000, 0.01, 7))
  expect(await history.descend(1_000, 128, ask)).toBeUndefined()
  expect(probes.length).toBeLessThanOrEqual(3)
  expect(ask.evidence.sources).toEqual(['gateway'])
})

test('where most slots were missed, the bound on proofs is said, and the next question goes on from there', async () => {
  const { history, probes, ask } = historyOf(slotsOf(1_000_000, 0.6, 7))
  expect(await history.descend(10, 8, ask)).toMatch(/8 proofs of the beacon state's history led down to block \d+ only/)
  expect(probes).toHaveLength(MAX_PROBES)
  expect(await history.descend(10, 8, ask)).toMatch(/8 proofs/)
  expect(await history.descend(10, 8, ask)).toBeUndefined()
  expect(probes).toEqual([...probes].sort((a, b) => b - a))
})

test('what nobody proves is said in the words of whoever refused it, after one question', async () => {
  const refused = { kind: 'refused', reason: 'asked a, b' } as const
  const { history, probes, ask } = historyOf(slotsOf(1_000, 0, 1), { prove: async () => refused })
  expect(await history.descend(10, 8, ask)).toBe('asked a, b')
  expect(probes).toHaveLength(1)
})

test('a block from before the first slot is refused as that slot is', async () => {
  const slots = slotsOf(1_000, 0, 1)
  const before = { kind: 'refused', reason: 'older than Capella; proofs reach back to slot 8' } as const
  const merged = historyOf(slots, { prove: async () => before })
  expect(await merged.history.descend(-5, 8, merged.ask)).toBe(before.reason)
  expect(merged.probes).toEqual([0])
  const { history, probes, ask } = historyOf(slots)
  expect(await history.descend(-5, 8, ask)).toBe('it is older than the beacon chain')
  expect(probes).toEqual([0])
})

test('a proof under a head of another chain is asked for anew, within the bound', async () => {
  let other = 2
  const { history, probes, ask } = historyOf(slotsOf(1_000, 0, 1), { isOtherChain: () => other-- > 0 })
  expect(await history.descend(10, 8, ask)).toBeUndefined()
  expect(probes).toEqual([10, 10, 10])
  const never = historyOf(slotsOf(1_000, 0, 1), { isOtherChain: () => true })
  expect(await never.history.descend(10, 8, never.ask)).toMatch(/8 proofs/)
  expect(never.probes).toHaveLength(MAX_PROBES)
})

test('a request that is aborted stops asking', async () => {
  const aborted = historyOf(slotsOf(1_000, 0.3, 1), {
    prove: async (slot, honest) => {
      aborted.abort.abort(new Error('nobody waits'))
      return honest(slot)
    },
  })
  await expect(aborted.history.descend(10, 1, aborted.ask)).rejects.toThrow('nobody waits')
  expect(aborted.probes).toHaveLength(1)
})

test('the same slot is asked for once for all that want it, and eight slots are open at a time', async () => {
  const open: (() => void)[] = []
  const { history, probes, ask } = historyOf(slotsOf(1_000, 0, 1), {
    prove: (slot, honest) => new Promise((resolve) => open.push(() => resolve(honest(slot)))),
  })
  const wanted = [10, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
  const all = Promise.all(wanted.map((number) => history.descend(number, 8, ask)))
  expect(probes).toEqual([10, 20, 30, 40, 50, 60, 70, 80])
  while (open.length > 0) {
    open.shift()!()
    await new Promise<void>((resolve) => void setImmediate(resolve))
  }
  expect(await all).toEqual(wanted.map(() => undefined))
  expect(probes).toHaveLength(10)
})
