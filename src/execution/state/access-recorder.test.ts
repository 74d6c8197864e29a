/** What counts as access and what as change, step by step. */
import { expect, test } from 'vitest'
import { asHash } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import { memoryReader, type TestState } from '../execution.fixtures.ts'
import { AccessRecorder, type AccountAccess } from './access-recorder.ts'
import { FlatState } from './flat-state.ts'

const ONE = 0xaan
const TWO = 0xbbn
const PARENT: TestState = new Map([
  [ONE, { nonce: 1n, balance: 5n, code: Uint8Array.of(1), storage: new Map([[1n, 10n]]) }],
  [TWO, { balance: 7n, code: Uint8Array.of(2) }],
])

async function begin() {
  const state = new FlatState(await memoryReader(PARENT))
  const recorder = new AccessRecorder(state)
  const one = state.entry(ONE)
  await state.load(one)
  recorder.account(one)
  const write = (slot: bigint, value: bigint): void => {
    const current = state.slot(one, slot) as bigint
    recorder.slot(one, slot)
    state.setSlot(one, slot, current, value)
  }
  return { state, recorder, one, write, shown: () => [...recorder.accounts()].map(show) }
}

function show({ entry, slots, balances, nonces, codes }: AccountAccess) {
  return { key: entry.key, slots: [...slots], balances, nonces, codes }
}

const nothing = { slots: [], balances: [], nonces: [], codes: [] }

test('an account that is only looked at has no changes', async () => {
  const { recorder, shown } = await begin()
  recorder.close(0)
  recorder.close(1)
  expect(shown()).toEqual([{ key: ONE, ...nothing }])
})

test('changes carry the step they come from, and one step has one value', async () => {
  const { state, recorder, one, write, shown } = await begin()
  state.setBalance(one, 6n)
  state.setBalance(one, 8n)
  write(1n, 11n)
  recorder.close(1)
  state.setNonce(one, 2n)
  recorder.account(one)
  write(1n, 12n)
  write(2n, 3n)
  recorder.close(2)
  expect(shown()).toEqual([
    {
      key: ONE,
      slots: [
        [
          1n,
          [
            [1, 11n],
            [2, 12n],
          ],
        ],
        [2n, [[2, 3n]]],
      ],
      balances: [[1, 8n]],
      nonces: [[2, 2n]],
      codes: [],
    },
  ])
})

test('what a step puts back is no change of it, what a later step puts back is one', async () => {
  const { state, recorder, one, write, shown } = await begin()
  state.setBalance(one, 6n)
  state.setBalance(one, 5n)
  write(1n, 11n)
  write(1n, 10n)
  recorder.close(1)
  expect(shown()).toEqual([{ key: ONE, ...nothing, slots: [[1n, []]] }])
  write(1n, 11n)
  recorder.close(2)
  write(1n, 10n)
  recorder.close(3)
  const changes = [
    [2, 11n],
    [3, 10n],
  ]
  expect(shown()).toEqual([{ key: ONE, ...nothing, slots: [[1n, changes]] }])
})

test('accesses stay when their frame is reverted, changes do not', async () => {
  const { state, recorder, one, write, shown } = await begin()
  state.checkpoint()
  state.setBalance(one, 6n)
  write(2n, 11n)
  state.revert()
  recorder.close(1)
  expect(shown()).toEqual([{ key: ONE, ...nothing, slots: [[2n, []]] }])
})

test('code is told with its bytes, and its end as none', async () => {
  const { state, recorder, one, shown } = await begin()
  const keccak = await loadKeccak()
  const made = Uint8Array.of(7, 7)
  state.setCode(one, made, asHash(keccak(made)))
  recorder.close(1)
  recorder.account(one)
  state.setCode(one, new Uint8Array(0), asHash(keccak(new Uint8Array(0))))
  recorder.close(2)
  const codes = [
    [1, made],
    [2, new Uint8Array(0)],
  ]
  expect(shown()).toEqual([{ key: ONE, ...nothing, codes }])
})

test('an account that is gone has nothing left of it', async () => {
  const { state, recorder, one, shown } = await begin()
  state.deleteAccount(one)
  recorder.close(1)
  const codes = [[1, new Uint8Array(0)]]
  expect(shown()).toEqual([{ key: ONE, slots: [], balances: [[1, 0n]], nonces: [[1, 0n]], codes }])
})

test('an account that was reached before it was read has not changed by being read', async () => {
  const { state, recorder, shown } = await begin()
  const two = state.entry(TWO)
  recorder.account(two)
  recorder.close(1)
  await state.load(two)
  recorder.account(two)
  state.setBalance(two, 8n)
  recorder.close(2)
  expect(shown().at(-1)).toEqual({ key: TWO, ...nothing, balances: [[2, 8n]] })
})

test('a lent account leaves nothing', async () => {
  const { state, recorder, shown } = await begin()
  await state.withBlankAccount(TWO, async (blank) => {
    recorder.account(state.entry(TWO))
    recorder.forget(blank)
  })
  recorder.close(0)
  expect(shown()).toEqual([{ key: ONE, ...nothing }])
})
