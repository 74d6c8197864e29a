import { expect, test } from 'vitest'
import { systemClock } from '../../src/chain/clock.ts'
import { SimulatedClock } from '../../src/testing/simulated-clock.ts'
import { startBeaconChain } from './beacon-chain.ts'
import { devnetNetworkFile } from './devnet-network.ts'

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
