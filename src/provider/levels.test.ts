/** Which unverified answers a dapp is given. */
import { expect, test } from 'vitest'
import { acceptLevel } from './levels.ts'
import { UNVERIFIED } from './provider.fixtures.ts'

test.each([
  ['eth_capabilities', true],
  ['eth_getBalance', false],
  ['eth_sendRawTransaction', false],
] as const)('%s, which nobody proves, is returned: %s', (method, isReturned) => {
  const answer = { result: {}, verification: UNVERIFIED }
  const accept = () => acceptLevel(answer, { method, params: [], allowUnverified: false })
  if (isReturned) expect(accept()).toBe(answer)
  else expect(accept).toThrow(expect.objectContaining({ code: -32050, data: UNVERIFIED }))
})
