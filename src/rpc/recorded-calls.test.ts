/** The recorded requests of the execution-apis project, answered from proofs, hash chains and execution here, to the letter. */
import { beforeAll, expect, test } from 'vitest'
import { recordedCalls } from '../../server/gateway/json-rpc/imported-chain.fixtures.ts'
import type { Json } from '../network/json-rpc/json.ts'
import { describeWithData } from '../testing/data.ts'
import { importedView, type ViewWorld } from './imported-view.fixtures.ts'
import { METHODS } from './registry.ts'
import { asRpcError } from './rpc-failure.ts'

describeWithData('execution-apis', (data) => {
  let world: ViewWorld
  beforeAll(async () => {
    world = await importedView(data)
    return () => world.close()
  })

  const calls = recordedCalls(data).filter(({ request }) => METHODS.has(request.method))

  test('there are enough of them', () => {
    expect(calls.length).toBeGreaterThanOrEqual(60)
  })

  test.each(calls)('$name', async ({ request: { method, params }, response, isShapeOnly }) => {
    const answer = world.call(method, (params ?? []) as Json)
    if (response.error === undefined) {
      const result = (await answer) as object
      // Strictly: a member that is undefined is one too many.
      if (!isShapeOnly) return expect(result).toStrictEqual(response.result)
      return expect(Object.keys(result).sort()).toEqual(Object.keys(response.result as object).sort())
    }
    const { code, data } = response.error
    const failed = await answer.then(
      () => undefined,
      (error: unknown) => asRpcError(error, () => undefined),
    )
    expect(failed).toMatchObject({ code, ...(data !== undefined && { data }) })
  })
})
