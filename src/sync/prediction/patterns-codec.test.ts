/** What was learned, kept and read again: the same, or nothing; never more than there may be. */
import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { loadKeccak } from '../../chain/keccak.ts'
import { createMemoryStore } from '../../state/store/memory-store.ts'
import { MAX_IDLE_USES, MAX_KEYS, type LearnedKey, type LearnedPattern } from './access-patterns.ts'
import { BlockPredictor } from './block-predictor.ts'
import { MAX_WORDS } from './call.ts'
import { NESTED_POSITIONS, POSITIONS, type AccountForm, type Operand, type SlotForm } from './key-forms.ts'
import { keptPatterns, PatternKeeper, type PatternStore } from './pattern-keeper.ts'
import { decodePatterns, encodePatterns } from './patterns-codec.ts'

const SEED = Number(process.env['BEAMTAB_SEED'] ?? 5)
const keccak = await loadKeccak()

const operand: fc.Arbitrary<Operand> = fc.oneof(
  fc.constantFrom('sender' as const, 'to' as const),
  fc.nat(MAX_WORDS - 1),
)
const account: fc.Arbitrary<AccountForm> = fc.oneof(
  fc.record({ kind: fc.constant('fixed' as const), address: fc.bigInt(0n, 2n ** 160n - 1n) }),
  fc.record({ kind: fc.constant('operand' as const), operand }),
)
const mapping = (keys: number, positions: number) =>
  fc.record({
    kind: fc.constant('mapping' as const),
    operands: fc.array(operand, { minLength: keys, maxLength: keys }),
    position: fc.nat(positions - 1),
  })
const slot: fc.Arbitrary<SlotForm> = fc.oneof(
  fc.record({ kind: fc.constant('fixed' as const), slot: fc.bigInt(0n, 2n ** 256n - 1n) }),
  mapping(1, POSITIONS),
  mapping(2, NESTED_POSITIONS),
)
const key = (uses: number): fc.Arbitrary<LearnedKey> =>
  fc
    .record({
      what: fc.constantFrom('account' as const, 'code' as const, 'slot' as const),
      ...{ account, slot },
      seen: fc.integer({ min: 1, max: uses }),
      idle: fc.nat(Math.min(uses, MAX_IDLE_USES) - 1),
    })
    .map(({ idle, ...rest }) => ({
      ...rest,
      slot: rest.what === 'slot' ? rest.slot : undefined,
      lastUse: uses - idle,
    }))
const pattern: fc.Arbitrary<LearnedPattern> = fc.integer({ min: 1, max: 60_000 }).chain((uses) =>
  fc.record({
    kind: fc
      .tuple(fc.bigInt(0n, 2n ** 160n - 1n), fc.uint8Array({ minLength: 1, maxLength: 4 }))
      .map(([to, selector]) => `${to.toString(16)} ${Buffer.from(selector).toString('hex')}`),
    uses: fc.constant(uses),
    keys: fc.array(key(uses), { maxLength: 12 }),
  }),
)
const patterns = fc.uniqueArray(pattern, { selector: ({ kind }) => kind, maxLength: 12 })

test('what was learned is read as it was written', () => {
  fc.assert(
    fc.property(patterns, (learned) => {
      expect(decodePatterns(encodePatterns(learned, 1), 1)).toEqual(learned)
    }),
    { seed: SEED },
  )
})

test('over the bound the patterns used last are written', () => {
  fc.assert(
    fc.property(patterns, fc.integer({ min: 64, max: 3_000 }), (learned, most) => {
      const bytes = encodePatterns(learned, 1, most)
      expect(bytes.length).toBeLessThanOrEqual(most)
      const read = decodePatterns(bytes, 1)
      expect(read).toEqual(learned.slice(learned.length - read.length))
    }),
    { seed: SEED },
  )
})

test('bytes that were changed anywhere are patterns within bounds, or refused', () => {
  const change = fc.record({ at: fc.nat(), to: fc.nat(255), cut: fc.boolean() })
  fc.assert(
    fc.property(patterns, fc.array(change, { minLength: 1, maxLength: 3 }), (learned, changes) => {
      let bytes = encodePatterns(learned, 1)
      for (const { at, to, cut } of changes) {
        if (cut) bytes = bytes.slice(0, at % (bytes.length + 1))
        else if (bytes.length > 0) bytes[at % bytes.length] = to
      }
      let read: LearnedPattern[]
      try {
        read = decodePatterns(bytes, 1)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
        return
      }
      for (const { uses, keys } of read) {
        expect(keys.length).toBeLessThanOrEqual(MAX_KEYS)
        for (const { seen, lastUse } of keys) {
          expect(seen).toBeGreaterThan(0)
          expect(uses - lastUse).toBeLessThan(MAX_IDLE_USES)
        }
      }
      new BlockPredictor(keccak, read).predict([])
    }),
    { seed: SEED, numRuns: 1_000 },
  )
})

const store = () => createMemoryStore({ network: 'mainnet', keccak })
const LEARNED: LearnedPattern[] = fc.sample(pattern, { seed: SEED, numRuns: 3 })

test.each<[string, Uint8Array, RegExp]>([
  ['another chain’s', encodePatterns(LEARNED, 11_155_111), /they are of chain 11155111, not 1/],
  ['another version’s', RLP.encode([9, 1, []]), /of another version/],
  ['no list', Uint8Array.of(1, 2, 3), /of no use/],
  ['nothing at all', new Uint8Array(), /of no use/],
  ['a kind twice', RLP.encode([1, 1, [twice(), twice()]]), /a kind is listed twice/],
])('kept patterns that are %s are dropped, with the reason', async (_, bytes, reason) => {
  const kept = store()
  await kept.putAccessPatterns(bytes)
  const { learned, dropped } = await keptPatterns(kept, 1)
  expect(learned).toEqual([])
  expect(dropped).toMatch(reason)
})

function twice(): Uint8Array {
  return RLP.encode([new Uint8Array(20), Uint8Array.of(1), 1, []])
}

test('patterns are written every sixteen blocks, one write at a time, and at the end', async () => {
  const written: number[] = []
  let land: () => void = () => undefined
  let blocks = 0
  const slow: PatternStore = {
    accessPatterns: async () => undefined,
    putAccessPatterns: () => {
      written.push(blocks)
      return new Promise((resolve) => void (land = resolve))
    },
  }
  const keeper = new PatternKeeper({ store: slow, chainId: 1, learned: () => LEARNED })
  const after = async (count: number) => {
    for (let n = 0; n < count; n++) {
      blocks += 1
      keeper.onBlock()
    }
    await Promise.resolve()
  }
  await after(40)
  expect(written).toEqual([16])
  land()
  await new Promise((resolve) => void setImmediate(resolve))
  await after(1)
  expect(written).toEqual([16, 41])
  land()
  await new Promise((resolve) => void setImmediate(resolve))
  keeper.close()
  expect(written).toEqual([16, 41])
  await after(3)
  keeper.close()
  expect(written).toEqual([16, 41, 44])
})
