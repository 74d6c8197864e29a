import { expect, test } from 'vitest'
import { FairTurns } from './fair-turns.ts'

const immediate = () => new Promise<void>((resolve) => void setImmediate(resolve))

test('clients take turns, whoever asked for more, and one piece of work begins at a time', async () => {
  const turns = new FairTurns()
  const begun: string[] = []
  const ask = (client: string, times: number) =>
    Array.from({ length: times }, () => turns.next(client).then(() => void begun.push(client)))
  const all = [...ask('a', 4), ...ask('b', 2), ...ask('c', 1)]
  for (let at = 1; at <= all.length; at++) {
    await immediate()
    expect(begun).toHaveLength(at)
  }
  expect(begun.join('')).toBe('abcabaa')
})

test('who comes while others wait is next but for those who have not had a turn', async () => {
  const turns = new FairTurns()
  const begun: string[] = []
  for (let i = 0; i < 1_000; i++) void turns.next('a').then(() => void begun.push('a'))
  await immediate()
  await turns.next('b')
  expect(begun.length).toBeLessThanOrEqual(3)
})

test('it begins again after all was done', async () => {
  const turns = new FairTurns()
  await turns.next('a')
  await turns.next('a')
})
