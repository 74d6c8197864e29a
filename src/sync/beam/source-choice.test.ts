import { expect, test } from 'vitest'
import { allowedSources, isSourceChoice } from './source-choice.ts'

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
