import { expect, test } from 'vitest'
import { LIAR, SERVER } from './fixtures.ts'
import { serverView } from './server-view.ts'

test('a server has its slots, its quality in words, and its last error', () => {
  expect(serverView(SERVER)).toEqual({
    name: 'beacon.example',
    askedFor: undefined,
    answers: { word: 'answers', share: 0.97, tone: 'plain' },
    truth: { word: 'held so far', share: 0.62, tone: 'plain' },
    announced: '12,345,679',
    valid: '12,345,678',
    lastError: undefined,
  })
  expect(serverView(LIAR)).toMatchObject({
    truth: { word: 'sent false data', tone: 'failed' },
    valid: undefined,
    lastError: expect.stringContaining('SignatureError') as unknown,
  })
})

test('an address that is asked as two servers says which it is here', () => {
  expect(serverView({ ...SERVER, kind: 'execution' })).toMatchObject({
    name: 'beacon.example',
    askedFor: 'for execution headers',
  })
})

test.each([
  [0.5, 'not asked yet', 'quiet'],
  [0.9, 'answers', 'plain'],
  [0.6, 'answers mostly', 'plain'],
  [0.2, 'often silent', 'caution'],
])('availability %f is %s', (availability, word, tone) => {
  expect(serverView({ ...SERVER, availability }).answers).toMatchObject({ word, tone })
})

test.each([
  [0.5, 'nothing checked yet', 'quiet'],
  [0.51, 'held so far', 'plain'],
  [0.49, 'sent false data', 'failed'],
])('verification %f is %s, and never a proof', (verification, word, tone) => {
  expect(serverView({ ...SERVER, verification }).truth).toMatchObject({ word, tone })
})
