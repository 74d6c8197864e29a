import { describe, expect, test } from 'vitest'
import type { Message } from './request.ts'
import { isBad, readMessage } from './request.ts'

const LIMITS = { batchCalls: 3 }
const read = (body: string | Uint8Array): Message => readMessage(body, LIMITS)
const single = (body: string | Uint8Array) => {
  const message = read(body)
  if (message.kind !== 'single') throw new Error('a batch')
  return message.call
}
const codeOf = (body: string | Uint8Array): number | undefined => {
  const call = single(body)
  return isBad(call) ? call.error.code : undefined
}
const call = (id: string, rest = ''): string => `{"jsonrpc":"2.0","method":"m"${id === '' ? '' : `,"id":${id}`}${rest}}`

describe('ids come back as they were', () => {
  test.each(['1', '0', '-7', '1.5', '"a"', '""', '"\\"id\\":99999999999999999999"', 'null'])('%s', (id) => {
    expect(single(call(id))).toMatchObject({ id })
  })

  test.each(['12345678901234567890', '-9007199254740993', '1e400'])('%s, which JavaScript does not hold', (id) => {
    expect(single(call(id, `,"params":[{"id":${id},"text":"\\"id\\": 5"}]`))).toMatchObject({ id })
  })

  test('also where its name is written with escapes, as far as JavaScript holds them', () => {
    const escaped = (id: string) => single(`{"jsonrpc":"2.0","method":"m","\\u0069d":${id}}`)
    expect(escaped('12345678901234567890')).toMatchObject({ id: '12345678901234567000' })
    expect(escaped('1e400')).toMatchObject({ error: { code: -32600 }, id: 'null' })
  })

  test('each in its place of a batch', () => {
    const batch = `[${call('1')},${call('123456789012345678901')},${call('"2"')}]`
    expect(read(batch)).toMatchObject({ calls: [{ id: '1' }, { id: '123456789012345678901' }, { id: '"2"' }] })
  })

  test('without one it is a notification', () => {
    expect(single(call(''))).toMatchObject({ id: undefined, method: 'm' })
  })
})

test.each([
  ['', -32700],
  ['{', -32700],
  ['{"jsonrpc":"2.0","method":"m","id":1}}', -32700],
  ["{'jsonrpc':'2.0'}", -32700],
  ['[]', -32600],
  ['null', -32600],
  ['5', -32600],
  ['"text"', -32600],
  ['{}', -32600],
  ['{"jsonrpc":"1.0","method":"m","id":1}', -32600],
  ['{"method":"m","id":1}', -32600],
  ['{"jsonrpc":"2.0","id":1}', -32600],
  ['{"jsonrpc":"2.0","method":"","id":1}', -32600],
  ['{"jsonrpc":"2.0","method":5,"id":1}', -32600],
  [call('{}'), -32600],
  [call('[1]'), -32600],
  [call('true'), -32600],
  [`[${[1, 2, 3, 4].map((id) => call(String(id))).join(',')}]`, -32005],
])('%s: %i', (body, code) => {
  expect(codeOf(body)).toBe(code)
})

test('what is no UTF-8 cannot be parsed', () => {
  expect(codeOf(Uint8Array.of(0x22, 0xff, 0x22))).toBe(-32700)
})

test('the last of two equal names counts, as in every parser', () => {
  expect(single('{"jsonrpc":"2.0","method":"a","id":1,"method":"b","id":2}')).toMatchObject({ method: 'b', id: '2' })
})

test('names of every object are not members of a call', () => {
  expect(codeOf('{"__proto__":{"jsonrpc":"2.0","method":"m","id":1}}')).toBe(-32600)
})

test('a million brackets are refused, unless they stand in a text', () => {
  const depth = 1_000_000
  expect(codeOf(call('1', `,"params":${'['.repeat(depth)}${']'.repeat(depth)}`))).toBe(-32700)
  expect(codeOf('['.repeat(depth))).toBe(-32700)
  const text = JSON.stringify(`${'['.repeat(depth)}\\"`)
  expect(single(call('1', `,"params":[${text},[[${text}]]]`))).toMatchObject({ id: '1' })
  const nested = (levels: number) => codeOf(call('1', `,"params":${'[{"a":'.repeat(levels)}1${'}]'.repeat(levels)}`))
  expect([nested(31), nested(32)]).toEqual([undefined, -32700])
})

test('a bad call of a batch leaves the others alone', () => {
  expect(read(`[5,${call('7')}]`)).toMatchObject({
    kind: 'batch',
    calls: [{ error: { code: -32600 }, id: 'null' }, { id: '7' }],
  })
})
