import { expect, test } from 'vitest'
import { MAX_QUEUED_BYTES, MAX_QUEUED_WRITES } from './limits.ts'
import { WriteQueue } from './write-queue.ts'

/** Transactions that end when told to. */
function manual() {
  const groups: { writes: readonly string[]; end: (error?: Error) => void }[] = []
  const run = (writes: readonly string[]) =>
    new Promise<void>((resolve, reject) =>
      groups.push({ writes, end: (error) => (error === undefined ? resolve() : reject(error)) }),
    )
  return { groups, run }
}

const turn = () => new Promise((resolve) => setTimeout(resolve))

test('writes of one moment and those that come meanwhile share a transaction, one runs at a time', async () => {
  const { groups, run } = manual()
  const queue = new WriteQueue(run, 100)
  const first = [queue.add('a', 10), queue.add('b', 10)]
  await turn()
  const second = [queue.add('c', 60), queue.add('d', 40), queue.add('e', 1)]
  await turn()
  expect(groups.map(({ writes }) => writes)).toEqual([['a', 'b']])
  groups[0]!.end()
  await Promise.all(first)
  await turn()
  groups[1]!.end()
  await turn()
  groups[2]!.end()
  await Promise.all(second)
  expect(groups.map(({ writes }) => writes)).toEqual([['a', 'b'], ['c', 'd'], ['e']])
  await queue.idle()
})

test('a write larger than a transaction goes alone', async () => {
  const { groups, run } = manual()
  const queue = new WriteQueue(run, 100)
  const both = Promise.all([queue.add('large', 1_000), queue.add('small', 1)])
  await turn()
  groups[0]!.end()
  await turn()
  groups[1]!.end()
  await both
  expect(groups.map(({ writes }) => writes)).toEqual([['large'], ['small']])
})

test('a failed transaction fails its writes only', async () => {
  const { groups, run } = manual()
  const queue = new WriteQueue(run, 10)
  const outcomes = Promise.allSettled([queue.add('a', 10), queue.add('b', 10)])
  await turn()
  groups[0]!.end(new Error('no'))
  await turn()
  groups[1]!.end()
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'fulfilled'])
})

test('bytes and writes that wait are bounded', async () => {
  const { groups, run } = manual()
  const large = new WriteQueue(run, 1)
  const waiting = large.add('a', MAX_QUEUED_BYTES)
  await expect(large.add('b', 1)).rejects.toMatchObject({ kind: 'overloaded' })
  await turn()
  groups[0]!.end()
  await waiting

  const many = new WriteQueue(run, 1)
  const all = Array.from({ length: MAX_QUEUED_WRITES }, () => many.add('x', 0))
  await expect(many.add('y', 0)).rejects.toMatchObject({ kind: 'overloaded' })
  await turn()
  groups[1]!.end()
  await Promise.all(all)
})
