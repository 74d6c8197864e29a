import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EventStreamParser, EventTooLongError, type ServerSentEvent } from './event-stream-parser.ts'

const encode = (text: string) => new TextEncoder().encode(text)
const parse = (text: string): ServerSentEvent[] => new EventStreamParser(1_000).push(encode(text))

describe('events', () => {
  test.each<[what: string, stream: string, events: ServerSentEvent[]]>([
    ['have a name and data', 'event: head\ndata: {}\n\n', [{ event: 'head', data: '{}' }]],
    ['without a name are messages', 'data: a\n\n', [{ event: 'message', data: 'a' }]],
    ['join the lines of their data', 'data: a\ndata:b\ndata\n\n', [{ event: 'message', data: 'a\nb\n' }]],
    ['lose one space after the colon', 'data:  a\n\n', [{ event: 'message', data: ' a' }]],
    ['keep the colons in their data', 'data: a: b\n\n', [{ event: 'message', data: 'a: b' }]],
    [
      'without data are none, and name nothing after them',
      'event: a\n\ndata: b\n\n',
      [{ event: 'message', data: 'b' }],
    ],
    ['may have empty data', 'data:\n\n', [{ event: 'message', data: '' }]],
    ['are not disturbed by comments', ': hi\nevent: a\n:\ndata: b\n\n', [{ event: 'a', data: 'b' }]],
    ['are not disturbed by unknown fields', 'what: x\nData: y\ndata: b\n\n', [{ event: 'message', data: 'b' }]],
    [
      'end with CR',
      'data: a\r\rdata: b\r\r',
      [
        { event: 'message', data: 'a' },
        { event: 'message', data: 'b' },
      ],
    ],
    [
      'end with CRLF',
      'data: a\r\n\r\ndata: b\r\n\r\n',
      [
        { event: 'message', data: 'a' },
        { event: 'message', data: 'b' },
      ],
    ],
    ['follow a byte order mark', '\ufeffdata: a\n\n', [{ event: 'message', data: 'a' }]],
    ['that are not over are none', 'data: a\n\ndata: b\n', [{ event: 'message', data: 'a' }]],
  ])('%s', (_, stream, events) => expect(parse(stream)).toEqual(events))

  test('are the same however their bytes are cut', () => {
    const line = fc.constantFrom('data: ä€𝄞', 'data', ':c', 'event: e', 'id: 7', 'retry: 10', 'x', '')
    const ending = fc.constantFrom('\n', '\r', '\r\n')
    const stream = fc
      .array(fc.tuple(line, ending), { maxLength: 40 })
      .map((lines) => encode(lines.map((pair) => pair.join('')).join('')))
    const property = fc.property(stream, fc.array(fc.nat(5), { minLength: 1 }), (bytes, sizes) => {
      const parser = new EventStreamParser(1_000)
      const events: ServerSentEvent[] = []
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const size = sizes[i % sizes.length]! + (i % sizes.length === 0 ? 1 : 0)
        events.push(...parser.push(bytes.subarray(at, at + size)))
        at += size
      }
      expect(events).toEqual(new EventStreamParser(1_000).push(bytes))
    })
    fc.assert(property, { numRuns: 300 })
  })
})

test('times to connect again are noted, unless they are none', () => {
  const parser = new EventStreamParser(100)
  parser.push(encode('retry: 2500\n\n'))
  parser.push(encode('retry: soon\nretry: -1\n\n'))
  expect(parser.retryMs).toBe(2_500)
})

describe('what is kept is bounded', () => {
  test.each([
    ['a line without end', 'x'],
    ['an event of many lines', 'data: 1234567\n'],
    ['a long comment', ':::::::::::::'],
  ])('%s ends the stream', (_, piece) => {
    const parser = new EventStreamParser(100)
    const flood = () => {
      for (let i = 0; i < 1_000; i++) parser.push(encode(piece))
    }
    expect(flood).toThrow(EventTooLongError)
  })

  test('many events do not', () => {
    const parser = new EventStreamParser(100)
    for (let i = 0; i < 1_000; i++) expect(parser.push(encode('data: 1234567\n\n'))).toHaveLength(1)
  })
})
