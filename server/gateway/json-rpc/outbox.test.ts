import { expect, test } from 'vitest'
import { SimulatedClock } from '../../../src/testing/simulated-clock.ts'
import { Line } from '../../http/send-paced.ts'
import { Outbox } from './outbox.ts'

function opened() {
  const clock = new SimulatedClock()
  const sent: string[] = []
  return { clock, sent, outbox: new Outbox((text) => sent.push(text), clock) }
}

test('texts go as fast as the line carries them, in their order, and at once where there is none', async () => {
  const { clock, sent, outbox } = opened()
  const line = new Line(10, clock)
  outbox.add({ text: 'at once', line: undefined })
  outbox.add({ text: 'ten bytes.', line })
  outbox.add({ text: 'behind it', line: undefined })
  expect([sent, outbox.bytes]).toEqual([['at once'], 19])
  await clock.advance(999)
  expect(sent).toEqual(['at once'])
  await clock.advance(1)
  expect([sent, outbox.bytes]).toEqual([['at once', 'ten bytes.', 'behind it'], 0])
})

test('a closed one sends nothing and leaves nothing', async () => {
  const { clock, sent, outbox } = opened()
  outbox.add({ text: 'late', line: new Line(1, clock) })
  outbox.close()
  expect([clock.waiting, outbox.bytes]).toEqual([0, 0])
  await clock.advance(10_000)
  expect(sent).toEqual([])
})
