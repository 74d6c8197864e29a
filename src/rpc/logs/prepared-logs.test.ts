import { expect, test } from 'vitest'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { aTurn } from '../imported-view.fixtures.ts'
import { PreparedLogs } from './prepared-logs.ts'

const header = (number: number): RawHeader => ({ number }) as unknown as RawHeader

function world() {
  const state = { latest: 10, executedFrom: 9, reason: undefined as string | undefined, prepared: [] as number[] }
  const view = {
    heads: { reason: () => state.reason, latest: () => header(state.latest) },
    anchorOf: ({ number }: RawHeader) =>
      number >= state.executedFrom ? { number: state.executedFrom - 1 } : undefined,
    ancestors: async ({ number }: RawHeader, count: number) =>
      Array.from({ length: count }, (_, at) => header(number - 1 - at)),
  }
  const logs = {
    of: async ({ number }: RawHeader) => {
      if (number === 13) throw new Error('cannot be had')
      state.prepared.push(number)
    },
  }
  const prepared = new PreparedLogs(view as never, logs as never, new AbortController().signal)
  const headAt = async (latest: number) => {
    state.latest = latest
    prepared.headChanged()
    await aTurn()
    return state.prepared.splice(0)
  }
  return { state, headAt }
}

test('what was executed here is prepared once, also what came between two heads', async () => {
  const { headAt } = world()
  expect(await headAt(10)).toEqual([10, 9])
  expect(await headAt(10)).toEqual([])
  expect(await headAt(12)).toEqual([12, 11])
  // One that fails is left to who asks.
  expect(await headAt(13)).toEqual([])
  expect(await headAt(14)).toEqual([14])
  expect(await headAt(40)).toHaveLength(8)
})

test('nothing where nothing is executed, or at no head', async () => {
  const { state, headAt } = world()
  state.executedFrom = 100
  expect(await headAt(10)).toEqual([])
  state.executedFrom = 1
  state.reason = 'the chain is in dispute'
  expect(await headAt(11)).toEqual([])
})
