import fc from 'fast-check'
import { bytesToHex } from '@ethereumjs/util'
import { beforeAll, describe, expect, test } from 'vitest'
import { MemoryStorage, UpdatePool, type Sketch } from '../testing/committee-chain.fixtures.ts'
import { PERIOD } from '../testing/light-client-fixture.ts'
import { checkpointData } from './checkpoint-data.ts'
import type { CommitteeChainOptions, InsertOutcome } from './committee-chain.ts'
import { CommitteeChain } from './committee-chain.ts'
import { upgradeExecutionToGloas } from './containers/upgrade-header.ts'
import { loadCommitteeChain } from './load-committee-chain.ts'
import { isBetterUpdate } from './protocol/is-better-update.ts'
import { InvalidUpdateError } from './protocol/light-client-error.ts'

/** Of the checkpoint. */
const FIRST = 2
const CURRENT_SLOT = 100 * PERIOD

let pool: UpdatePool
beforeAll(async () => {
  pool = await UpdatePool.load()
})

function startChain(more: Partial<CommitteeChainOptions> = {}) {
  const storage = new MemoryStorage()
  const { fixture, verifier } = pool
  const { bootstrap, root } = fixture.bootstrap(FIRST * PERIOD + 8)
  const options = { network: fixture.network, verifier, currentSlot: () => CURRENT_SLOT, storage, ...more }
  return {
    chain: new CommitteeChain(options, checkpointData(fixture.network, root, bootstrap)),
    storage,
    options,
    root,
  }
}

/** The kinds of outcome of one insertion after another. */
const insertAll = (chain: CommitteeChain, sketches: readonly Sketch[]) =>
  sketches.map((sketch) => chain.insert(pool.update(sketch)).kind)

const faultOf = (outcome: InsertOutcome) => (outcome.kind === 'refused' ? outcome.error.fault : outcome.kind)

const committeesOf = (chain: CommitteeChain) =>
  Array.from({ length: chain.period - FIRST + 1 }, (_, i) => {
    const known = chain.committee(FIRST + i)
    return known && `${known.standing} ${bytesToHex(known.committee.aggregatePubkey)}`
  })

test('period after period, a committee for each', () => {
  const { chain, storage } = startChain()
  expect(insertAll(chain, [{ period: 2 }, { period: 3 }, { period: 4 }])).toEqual(['extended', 'extended', 'extended'])
  expect([chain.period, chain.finalizedPeriod]).toEqual([5, 4])
  expect(committeesOf(chain)).toEqual([2, 3, 4, 5].map((name) => `proven ${pool.committeeKey(name)}`))
  expect([chain.committee(1), chain.committee(6)]).toEqual([undefined, undefined])
  expect([...storage.updates.keys()]).toEqual([2, 3, 4])
})

test('committees beyond the decoded ones come from their updates again', () => {
  const { chain } = startChain()
  const periods = Array.from({ length: 24 }, (_, i) => FIRST + i)
  insertAll(
    chain,
    periods.map((period) => ({ period })),
  )
  for (const period of periods) {
    expect(bytesToHex(chain.committee(period)!.committee.aggregatePubkey)).toBe(pool.committeeKey(period))
  }
})

test('a better update of the same committee replaces the known one, and what follows stands', () => {
  const { chain, storage } = startChain()
  expect(insertAll(chain, [{ period: 2, signers: 25 }, { period: 3 }])).toEqual(['extended', 'extended'])
  expect(chain.insert(pool.update({ period: 2, signers: 24 })).kind).toBe('notBetter')
  expect(chain.insert(pool.update({ period: 2, signers: 30 })).kind).toBe('replaced')
  expect([chain.score(2)?.signers, chain.period]).toEqual([30, 4])
  expect(storage.updates.get(2)).toBe(chain.update(2))
})

test('an update in the container of a later fork is kept in that of its own', async () => {
  const { chain, options, root } = startChain()
  const update = pool.update({ period: 2 })
  const { nextSyncCommittee: next, finality } = update
  const zero = new Uint8Array(32)
  const longer = {
    ...update,
    nextSyncCommittee: next && { ...next, branch: [zero, zero, ...next.branch] },
    finality: finality && { ...finality, branch: [zero, ...finality.branch] },
  }
  expect(chain.insert(longer).kind).toBe('extended')
  const again = await loadCommitteeChain(options, root)
  expect(again.kind === 'loaded' && [again.chain.period, again.dropped]).toEqual([3, undefined])
})

describe('refused', () => {
  test('an update whose header a later container has cut down to its block hash', () => {
    const { chain } = startChain()
    const update = pool.update({ period: 2 })
    const { execution } = update.attestedHeader
    const cut = upgradeExecutionToGloas(execution!)
    const outcome = chain.insert({ ...update, attestedHeader: { ...update.attestedHeader, execution: cut } })
    expect(faultOf(outcome)).toEqual({ code: 'missingPart', part: 'execution header' })
    expect(chain.period).toBe(FIRST)
  })

  test('a gap, and what lies before the checkpoint', () => {
    const { chain } = startChain()
    expect(faultOf(chain.insert(pool.update({ period: 3 })))).toEqual({ code: 'wrongPeriod', period: 3, expected: [2] })
    expect(faultOf(chain.insert(pool.update({ period: 1 })))).toEqual({ code: 'wrongPeriod', period: 1, expected: [2] })
  })

  test('fewer than two thirds, also as a second opinion', () => {
    const { chain } = startChain()
    expect(faultOf(chain.insert(pool.update({ period: 2, signers: 21 })))).toMatchObject({ code: 'tooFewSigners' })
    expect(insertAll(chain, [{ period: 2, signers: 22 }])).toEqual(['extended'])
    expect(insertAll(chain, [{ period: 2, signers: 21, teaches: 43 }])).toEqual(['refused'])
    expect(chain.conflict).toBeUndefined()
  })

  test('signed by another committee', () => {
    const { chain } = startChain()
    expect(faultOf(chain.insert(pool.update({ period: 2, signer: 42 })))).toMatchObject({ code: 'badSignature' })
  })

  test('a worse update that does not verify is no update at all', () => {
    const { chain } = startChain()
    insertAll(chain, [{ period: 2 }])
    expect(insertAll(chain, [{ period: 2, signers: 24, signer: 42 }])).toEqual(['refused'])
  })
})

test('two supermajorities for different committees: both are kept and nothing is taken any more', () => {
  const { chain, storage } = startChain()
  insertAll(chain, [{ period: 2 }, { period: 3, signers: 22 }])
  const before = committeesOf(chain)
  expect(insertAll(chain, [{ period: 3, teaches: 44 }])).toEqual(['halted'])
  expect(chain.conflict?.known).toBe(chain.update(3))
  expect(storage.conflict).toBe(chain.conflict)
  expect(insertAll(chain, [{ period: 4 }, { period: 3 }])).toEqual(['halted', 'halted'])
  expect(committeesOf(chain)).toEqual(before)
})

test('the evidence of an attack stops the chain after a load as well, made-up evidence does not', async () => {
  const { chain, storage, options, root } = startChain()
  insertAll(chain, [{ period: 2 }, { period: 2, teaches: 43 }])
  const again = await loadCommitteeChain(options, root)
  expect(again.kind === 'loaded' && again.chain.conflict).toEqual(chain.conflict)
  storage.conflict = { known: chain.update(2)!, other: chain.update(2)! }
  const unharmed = await loadCommitteeChain(options, root)
  expect(unharmed.kind === 'loaded' && unharmed.chain.conflict).toBeUndefined()
})

describe('a chain that may be taught by fewer', () => {
  const leastSigners = 5

  test('is provisional from the weak link on, until a supermajority proves the same', () => {
    const { chain } = startChain({ leastSigners })
    insertAll(chain, [{ period: 2 }, { period: 3, signers: 9 }, { period: 4 }])
    const standings = () => [2, 3, 4, 5].map((period) => chain.committee(period)?.standing)
    expect(standings()).toEqual(['proven', 'proven', 'provisional', 'provisional'])
    expect(chain.finalizedPeriod).toBe(2)
    expect(insertAll(chain, [{ period: 3 }])).toEqual(['replaced'])
    expect(standings()).toEqual(['proven', 'proven', 'proven', 'proven'])
  })

  test('is reorganised for a better update with another committee', () => {
    const { chain, storage } = startChain({ leastSigners })
    insertAll(chain, [
      { period: 2, signers: 9, teaches: 43 },
      { period: 3, signer: 43, teaches: 44 },
    ])
    expect(chain.insert(pool.update({ period: 2 }))).toEqual({ kind: 'reorganised', period: 2, dropped: 2 })
    expect([...storage.updates.keys()]).toEqual([2])
    expect(committeesOf(chain)).toEqual([2, 3].map((name) => `proven ${pool.committeeKey(name)}`))
  })

  test('but not at or below what is finalized', () => {
    const { chain } = startChain({ leastSigners })
    insertAll(chain, [{ period: 2 }, { period: 3, signers: 9 }])
    chain.finalize(4 * PERIOD)
    expect(faultOf(chain.insert(pool.update({ period: 3, teaches: 44 })))).toEqual({
      code: 'otherCommittee',
      period: 4,
    })
  })
})

test('links signed by a committee whose aggregate key is wrong fall', () => {
  const unsound = new Set([3, 4].map((name) => pool.committeeKey(name)))
  const verifier = {
    ...pool.verifier,
    isAggregateSound: ({ aggregatePubkey }: { aggregatePubkey: Uint8Array }) =>
      !unsound.has(bytesToHex(aggregatePubkey)),
  }
  const { chain, storage } = startChain({ verifier })
  insertAll(chain, [{ period: 2 }, { period: 3 }, { period: 4 }])
  expect(chain.withdrawUnsound()).toEqual([4, 3])
  expect([chain.period, [...storage.updates.keys()]]).toEqual([3, [2]])
})

test('a number of signers that no committee can have', () => {
  for (const leastSigners of [0, 33, 2.5, NaN]) expect(() => startChain({ leastSigners })).toThrow(RangeError)
})

describe('load', () => {
  async function loaded(spoil: (storage: MemoryStorage) => void) {
    const { chain, storage, options, root } = startChain()
    insertAll(chain, [{ period: 2 }, { period: 3 }, { period: 4 }, { period: 5 }])
    spoil(storage)
    const seen: number[] = []
    const result = await loadCommitteeChain(options, root, (period) => seen.push(period))
    if (result.kind !== 'loaded') throw new Error(result.kind)
    return { ...result, seen, kept: [...storage.updates.keys()] }
  }

  test('newest link first, all of them', async () => {
    const { chain, seen, dropped } = await loaded(() => undefined)
    expect([chain.period, seen, dropped]).toEqual([6, [5, 4, 3, 2], undefined])
  })

  test('other work gets its turn between the links of a long chain', async () => {
    const { chain, options, root } = startChain()
    const periods = Array.from({ length: 40 }, (_, i) => ({ period: 2 + i }))
    insertAll(chain, periods)
    const seen: number[] = []
    const turns: number[] = []
    const pause = () => Promise.resolve(void turns.push(seen.length))
    const result = await loadCommitteeChain(options, root, (period) => seen.push(period), pause)
    expect([result.kind, seen.length, turns]).toEqual(['loaded', 40, [16, 32]])
  })

  test('a spoiled link goes, with all that follow', async () => {
    const { chain, kept, dropped } = await loaded(({ updates }) => {
      const ssz = Uint8Array.from(updates.get(4)!.ssz)
      ssz[300] = ssz[300]! ^ 1
      updates.set(4, { ...updates.get(4)!, ssz })
    })
    expect([chain.period, kept, dropped?.period]).toEqual([4, [2, 3], 4])
    expect(dropped?.error).toBeInstanceOf(Error)
  })

  test('an update filed under another period', async () => {
    const { chain, dropped } = await loaded(({ updates }) => {
      updates.set(4, { ...updates.get(5)!, period: 4 })
    })
    expect([chain.period, dropped?.period]).toEqual([4, 4])
    expect(dropped?.error).toBeInstanceOf(InvalidUpdateError)
  })

  test('what lies behind a gap', async () => {
    const { chain, kept } = await loaded(({ updates }) => void updates.delete(3))
    expect([chain.period, kept]).toEqual([3, [2]])
  })

  test('bytes of nothing', async () => {
    const { chain, dropped } = await loaded(({ updates }) => {
      updates.set(2, { ...updates.get(2)!, ssz: new Uint8Array(7) })
    })
    expect([chain.period, dropped?.period, dropped?.error.name]).toEqual([2, 2, 'DecodeError'])
  })

  test('a checkpoint that is not the one trusted now', async () => {
    const { options } = startChain()
    const { root } = pool.fixture.bootstrap(FIRST * PERIOD + 16)
    expect(await loadCommitteeChain(options, root)).toMatchObject({
      kind: 'unusable',
      error: { fault: { code: 'otherRoot' } },
    })
    expect(await loadCommitteeChain({ ...options, storage: new MemoryStorage() }, root)).toEqual({
      kind: 'nothingKept',
    })
  })
})

/** The rules once more, over sketches and without a thought for speed. */
class NaiveChain {
  links: Required<Sketch>[] = []
  finalized = FIRST
  halted = false

  constructor(readonly leastSigners: number) {}

  insert(sketch: Required<Sketch>): InsertOutcome['kind'] {
    if (this.halted) return 'halted'
    const at = sketch.period - FIRST
    if (sketch.signers < this.leastSigners || at < 0 || at > this.links.length) return 'refused'
    if (sketch.signer !== this.committee(sketch.period)) return 'refused'
    const known = this.links[at]
    if (known === undefined) {
      this.links.push(sketch)
      return 'extended'
    }
    const better = isBetterUpdate(pool.fixture.network.preset, pool.update(sketch), pool.update(known))
    if (known.teaches === sketch.teaches) {
      if (better) this.links[at] = sketch
      return better ? 'replaced' : 'notBetter'
    }
    if (this.links.slice(0, at + 1).every(isStrong) && isStrong(sketch)) {
      this.halted = true
      return 'halted'
    }
    if (!better || sketch.period < this.finalizedPeriod()) return 'refused'
    this.links = [...this.links.slice(0, at), sketch]
    return 'reorganised'
  }

  finalizedPeriod(): number {
    const weak = this.links.findIndex((link) => !isStrong(link))
    const strong = weak === -1 ? this.links : this.links.slice(0, weak)
    return strong.reduce(
      (most, link) => (link.finality === 'none' ? most : Math.max(most, link.period)),
      this.finalized,
    )
  }

  committee(period: number): number {
    return this.links[period - FIRST - 1]?.teaches ?? FIRST
  }

  committees(): string[] {
    return Array.from({ length: this.links.length + 1 }, (_, i) => {
      const standing = this.links.slice(0, i).every(isStrong) ? 'proven' : 'provisional'
      return `${standing} ${pool.committeeKey(this.committee(FIRST + i))}`
    })
  }
}

const isStrong = ({ signers }: { readonly signers: number }): boolean => signers >= 22

/** Committees of the honest chain are named by their period, those of an attacker by 40 more. */
const anySketch: fc.Arbitrary<Required<Sketch>> = fc
  .record({
    period: fc.integer({ min: FIRST - 1, max: FIRST + 5 }),
    signedBy: fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(40) }),
    taught: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(40) }),
    signers: fc.constantFrom(4, 9, 21, 22, 27, 32),
    finality: fc.constantFrom('none' as const, 'ofSamePeriod' as const),
  })
  .map(({ period, signedBy, taught, signers, finality }) => {
    return { period, signer: period + signedBy, teaches: period + 1 + taught, signers, finality }
  })

test.each([22, 5])(
  'like the naive chain, with updates of any kind in any order, from %d signers on',
  async (leastSigners) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anySketch, { maxLength: 40 }), async (sketches) => {
        const { chain, options, root } = startChain({ leastSigners })
        const naive = new NaiveChain(leastSigners)
        for (const sketch of sketches) {
          expect(chain.insert(pool.update(sketch)).kind).toBe(naive.insert(sketch))
          expect([chain.period, chain.finalizedPeriod]).toEqual([FIRST + naive.links.length, naive.finalizedPeriod()])
        }
        expect(committeesOf(chain)).toEqual(naive.committees())
        const again = await loadCommitteeChain(options, root)
        if (again.kind !== 'loaded') throw new Error(again.kind)
        expect([again.dropped, again.chain.conflict]).toEqual([undefined, chain.conflict])
        expect(committeesOf(again.chain)).toEqual(committeesOf(chain))
      }),
      { numRuns: 60 },
    )
  },
  60_000,
)
