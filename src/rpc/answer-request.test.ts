import { expect, test } from 'vitest'
import { systemClock } from '../chain/clock.ts'
import { RpcError } from '../network/json-rpc/rpc-error.ts'
import { answerRequest } from './answer-request.ts'
import { method } from './method.ts'

test('what fails takes along what is still under way for it', async () => {
  const signals: AbortSignal[] = []
  const failing = method({
    class: 'chain',
    params: [],
    run: async ({ ask }) => {
      signals.push(ask.signal)
      const never = new Promise<never>(() => undefined)
      return Promise.race([never, Promise.reject(new RpcError(-32000, 'one of many'))])
    },
  })
  const request = { kind: 'request', id: 1, method: 'eth_x', params: [], allowUnverified: false } as const
  const setting = { clock: systemClock } as never
  const tools = { setting, methods: new Map([['eth_x', failing]]), onDefect: () => undefined }
  const news = await answerRequest(request, tools, {
    cancelled: new AbortController().signal,
    subscriber: undefined as never,
  })
  expect(news).toMatchObject({ kind: 'error', error: { code: -32000, message: 'one of many' } })
  expect(signals[0]!.aborted).toBe(true)
})
