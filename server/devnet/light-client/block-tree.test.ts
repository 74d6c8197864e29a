/** What a chain that grows for long holds of its old blocks. */
import { expect, test } from 'vitest'
import { fixtureNetwork } from '../../../src/testing/fixture-network.ts'
import { madeUpPayloads } from './execution-payloads.ts'
import type { PayloadMaker } from './payload-maker.ts'
import { SyntheticChain } from './synthetic-chain.ts'

const MEBIBYTE = 2 ** 20

test('payloads are held up to 32 MiB, the newest; all else of an old block stays', async () => {
  const network = fixtureNetwork({ gloas: 0 })
  const madeUp = madeUpPayloads(network, 'large')
  const rlp = new Uint8Array(MEBIBYTE)
  const payloads: PayloadMaker = {
    genesis: madeUp.genesis,
    make: async (request) => {
      const brought = await madeUp.make(request)
      if (brought.kind !== 'own') throw new Error(`made up payloads are own ones, not ${brought.kind}`)
      const { carried } = brought.made
      const payload = { ...carried.payload, accessList: { rlp, slotNumber: request.slot } }
      return { kind: 'own', made: { ...brought.made, carried: { ...carried, payload } } }
    },
  }
  const chain = await SyntheticChain.create({ network, seed: 'large', firstSlot: 0, lastSlot: 79, payloads })
  const held = chain.blocks.map(({ execution, body }) => [execution.payload !== undefined, body !== undefined])
  expect(held.slice(0, 48).flat()).not.toContain(true)
  expect(held.slice(48).flat()).not.toContain(false)
  const [first] = chain.blocks
  expect(first?.execution.block && chain.blockByPayload(first.execution.block.blockHash)).toBe(first)
  expect(chain.update(chain.blockAt(1)).attestedHeader).toBe(first?.header)
})
