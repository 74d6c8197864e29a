/** What is said of a request that the node never answers. */
import { expect, test } from 'vitest'
import { ANSWER_LIMIT_MS } from './node-calls.ts'
import { errorOf, world } from './provider.fixtures.ts'

test.each([
  ['eth_getLogs', 'ask for less at a time'],
  ['eth_sendRawTransaction', 'may be out'],
])('%s: %s', async (method, advice) => {
  const { provider, clock } = world()
  const asked = errorOf(provider.request({ method, params: [] }))
  await clock.advance(ANSWER_LIMIT_MS)
  const { message } = await asked
  expect(message).toContain(advice)
  expect(message.includes('ask for less')).toBe(method === 'eth_getLogs')
})
