import { EventEmitter } from 'node:events'
import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { SimulatedClock } from '../../src/testing/simulated-clock.ts'
import { Line, sendPaced } from './send-paced.ts'

class FakeResponse extends EventEmitter {
  bytes = 0
  isEnded = false
  destroyed = false
  write(piece: Uint8Array): boolean {
    this.bytes += piece.length
    return true
  }
  end(): void {
    this.isEnded = true
  }
  get raw(): ServerResponse {
    return this as unknown as ServerResponse
  }
}

test('a body takes as long as the line is narrow', async () => {
  const clock = new SimulatedClock(0)
  const response = new FakeResponse()
  sendPaced(response.raw, new Uint8Array(10_000), new Line(1_000, clock), clock)
  await clock.advance(5_000)
  expect(response.bytes).toBe(5_000)
  await clock.advance(4_999)
  expect(response.isEnded).toBe(false)
  await clock.advance(1)
  expect([response.bytes, response.isEnded, clock.waiting]).toEqual([10_000, true, 0])
})

test('two bodies share a line evenly', async () => {
  const clock = new SimulatedClock(0)
  const line = new Line(1_000, clock)
  const responses = [new FakeResponse(), new FakeResponse()]
  for (const { raw } of responses) sendPaced(raw, new Uint8Array(1_000), line, clock)
  await clock.advance(1_000)
  for (const { bytes } of responses) expect(Math.abs(bytes - 500)).toBeLessThanOrEqual(50)
  await clock.advance(1_000)
  expect(responses.map(({ isEnded }) => isEnded)).toEqual([true, true])
})

test('who goes leaves no timer behind', async () => {
  const clock = new SimulatedClock(0)
  const response = new FakeResponse()
  sendPaced(response.raw, new Uint8Array(1_000), new Line(10, clock), clock)
  response.destroyed = true
  response.emit('close')
  expect(clock.waiting).toBe(0)
})

test('an empty body ends at once', () => {
  const clock = new SimulatedClock(0)
  const response = new FakeResponse()
  sendPaced(response.raw, new Uint8Array(0), new Line(10, clock), clock)
  expect(response.isEnded).toBe(true)
})
