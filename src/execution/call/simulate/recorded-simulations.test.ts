/** `eth_simulateV1` as recorded, on the chain it was recorded on. */
import { beforeAll, expect, test } from 'vitest'
import { describeWithData } from '../../../testing/data.ts'
import { CallError } from '../call-error.ts'
import { JsonInput } from '../json/json-input.ts'
import { callsOf, openTestChain, type TestChain } from '../recorded-calls.fixtures.ts'
import { readSimulation, simulationJson } from './simulate-json.ts'
import { simulate } from './simulate.ts'

describeWithData('recorded simulations', (data) => {
  let chain: TestChain
  beforeAll(async () => {
    chain = await openTestChain(data)
  })

  /** That a block is unknown, whoever looks blocks up says. */
  const calls = callsOf(data, 'eth_simulateV1').filter(({ response }) => response.error?.message !== 'header not found')

  test.each(calls)('$name', async ({ params, response }) => {
    const number = params[1] === 'latest' ? chain.chain.head.number : Number(params[1])
    const trie = chain.trie(chain.block(number).stateRoot)
    const stateRoot: Parameters<typeof simulate>[1]['stateRoot'] = (writes) => {
      trie.applyWrites(writes)
      return trie.root()
    }
    const context = { ...chain.context(number), stateRoot }
    try {
      const { simulation, transactions } = readSimulation(new JsonInput(params[0], 'params[0]'))
      const result = simulationJson(await simulate(simulation, context), transactions)
      expect(JSON.parse(JSON.stringify(result))).toEqual(response.result)
    } catch (error) {
      if (!(error instanceof CallError)) throw error
      const { code, message, data: detail } = error
      expect({ code, message, ...(detail !== undefined && { data: detail }) }).toEqual(response.error)
    }
  })
})
