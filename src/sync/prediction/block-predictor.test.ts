import { concatBytes } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import { asAddress } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import type { MissingValue } from '../../execution/speculation/missing-values.ts'
import type { StateRead, TransactionResult } from '../../execution/speculation/transaction-result.ts'
import { bytesToWord, wordToAddress, wordToBytes32 } from '../../execution/words.ts'
import { AccessPatterns } from './access-patterns.ts'
import { BlockPredictor } from './block-predictor.ts'
import { callOf, MAX_WORDS } from './call.ts'
import { PredictionGauge } from './prediction-gauge.ts'

const keccak = await loadKeccak()
const address = (word: bigint) => asAddress(wordToAddress(word))
const place = (key: bigint, slot: bigint) => bytesToWord(keccak(concatBytes(wordToBytes32(key), wordToBytes32(slot))))

const TOKEN = 0x1111_2222_3333_4444_5555_6666_7777_8888_9999_aaaan
const [ALICE, BOB, CAROL, DAVE] = [0xa11ce_0000_0001n, 0xb0b_0000_0002n, 0xca201_0000_0003n, 0xda7e_0000_0004n]

const transfer = (from: bigint, to: bigint, amount: bigint) => ({
  from: address(from),
  to: address(TOKEN),
  data: concatBytes(Uint8Array.of(0xa9, 0x05, 0x9c, 0xbb), wordToBytes32(to), wordToBytes32(amount)),
})

/** What an ERC-20 transfer looks at: balances in slot 3, and whether the token is paused, in slot 7. */
const reads = (from: bigint, to: bigint): StateRead[] => [
  { kind: 'account', key: TOKEN },
  { kind: 'code', key: TOKEN },
  { kind: 'slot', key: TOKEN, slot: 7n, value: 0n },
  { kind: 'slot', key: TOKEN, slot: place(from, 3n), value: 5n },
  { kind: 'slot', key: TOKEN, slot: place(to, 3n), value: 0n },
]

const slots = (values: readonly MissingValue[]) =>
  values.flatMap((value) => (value.kind === 'storage' ? [bytesToWord(value.slot)] : []))

test('from one transfer, the places of another’s balances follow', () => {
  const patterns = new AccessPatterns(keccak)
  patterns.learn(callOf(transfer(ALICE, BOB, 5n)), reads(ALICE, BOB))
  const values = patterns.predict([callOf(transfer(CAROL, DAVE, 9n))])
  expect(slots(values)).toEqual([7n, place(CAROL, 3n), place(DAVE, 3n)])
  expect(values.map(({ kind }) => kind)).toEqual(['account', 'code', 'storage', 'storage', 'storage'])
})

test('mappings of mappings: allowances by owner and spender', () => {
  const patterns = new AccessPatterns(keccak)
  const call = (spender: bigint, owner: bigint) => callOf({ ...transfer(spender, owner, 1n) })
  const allowance = (owner: bigint, spender: bigint) => place(spender, place(owner, 4n))
  patterns.learn(call(ALICE, BOB), [{ kind: 'slot', key: TOKEN, slot: allowance(BOB, ALICE), value: 1n }])
  expect(slots(patterns.predict([call(CAROL, DAVE)]))).toEqual([allowance(DAVE, CAROL)])
})

test('a place seen once that follows from nothing is not predicted once there is more to go by; one idle is forgotten', () => {
  const patterns = new AccessPatterns(keccak)
  const odd: StateRead = { kind: 'slot', key: TOKEN, slot: 0xdeadn, value: 0n }
  patterns.learn(callOf(transfer(ALICE, BOB, 5n)), [...reads(ALICE, BOB), odd])
  expect(slots(patterns.predict([callOf(transfer(CAROL, DAVE, 9n))]))).toContain(0xdeadn)
  patterns.learn(callOf(transfer(CAROL, BOB, 5n)), reads(CAROL, BOB))
  expect(slots(patterns.predict([callOf(transfer(CAROL, DAVE, 9n))]))).not.toContain(0xdeadn)
  expect(slots(patterns.predict([callOf(transfer(CAROL, DAVE, 9n))]))).toContain(7n)
  for (let i = 0; i < 8; i++) patterns.learn(callOf(transfer(ALICE, BOB, 5n)), [])
  expect(patterns.predict([callOf(transfer(CAROL, DAVE, 9n))])).toEqual([])
})

test('other functions, other contracts, payments and creations are other things', () => {
  const patterns = new AccessPatterns(keccak)
  patterns.learn(callOf(transfer(ALICE, BOB, 5n)), reads(ALICE, BOB))
  const { data } = transfer(CAROL, DAVE, 9n)
  for (const call of [
    { from: address(CAROL), to: address(BOB), data },
    { from: address(CAROL), to: address(TOKEN), data: concatBytes(Uint8Array.of(1, 2, 3, 4), data.subarray(4)) },
    { from: address(CAROL), to: address(TOKEN), data: new Uint8Array() },
    { from: address(CAROL), to: undefined, data },
  ])
    expect(patterns.predict([callOf(call)])).toEqual([])
})

test('what is remembered is bounded, and long calls are read in part', () => {
  const patterns = new AccessPatterns(keccak)
  for (let n = 0; n < 4_100; n++)
    patterns.learn({ sender: ALICE, to: BigInt(n + 1), selector: '01020304', words: [] }, [])
  expect(patterns.size).toBe(4_096)
  const long = callOf({ from: address(ALICE), to: address(BOB), data: new Uint8Array(100_000) })
  expect(long.words).toHaveLength(MAX_WORDS)
})

test('predictions that are not touched are left off for a while', () => {
  const gauge = new PredictionGauge()
  for (let block = 0; block < 4; block++) {
    expect(gauge.isOn()).toBe(true)
    gauge.note(100, 5)
  }
  for (let block = 0; block < 32; block++) {
    expect(gauge.isOn()).toBe(false)
    gauge.note(0, 0)
  }
  expect(gauge.isOn()).toBe(true)
  for (let block = 0; block < 8; block++) gauge.note(100, 50)
  expect(gauge.isOn()).toBe(true)
})

test('a block teaches the next', () => {
  const predictor = new BlockPredictor(keccak)
  const first = predictor.predict([transfer(ALICE, BOB, 1n)])
  expect(first.values).toEqual([])
  first.learn([{ index: 0, reads: reads(ALICE, BOB), effects: [] } as unknown as TransactionResult])
  expect(slots(predictor.predict([transfer(DAVE, CAROL, 1n)]).values)).toContain(place(CAROL, 3n))
})
