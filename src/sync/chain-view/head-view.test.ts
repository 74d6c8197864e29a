import { expect, test } from 'vitest'
import { asHash } from '../../chain/bytes.ts'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { NoHeadError } from './chain-view-error.ts'
import { HeadView } from './head-view.ts'

/** @param branch tells headers of one number apart */
function header(number: number, branch = 0): RawHeader {
  const hash = asHash(new Uint8Array(32).fill(branch))
  new DataView(hash.buffer).setUint32(0, number)
  return { number, hash } as unknown as RawHeader
}

function world(maxHeadAge = 72) {
  const clock = new SimulatedClock()
  const gone = new Set<RawHeader>()
  const view = new HeadView({ clock, maxHeadAge, isCanonical: (one) => !gone.has(one) })
  const sign = (one: RawHeader) =>
    view.setSigned({ header: one, signers: 500, committeeSize: 512, slotTime: clock.now() / 1000 })
  return { clock, gone, view, sign }
}

test('before the first head, with a problem, and past its age nothing is answered, and why is said', async () => {
  const { clock, view, sign } = world()
  expect(() => view.latest()).toThrow(NoHeadError)
  sign(header(5))
  expect(view.latest().number).toBe(5)
  view.setProblem('light client', 'the chain is in dispute')
  expect(() => view.latest()).toThrow(/dispute/)
  sign(header(6))
  expect(() => view.latest()).toThrow(/dispute/)
  view.setProblem('light client', undefined)
  expect(view.latest().number).toBe(6)
  await clock.advance(72_000)
  expect(view.reason()).toBeUndefined()
  await clock.advance(1_000)
  expect(() => view.head()).toThrow(/73 s old, more than 72 s/)
})

test('each problem is taken back by who told it; the light client is heard first', () => {
  const { view, sign } = world()
  sign(header(5))
  view.setProblem('header', 'the header cannot be had')
  view.setProblem('light client', 'the chain is in dispute')
  expect(view.reason()).toBe('the chain is in dispute')
  view.setProblem('execution', undefined)
  view.setProblem('light client', undefined)
  expect(view.reason()).toBe('the header cannot be had')
  view.setProblem('header', undefined)
  expect(view.reason()).toBeUndefined()
})

test('what was executed here is preferred while it is at most two behind', () => {
  const { view, sign } = world()
  sign(header(10))
  view.setExecuted(header(8))
  expect(view.latest().number).toBe(10)
  sign(header(11))
  view.setExecuted(header(11))
  sign(header(12))
  expect(view.latest().number).toBe(11)
  sign(header(14))
  expect(view.latest().number).toBe(14)
})

test('latest does not go back on a chain that stands, and does with a reorganization', () => {
  const { gone, view, sign } = world()
  const tall = header(20, 1)
  sign(tall)
  const executed = header(19, 1)
  view.setExecuted(executed)
  expect(view.latest().number).toBe(20)
  gone.add(tall).add(executed)
  sign(header(19, 2))
  expect(view.latest().hash).toEqual(header(19, 2).hash)
})

test('executed blocks of another branch are of no use', () => {
  const { gone, view, sign } = world()
  const other = header(9, 3)
  gone.add(other)
  view.setExecuted(other)
  sign(header(10))
  expect(view.latest().number).toBe(10)
})
