import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  UNKNOWN_QUALITY,
  afterAnswer,
  afterFalse,
  afterProven,
  afterSilence,
  byChance,
  weight,
  type ServerQuality,
} from './server-quality.ts'

const repeat = (times: number, step: (quality: ServerQuality) => ServerQuality, from: ServerQuality): ServerQuality =>
  times === 0 ? from : repeat(times - 1, step, step(from))

test('scores stay within 0 and 1 whatever happens, and neither moves the other', () => {
  const steps = [afterAnswer, afterSilence, afterProven, afterFalse]
  fc.assert(
    fc.property(fc.array(fc.nat(3), { maxLength: 300 }), (choices) => {
      let quality = UNKNOWN_QUALITY
      for (const choice of choices) {
        const next = steps[choice]!(quality)
        const kept = choice < 2 ? 'verification' : 'availability'
        expect(next[kept]).toBe(quality[kept])
        quality = next
        for (const score of Object.values(quality)) expect(score >= 0 && score <= 1).toBe(true)
        expect(weight(quality)).toBeGreaterThan(0)
      }
    }),
  )
})

test('one lie costs more than ten silences', () => {
  const good = repeat(200, (quality) => afterProven(afterAnswer(quality)), UNKNOWN_QUALITY)
  expect(weight(afterFalse(good))).toBeLessThan(weight(repeat(10, afterSilence, good)))
})

test('servers come first as often as their weights say', () => {
  let state = 7
  const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
  const good = { name: 'good', quality: { availability: 0.9, verification: 1 } }
  const slow = { name: 'slow', quality: { availability: 0.3, verification: 1 } }
  const liar = { name: 'liar', quality: { availability: 1, verification: 0.01 } }
  const firsts = { good: 0, slow: 0, liar: 0 } as Record<string, number>
  for (let round = 0; round < 4_000; round++) {
    const order = byChance([liar, slow, good], random)
    expect(new Set(order).size).toBe(3)
    firsts[order[0]!.name]! += 1
  }
  expect(firsts['good']! / firsts['slow']!).toBeCloseTo(3, 0)
  expect(firsts['liar']).toBeLessThan(20)
})
