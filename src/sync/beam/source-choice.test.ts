import { expect, test } from 'vitest'
import { allowedSources, isSourceChoice, SourceOrder, type Predicting } from './source-choice.ts'

test('predictions alone may be completed in any way', () => {
  const { predictions, ways } = allowedSources(['metadata'])
  expect([...predictions]).toEqual(['metadata'])
  expect(ways).toBeUndefined()
})

test('ways that are named are the only ones, and without predictions everything is fetched as it is missed', () => {
  const { predictions, ways } = allowedSources(['proofs'])
  expect([...predictions]).toEqual([])
  expect([...ways!]).toEqual(['proofs'])
})

test('all is all', () => {
  const { predictions, ways } = allowedSources('all')
  expect(predictions.size).toBe(4)
  expect(ways?.size).toBe(3)
})

test('names are those of the command line', () => {
  expect(isSourceChoice('access-list')).toBe(true)
  expect(isSourceChoice('toString')).toBe(false)
})

const ALL = allowedSources('all').predictions
const COLD: Predicting = { named: 1_000, held: 300, ms: 500 }
const WARM: Predicting = { named: 1_000, held: 700, ms: 500 }

function after(order: SourceOrder, source: 'witness' | 'metadata', one: Predicting, count: number): string | undefined {
  for (let block = 0; block < count; block++) order.note(source, one)
  return order.of(ALL)[1]
}

test('the witness is asked for first until most of it was at hand for some blocks, then its metadata', () => {
  const order = new SourceOrder()
  expect(order.of(ALL)).toEqual(['access-list', 'witness', 'metadata', 'hints'])
  expect(after(order, 'witness', COLD, 20)).toBe('witness')
  expect(after(order, 'witness', WARM, 1)).toBe('witness')
  expect(after(order, 'witness', WARM, 3)).toBe('metadata')
  expect(order.of(ALL)).toEqual(['access-list', 'metadata', 'witness', 'hints'])
  expect(order.of(new Set(['hints', 'witness']))).toEqual(['witness', 'hints'])
})

test('back to the witness where most has to be fetched again, and to the metadata where it is at hand again', () => {
  const order = new SourceOrder()
  after(order, 'witness', WARM, 4)
  expect(after(order, 'metadata', WARM, 50)).toBe('metadata')
  expect(after(order, 'metadata', COLD, 2)).toBe('metadata')
  expect(after(order, 'metadata', COLD, 2)).toBe('witness')
  expect(after(order, 'witness', WARM, 3)).toBe('witness')
  expect(after(order, 'witness', WARM, 1)).toBe('metadata')
})

test('back for longer where the metadata took too long, though little had to be fetched', () => {
  const order = new SourceOrder()
  after(order, 'witness', WARM, 4)
  expect(after(order, 'metadata', { ...WARM, ms: 1_100 }, 4)).toBe('witness')
  expect(after(order, 'witness', WARM, 31)).toBe('witness')
  expect(after(order, 'witness', WARM, 1)).toBe('metadata')
})

test('blocks that need nothing say nothing', () => {
  expect(after(new SourceOrder(), 'witness', { named: 0, held: 0, ms: 1 }, 9)).toBe('witness')
})
