import { expect, test } from 'vitest'
import { MAX_RECENT_HEADS } from '../limits.ts'
import { FOLLOWING, HASH_C, HEAD } from './fixtures.ts'
import { withHeadOf } from './recent-heads.ts'

const at = (slot: number) => ({ ...HEAD, slot, blockRoot: `0x${slot.toString(16).padStart(64, '0')}` as const })
const status = (head: typeof HEAD) => ({ ...FOLLOWING, optimistic: head })

test('each head once, newest first, and no more than are listed', () => {
  const slots = Array.from({ length: MAX_RECENT_HEADS + 5 }, (_, i) => 100 + i)
  const heads = [...slots, slots.at(-1)!].reduce((recent, slot) => withHeadOf(recent, status(at(slot))), [
    at(99),
  ] as Parameters<typeof withHeadOf>[0])
  expect(heads.map(({ slot }) => slot)).toEqual(slots.reverse().slice(0, MAX_RECENT_HEADS))
})

test('what is learned of a head later replaces what was listed', () => {
  const unnumbered = { ...at(5), execution: { hash: HASH_C, number: undefined } }
  const numbered = { ...unnumbered, execution: { hash: HASH_C, number: 7 } }
  const before = withHeadOf([], status(unnumbered))
  expect(withHeadOf(before, status(unnumbered))).toBe(before)
  expect(withHeadOf(before, status(numbered))).toEqual([numbered])
})

test('a disputed head is none to list', () => {
  const disputed = { ...status(at(6)), stage: { kind: 'disputed', what: 'two committees' } as const }
  expect(withHeadOf([at(5)], disputed).map(({ slot }) => slot)).toEqual([5])
  expect(withHeadOf([], undefined)).toEqual([])
})
