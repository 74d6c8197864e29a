/** What lying sources serve: another head that is as well signed, or updates that no client takes. */
import { hexToBytes } from '@ethereumjs/util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { asRoot, type Root } from '../../src/chain/bytes.ts'
import { presetByName } from '../../src/chain/beacon-preset.ts'
import { BeaconBlockHeaderType } from '../../src/consensus/containers/ssz-types.ts'
import { participants } from '../../src/consensus/containers/light-client-objects.ts'
import { InvalidUpdateError } from '../../src/consensus/protocol/light-client-error.ts'
import { SimulatedClock } from '../../src/testing/simulated-clock.ts'
import type { BeaconNews } from '../beacon-api/beacon-source.ts'
import { startBeaconChain } from './beacon-chain.ts'
import { devnetNetworkFile } from './devnet-network.ts'
import { follow } from './follow-source.fixtures.ts'
import { gatewayChain, type GatewayChain } from './gateway-chain.ts'

/** 2026-11-21 10:00:00 UTC. */
const START = 1_795_255_200
const AGE = 150

let clock: SimulatedClock
let chain: GatewayChain
let checkpoint: Root

beforeEach(async () => {
  clock = new SimulatedClock(START * 1_000)
  const genesisTime = START - AGE * 6
  const file = devnetNetworkFile({ seed: 'lies', preset: 'minimal', slotSeconds: 6, genesisTime, forks: { fulu: 0 } })
  const slots = { lastSlot: AGE - 1, denseSlots: AGE, checkpointSlot: 0 }
  chain = gatewayChain(await startBeaconChain({ file, seed: 'lies', clock, ...slots }))
  checkpoint = asRoot(hexToBytes(chain.checkpoint))
})

afterEach(async () => {
  await chain.close()
  expect(clock.waiting).toBe(0)
})

test('an equivocating head is signed by as many as the true one, over the same payload', async () => {
  const { network, beacon, falseViews } = chain
  const [honest, rival] = [
    await follow(network, beacon, checkpoint),
    await follow(network, falseViews.equivocatingHead, checkpoint),
  ]
  const [true_, false_] = [honest.optimisticHeader, rival.optimisticHeader]
  expect(false_.beacon.slot).toBe(true_.beacon.slot)
  expect(false_.beacon.parentRoot).toEqual(true_.beacon.parentRoot)
  expect(BeaconBlockHeaderType.hashTreeRoot(false_.beacon)).not.toEqual(
    BeaconBlockHeaderType.hashTreeRoot(true_.beacon),
  )
  expect(false_.execution).toEqual(true_.execution)
  const update = await falseViews.equivocatingHead.optimisticUpdate()
  expect(update && participants(update)).toBe(presetByName('minimal').syncCommitteeSize)
})

test('an equivocating source tells of its heads, and has them by their roots', async () => {
  const { equivocatingHead } = chain.falseViews
  const told: BeaconNews[] = []
  const stop = equivocatingHead.listen((news) => told.push(news))
  await clock.advance(6_000)
  stop()
  const head = told.find(({ kind }) => kind === 'head')
  if (head?.kind !== 'head') throw new Error('no head was told of')
  expect((await equivocatingHead.head()).block.root).toEqual(head.block.root)
  expect((await equivocatingHead.block({ kind: 'root', root: head.block.root }))?.header).toEqual(head.block.header)
  expect(await chain.beacon.block({ kind: 'root', root: head.block.root })).toBeUndefined()
})

test('forged updates are refused, whichever slot it is', async () => {
  const { network, falseViews } = chain
  const { forgedUpdate } = falseViews
  for (let slots = 0; slots < 7; slots++) {
    for (const lie of [
      {
        ...forgedUpdate,
        finalityUpdate: () => undefined,
        bestUpdate: (period: number) => chain.beacon.bestUpdate(period),
      },
      { ...forgedUpdate, finalityUpdate: () => undefined, optimisticUpdate: () => undefined },
    ]) {
      await expect(follow(network, lie, checkpoint)).rejects.toThrow(InvalidUpdateError)
    }
    await clock.advance(6_000)
  }
})

test('a stale head is one that was true', async () => {
  const { block, clockSlot } = await chain.falseViews.staleHead.head()
  expect(clockSlot - block.header.slot).toBe(33)
  expect(block.root).toEqual(chain.beaconChain.chain.blockAt(block.header.slot).root)
})
