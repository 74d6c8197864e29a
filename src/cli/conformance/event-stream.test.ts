import { expect, test } from 'vitest'
import { parseEventStream } from './event-stream.ts'

test('events with names and data, whatever ends their lines', () => {
  const expected = [
    { event: 'head', data: '{"slot":"1"}' },
    { event: 'message', data: 'a\nb' },
  ]
  for (const end of ['\n', '\r\n', '\r']) {
    const text = ['event: head', 'data: {"slot":"1"}', '', ': keep-alive', '', 'data:a', 'data: b', ''].join(end)
    expect(parseEventStream(text)).toEqual(expected)
  }
})

test('nothing in it', () => {
  expect(parseEventStream('')).toEqual([])
  expect(parseEventStream(':\n\nevent: head\n\n')).toEqual([])
})
