/** Simulations whose results would not fit into an answer are errors that say so. */
import { beforeAll, expect, test } from 'vitest'
import { asHash } from '../../../chain/bytes.ts'
import { describeWithData } from '../../../testing/data.ts'
import { openTestChain, type TestChain } from '../recorded-calls.fixtures.ts'
import { JsonInput } from '../json/json-input.ts'
import { readSimulation, simulationJson } from './simulate-json.ts'
import { simulate } from './simulate.ts'

const PROGRAM = '0x00000000000000000000000000000000009406a3'
/** LOG0 of 1,024 bytes; gives 1,024 bytes back. */
const TALKATIVE = '0x6104006000a06104006000f3'

describeWithData('results of simulations', (data) => {
  let chain: TestChain
  beforeAll(async () => {
    chain = await openTestChain(data)
  })

  test('are bounded by their size, whatever it is made of', async () => {
    const calls = Array.from({ length: 4 }, () => ({ to: PROGRAM }))
    const payload = { blockStateCalls: [{ stateOverrides: { [PROGRAM]: { code: TALKATIVE } }, calls }, { calls }] }
    const { simulation } = readSimulation(new JsonInput(payload, 'payload'))
    const number = chain.chain.head.number
    const stateRoot = () => asHash(new Uint8Array(32))
    const blocks = await simulate(simulation, { ...chain.context(number), stateRoot })
    const shown = simulationJson(blocks, 'hashes') as readonly { readonly calls: unknown }[]
    const size = shown.reduce((sum, block) => sum + JSON.stringify(block.calls).length, 0)
    expect(() => simulationJson(blocks, 'hashes', size * 1.5)).not.toThrow()
    expect(() => simulationJson(blocks, 'hashes', size / 1.5)).toThrow('simulate fewer at once')
  })
})
