import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readSessionCall, readSessionNews, type SessionCall, type SessionNews } from './session-messages.ts'

describe('a call of another tab', () => {
  test.each<SessionCall>([
    { kind: 'request', id: 1, method: 'eth_call', params: [{ to: '0x' }, 'latest'], allowUnverified: false },
    { kind: 'request', id: 2, method: 'eth_blockNumber', params: undefined, allowUnverified: true },
    { kind: 'cancel', id: 1 },
  ])('is read: %j', (call) => {
    expect(readSessionCall(structuredClone(call))).toEqual(call)
  })

  const request = { kind: 'request', id: 1, method: 'eth_call', params: [], allowUnverified: false }
  test.each([
    ['no object', 'request'],
    ['another kind', { ...request, kind: 'close' }],
    ['an id that is none', { ...request, id: '1' }],
    ['a method that is none', { ...request, method: 7 }],
    ['a method without end', { ...request, method: 'x'.repeat(129) }],
    ['parameters that are none', { ...request, params: 'latest' }],
    ['parameters that are not JSON', { ...request, params: [new Map()] }],
    ['an allowance that is none', { ...request, allowUnverified: 'yes' }],
  ])('is none: %s', (_, message) => {
    expect(readSessionCall(message)).toBeUndefined()
  })
})

describe('news of the node', () => {
  test.each<SessionNews>([
    { kind: 'result', id: 1, result: null, verification: { level: 'proven', source: ['a server'] } },
    { kind: 'result', id: 1, result: '0x1', verification: { level: 'executed', anchor: '0xaa', source: [] } },
    { kind: 'error', id: 1, error: { code: 3, message: 'execution reverted', data: '0x' } },
    { kind: 'notification', subscription: '0x1', result: {} },
    { kind: 'ended', of: '0x1' },
    { kind: 'ready', chainId: '0x1' },
    { kind: 'stale', reason: 'the head is old' },
  ])('are read: %j', (news) => {
    expect(readSessionNews(structuredClone(news))).toEqual(news)
  })

  test.each([
    ['no verification', { kind: 'result', id: 7, result: '0x1' }],
    ['a level that is none', { kind: 'result', id: 7, result: '0x1', verification: { level: 'sure', source: [] } }],
    [
      'executed since nothing',
      { kind: 'result', id: 7, result: '0x1', verification: { level: 'executed', source: [] } },
    ],
    ['no result', { kind: 'result', id: 7, verification: { level: 'local', source: [] } }],
    ['an error without a code', { kind: 'error', id: 7, error: { message: 'no' } }],
  ])('that answer without sense are an error: %s', (_, message) => {
    expect(readSessionNews(message)).toMatchObject({ kind: 'error', id: 7, error: { code: -32603 } })
  })

  test('that are nothing are nothing', () => {
    fc.assert(
      fc.property(fc.anything(), (message) => {
        expect(readSessionNews(message)).toBeUndefined()
        expect(readSessionCall(message)).toBeUndefined()
      }),
    )
  })
})
