import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { untilAborted } from './bounded-signal.ts'

const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length

test('however many wait under a signal, it has one listener, and none once all are done', async () => {
  const { signal } = new AbortController()
  const ends: (() => void)[] = []
  const waits = Array.from({ length: 100 }, () => untilAborted(new Promise<void>((end) => ends.push(end)), signal))
  expect(listeners(signal)).toBe(1)
  for (const end of ends.slice(1)) end()
  await Promise.all(waits.slice(1))
  expect(listeners(signal)).toBe(1)
  ends[0]!()
  await waits[0]
  expect(listeners(signal)).toBe(0)
})

test('all that wait are told the reason when it aborts, and later ones at once', async () => {
  const abort = new AbortController()
  const never = new Promise<never>(() => undefined)
  const waits = Array.from({ length: 3 }, () => untilAborted(never, abort.signal))
  await untilAborted(Promise.resolve(), abort.signal)
  const again = untilAborted(never, abort.signal)
  const reason = new Error('no longer')
  abort.abort(reason)
  const late = untilAborted(never, abort.signal)
  for (const wait of [...waits, again, late]) await expect(wait).rejects.toBe(reason)
  expect(listeners(abort.signal)).toBe(0)
})
