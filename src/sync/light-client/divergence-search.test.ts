import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DivergenceSearch } from './divergence-search.ts'
import { RefusedUpdateError } from './update-batch.ts'

const refused = (period: number) => new RefusedUpdateError('node', period, new Error('signed by others'))

test('asks, in ten steps at most, for the update by which the other chain left ours', () => {
  fc.assert(
    fc.property(fc.nat(2000), fc.nat(1022), fc.nat(1022), (first, length, place) => {
      const leaves = first + Math.min(place, length)
      const search = new DivergenceSearch(first, refused(first + length + 1))
      let steps = 0
      for (; search.period !== undefined && search.period !== leaves; steps++) {
        if (search.period < leaves) search.agreesAt(search.period)
        else search.differsAt(search.period)
      }
      expect(search.period).toBe(leaves)
      expect(steps).toBeLessThanOrEqual(10)
    }),
  )
})

test('ends where the server agrees up to the refused update, or in nothing', () => {
  for (const found of ['agreesAt', 'differsAt'] as const) {
    const search = new DivergenceSearch(3, refused(40))
    for (let steps = 0; search.period !== undefined && steps < 20; steps++) search[found](search.period)
    expect(search.period).toBeUndefined()
  }
  expect(new DivergenceSearch(3, refused(3)).period).toBeUndefined()
})
