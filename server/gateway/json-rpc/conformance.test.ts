/** The recorded requests of the execution-apis project, over its own chain, compared to the letter. */
import { beforeAll, expect, test } from 'vitest'
import { describeWithData } from '../../../src/testing/data.ts'
import type { RecordedAnswer, RecordedCall } from '../../../src/cli/conformance/io-file.ts'
import { importTestChain, recordedCalls, takingTransactions } from './imported-chain.fixtures.ts'
import type { JsonRpc } from './json-rpc.ts'
import { createJsonRpc } from './json-rpc.ts'
import { METHODS } from './registry.ts'

describeWithData('execution-apis', (data) => {
  let rpc: JsonRpc
  beforeAll(async () => {
    rpc = await createJsonRpc(await takingTransactions(await importTestChain(data)))
  })

  const calls = recordedCalls(data).filter(({ request }) => METHODS.has(request.method) && !isOtherTrace(request))

  test('there are enough of them', () => {
    expect(calls.length).toBeGreaterThanOrEqual(60)
  })

  test.each(calls)('$name', async ({ request, response, isShapeOnly }) => {
    const answer = JSON.parse((await rpc.handle(JSON.stringify(request))) ?? 'null') as RecordedAnswer
    if (response.error !== undefined) {
      const { code, data } = response.error
      expect(answer).toMatchObject({ error: { code, ...(data !== undefined && { data }) } })
    } else if (isShapeOnly) {
      expect(Object.keys(answer.result as object).sort()).toEqual(Object.keys(response.result as object).sort())
    } else {
      expect(answer).toEqual(response)
    }
  })
})

/** Blocks are traced by the prestate tracer alone, which the recorded requests do not ask for. */
function isOtherTrace({ method, params }: RecordedCall['request']): boolean {
  const [, options] = (params ?? []) as readonly [unknown, { readonly tracer?: string }?]
  return method.startsWith('debug_trace') && options?.tracer !== 'prestateTracer'
}
