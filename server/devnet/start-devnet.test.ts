/** A whole devnet: what its committee signs is what its execution chain has. Time is simulated, blocks are real. */
import { equalsBytes, hexToBytes } from '@ethereumjs/util'
import { afterEach, describe, expect, test } from 'vitest'
import { asRoot, type Hash } from '../../src/chain/bytes.ts'
import { loadKeccak } from '../../src/chain/keccak.ts'
import { networkByName, parseNetworkFile } from '../../src/chain/network.ts'
import { executionBlockHash, type LightClientHeader } from '../../src/consensus/containers/light-client-objects.ts'
import { provePayload } from '../../src/execution/block/payload-header.ts'
import { SimulatedClock } from '../../src/testing/simulated-clock.ts'
import type { ExecutionNews } from '../execution/execution-source.ts'
import { follow } from './follow-source.fixtures.ts'
import { startDevnet, type Devnet, type DevnetOptions } from './start-devnet.ts'

/** 2026-11-21 10:00:00 UTC. */
const START = 1_795_255_200_000
/** Enough for the workload, few enough to make them in no time. */
const ACCOUNTS = 1_000
/** A test starts with a hundred blocks, real ones. */
const TIMEOUT = 120_000

let clock: SimulatedClock
let devnet: Devnet | undefined

afterEach(async () => {
  await devnet?.close()
  devnet = undefined
  expect(clock.waiting).toBe(0)
})

async function start(options: DevnetOptions = {}): Promise<Devnet> {
  clock = new SimulatedClock(START)
  devnet = await startDevnet({ clock, preset: 'minimal', accounts: ACCOUNTS, agePeriods: 2, gas: 300_000, ...options })
  return devnet
}

/** Slots go by, and their blocks are made. */
async function pass(slots: number): Promise<void> {
  for (let i = 0; i < slots; i++) {
    await clock.advance((devnet?.network.slotSeconds ?? 0) * 1_000)
    await devnet?.beaconChain.live.idle()
  }
}

const followed = ({ network, beacon, checkpoint }: Devnet) => follow(network, beacon, asRoot(hexToBytes(checkpoint)))

function hashOf({ execution }: LightClientHeader): Hash {
  if (execution === undefined) throw new Error('the header proves no execution block')
  return executionBlockHash(execution)
}

test(
  'equal options with an equal start give equal chains, whenever they are started',
  async () => {
    const options = { startTime: START / 1_000 - 30, agePeriods: 0.5, accounts: 100 }
    const first = await start(options)
    const { root, header } = (await first.beacon.head()).block
    const { head } = first.execution.status()
    await first.close()
    clock = new SimulatedClock(START + 60_000)
    devnet = await startDevnet({ clock, preset: 'minimal', gas: 300_000, ...options })
    expect((await devnet.beacon.head()).block.header.slot).toBeGreaterThan(header.slot)
    expect(await devnet.beacon.block({ kind: 'root', root })).toMatchObject({ header: { slot: header.slot } })
    expect(devnet.execution.headerByNumber(head.number)).toMatchObject({ hash: head.hash })
  },
  TIMEOUT,
)

test(
  'a client is led to the execution chain, from its network file on, and along with it',
  async () => {
    const one = await start()
    const keccak = await loadKeccak()
    const file = one.networkFile('http://127.0.0.1:9')
    expect(parseNetworkFile(file)).toMatchObject({ name: file.name, checkpoint: one.network.checkpoint })
    expect(file.servers.map(({ kind }) => kind)).toEqual(['gateway', 'beacon', 'execution'])
    // Past the start of an epoch, where head and attested block call different ones finalized.
    await pass(2)
    for (let slots = 0; slots < 3; slots++) {
      const store = await followed(one)
      const proven = one.execution.blockByHash(hashOf(store.optimisticHeader))
      const { head, finalized, safe } = one.execution.status()
      expect(proven?.number).toBe(head.number - 1)
      expect(hashOf(store.finalizedHeader)).toEqual(finalized?.hash)
      expect(safe?.number).toBeGreaterThan(finalized?.number ?? Infinity)
      const { payload } = (await one.beacon.head()).block
      if (payload.kind !== 'inBlock') throw new Error(`the payload is ${payload.kind}`)
      expect(provePayload(payload.carried, keccak).hash).toEqual(head.hash)
      expect(payload.carried.payload.transactions.length).toBeGreaterThan(0)
      await pass(1)
    }
  },
  TIMEOUT,
)

test(
  'equal options and times make equal chains, another seed another',
  async () => {
    const roots: string[] = []
    for (const seed of ['one', 'one', 'two']) {
      const { checkpoint, network, execution } = await start({ seed })
      roots.push(`${checkpoint} ${network.name} ${Buffer.from(execution.head.hash).toString('hex')}`)
      await devnet?.close()
    }
    expect(roots[0]).toBe(roots[1])
    expect(roots[2]).not.toBe(roots[1])
  },
  TIMEOUT,
)

test(
  'a chain that begins now grows through every fork, followed from its genesis',
  async () => {
    const forks = { capella: 0, deneb: 1, electra: 2, fulu: 3, gloas: 6 }
    const one = await start({ agePeriods: 0, forks })
    expect(one.network.checkpoint?.epoch).toBe(0)
    for (let epoch = 0; epoch < 8; epoch++) {
      await pass(8)
      const store = await followed(one)
      const { head } = one.execution.status()
      const isGloas = epoch >= 6
      // A block of Gloas proves the payload before its own.
      expect(one.execution.blockByHash(hashOf(store.optimisticHeader))?.number).toBe(head.number - (isGloas ? 2 : 1))
    }
  },
  TIMEOUT,
)

describe('the execution chain goes where the beacon chain goes', () => {
  test(
    'over a reorganization',
    async () => {
      const one = await start({ events: { orphans: [{ fromSlot: 130, length: 2, signers: 'all' }] } })
      const heard: ExecutionNews[] = []
      one.execution.listen((news) => heard.push(news))
      await pass(6)
      const reorganization = heard.find((news) => news.kind === 'head' && news.removed.length > 0)
      if (reorganization?.kind !== 'head') throw new Error('no reorganization was told of')
      expect([reorganization.removed.length, reorganization.added.length]).toEqual([2, 1])
      expect(one.execution.blockByHash(hashOf((await followed(one)).optimisticHeader))?.number).toBe(
        one.execution.head.number - 1,
      )
    },
    TIMEOUT,
  )

  test(
    'and not to payloads that are withheld',
    async () => {
      const one = await start({ forks: { gloas: 0 }, events: { withheld: (slot) => (slot === 131 ? 1 : 0) } })
      await pass(3)
      const before = one.execution.head.number
      await pass(1)
      expect(one.execution.head.number).toBe(before)
      expect((await one.beacon.head()).block.payload.kind).toBe('withheld')
      await pass(2)
      expect(one.execution.head.number).toBe(before + 2)
    },
    TIMEOUT,
  )

  test(
    'and not to an invalid block, whoever signed it',
    async () => {
      const one = await start({ invalidSlots: [130] })
      await pass(2)
      const valid = one.execution.head
      await pass(2)
      const { optimisticHeader } = await followed(one)
      expect(optimisticHeader.beacon.slot).toBe(130)
      const invalid = one.execution.blockByHash(hashOf(optimisticHeader))
      expect(invalid && equalsBytes(invalid.parentHash, valid.hash)).toBe(true)
      expect(one.execution.head).toEqual(valid)
      await pass(3)
      expect(one.execution.head.number).toBe(valid.number + 3)
      expect((await followed(one)).optimisticHeader.beacon.slot).toBe(133)
    },
    TIMEOUT,
  )
})

test(
  'as mainnet: a client that knows mainnet follows it, from its checkpoint alone',
  async () => {
    const one = await start({ as: 'mainnet', agePeriods: 1 })
    const mainnet = networkByName('mainnet')
    const checkpoint = asRoot(hexToBytes(one.checkpoint))
    const store = await follow(mainnet, one.beacon, checkpoint)
    const { head } = one.execution.status()
    expect(one.execution.blockByHash(hashOf(store.optimisticHeader))?.number).toBe(head.number - 1)
    expect(head.number).toBeGreaterThan(15_537_394)
    const file = one.networkFile('http://127.0.0.1:9')
    expect({ ...parseNetworkFile(file), name: 'mainnet', checkpoint: null, servers: [] }).toEqual(mainnet)
    expect(file.name).not.toBe('mainnet')
    expect(one.beaconChain.chain.blocks.length).toBeLessThan(64)
  },
  TIMEOUT,
)
