import { expect, test } from 'vitest'
import { systemClock } from '../../src/chain/clock.ts'
import { SimulatedClock } from '../../src/testing/simulated-clock.ts'
import { startBeaconChain } from './beacon-chain.ts'
import { devnetNetworkFile } from './devnet-network.ts'
import { madeUpPayloads } from './light-client/execution-payloads.ts'

test('a chain that is to stop makes so many blocks more, whatever the slots, and waits for none', async () => {
  const clock = new SimulatedClock(Math.floor(systemClock.now() / 1000) * 1000)
  const genesisTime = clock.now() / 1000 - 80 * 6
  const file = devnetNetworkFile({ seed: 'stops', preset: 'minimal', slotSeconds: 6, genesisTime, forks: { fulu: 0 } })
  const events = { missed: 0.4 }
  const options = { file, seed: 'stops', clock, lastSlot: 79, denseSlots: 80, checkpointSlot: 79, events }
  const beacon = await startBeaconChain({ ...options, moreBlocks: 5 })
  const { chain, live } = beacon
  const before = chain.blocks.length
  await clock.advance(40 * 6_000)
  await live.idle()
  expect([chain.blocks.length - before, chain.head.slot < 119, clock.waiting]).toEqual([5, true, 0])
  await beacon.close()
})

test('slots that begin while the past is made do not hold the start up; their blocks come after it', async () => {
  const clock = new SimulatedClock(Math.floor(systemClock.now() / 1000) * 1000)
  const genesisTime = clock.now() / 1000 - 80 * 6
  const file = devnetNetworkFile({ seed: 'slow', preset: 'minimal', slotSeconds: 6, genesisTime, forks: { fulu: 0 } })
  let msPerBlock = 1_000
  const beacon = await startBeaconChain({
    ...{ file, seed: 'slow', clock, lastSlot: 79, denseSlots: 80, checkpointSlot: 79 },
    payloads: (network) => {
      const maker = madeUpPayloads(network, 'slow')
      return { ...maker, make: async (request) => (await clock.advance(msPerBlock), maker.make(request)) }
    },
  })
  msPerBlock = 0
  expect([beacon.chain.head.slot, beacon.live.slot]).toEqual([79, 79])
  await clock.advance(1)
  await beacon.live.idle()
  // 80 blocks took 80 s: 13 slots, and the 14th is two seconds old.
  expect([beacon.chain.head.slot, beacon.live.slot]).toEqual([93, 93])
  await beacon.close()
})
