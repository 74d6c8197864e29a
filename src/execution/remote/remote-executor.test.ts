import { expect, test } from 'vitest'
import { asAddress } from '../../chain/bytes.ts'
import type { ExecutionState } from '../block/execute-block.ts'
import type { ExecutionAnswer } from './evm-messages.ts'
import { executeRemotely } from './remote-executor.ts'

const gone = new Error('the block is not wanted any more')
const state: ExecutionState = {
  reader: {
    account: () => Promise.reject(gone),
    storage: () => Promise.reject(gone),
    code: () => Promise.reject(gone),
  },
  intermediateRoot: () => Promise.reject(gone),
}
const request = { kind: 'account', address: asAddress(new Uint8Array(20)) } as const

test.each<[what: string, answer: ExecutionAnswer]>([
  ['an invalid block', { kind: 'invalid', code: 'invalid-transaction', message: 'it lacks ether' }],
  ['an outcome', { kind: 'done', accessed: [], cachedCodes: [] } as unknown as ExecutionAnswer],
])('%s that a worker makes of a read that failed is none', async (_, answer) => {
  const run = executeRemotely(
    async (home) => {
      await home.read([request]).catch(() => undefined)
      return answer
    },
    state,
    (home) => home,
    () => undefined,
  )
  await expect(run).rejects.toBe(gone)
})
