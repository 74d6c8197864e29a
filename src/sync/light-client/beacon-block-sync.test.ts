import { bytesToHex } from '@ethereumjs/util'
import { beforeAll, describe, expect, test } from 'vitest'
import { SyntheticChain, type SyntheticBlock } from '../../../server/devnet/light-client/synthetic-chain.ts'
import { asHash, type Hash, type Keccak } from '../../chain/bytes.ts'
import { loadKeccak } from '../../chain/keccak.ts'
import type { Network } from '../../chain/network.ts'
import { loadSyncCommitteeVerifier } from '../../consensus/bls.ts'
import type { CarriedPayload } from '../../consensus/containers/execution-payload.ts'
import { executionBlockHash } from '../../consensus/containers/light-client-objects.ts'
import { payloadHeader } from '../../execution/block/payload-header.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { PERIOD } from '../../testing/light-client-fixture.ts'
import { SimulatedBeaconServer } from '../../testing/simulated-beacon-server.ts'
import { overriding, type BeaconSource } from '../../testing/simulated-beacon-source.ts'
import { SimulatedNetwork } from '../../testing/simulated-network.ts'
import { wholeChainSource } from '../../testing/whole-chain-source.ts'
import { BeaconBlockSync } from './beacon-block-sync.ts'
import { ExecutionHeaderSync } from './execution-header-sync.ts'
import { HeaderSync } from './header-sync.ts'

/** The epochs of the minimal preset have 8 slots, its periods 64. */
const START = 2 * PERIOD + 20
const GLOAS_EPOCH = (START + 20 - ((START + 20) % 8)) / 8
const GLOAS = GLOAS_EPOCH * 8
const END = GLOAS + 40

const fulu = fixtureNetwork({ fulu: 0 })
const forking = fixtureNetwork({ capella: 0, deneb: 1, electra: 2, fulu: 4, gloas: GLOAS_EPOCH })
let keccak: Keccak
beforeAll(async () => {
  keccak = await loadKeccak()
})

const chainOf = (network: Network, more: Partial<Parameters<typeof SyntheticChain.create>[0]> = {}) =>
  SyntheticChain.create({ network, seed: 'payloads', firstSlot: 2 * PERIOD, lastSlot: END, missed: 0.1, ...more })

async function startedWith(
  network: Network,
  chain: SyntheticChain,
  sources: Readonly<Record<string, BeaconSource>>,
  slot = START,
) {
  let blocks!: BeaconBlockSync
  let execution!: ExecutionHeaderSync
  const modules = ({ state, clock }: Pick<SimulatedNetwork, 'state' | 'clock'>) => {
    blocks = new BeaconBlockSync({ state, clock, keccak })
    execution = new ExecutionHeaderSync({ state, clock, keccak, payloads: blocks })
    return [new HeaderSync({ state, clock }), blocks, execution]
  }
  const verifier = await loadSyncCommitteeVerifier()
  const net = new SimulatedNetwork({ network, verifier, slot, seed: 3, modules })
  const servers = Object.entries(sources).map(
    ([name, source]) => new SimulatedBeaconServer({ name, network, clock: net.clock, source }),
  )
  const [checkpoint] = chain.blocks
  net.start(checkpoint!.root, chain.bootstrap(checkpoint!), servers)
  return { net, blocks, execution, servers }
}

/** Of the validated head. */
function provenHash({ state }: SimulatedNetwork): Hash {
  const execution = state.optimistic?.head.attestedHeader.execution
  if (execution === undefined) throw new Error('no head proves an execution block')
  return executionBlockHash(execution)
}

/** What the chain says of the newest slot's validated head. */
const headBlock = (chain: SyntheticChain, slot: number): SyntheticBlock => chain.blockAt(chain.blockAt(slot).slot - 1)

const carriedBy = (chain: SyntheticChain, hash: Hash): CarriedPayload | undefined =>
  chain.blockByPayload(hash)?.execution.payload?.carried

describe('up to Fulu', () => {
  let chain: SyntheticChain
  let truth: BeaconSource
  beforeAll(async () => {
    chain = await chainOf(fulu)
    truth = wholeChainSource(fulu, chain)
  })

  test('each validated head has its payload, fetched once, when the head is there or a round trip later', async () => {
    const { net, blocks, servers } = await startedWith(fulu, chain, { honest: truth })
    for (let slot = START + 1; slot < START + 12; slot++) {
      await net.advanceToSlot(slot)
      const hash = provenHash(net)
      expect(hash).toEqual(headBlock(chain, slot).execution.payload?.carried.payload.blockHash)
      expect(blocks.payload(hash)).toEqual(carriedBy(chain, hash))
      expect(blocks.executionHeader(hash)?.number).toBe(blocks.payload(hash)?.payload.blockNumber)
    }
    expect(servers[0]!.received.get('blockPayload')).toBeLessThanOrEqual(13)
    net.scheduler.stop()
  })

  test('the announced head’s payload is asked for early, and only of those who announce it', async () => {
    const { net, blocks, servers } = await startedWith(fulu, chain, { announcing: truth, silent: truth })
    servers[1]!.telling = 'silent'
    await net.advanceToSlot(START + 5)
    const announced = chain.headAt(START + 5)
    expect(blocks.payload(announced.execution.payload!.carried.payload.blockHash)).toBeDefined()
    const asked = servers.map(({ received }) => received.get('blockPayload') ?? 0)
    expect(asked[0]).toBeGreaterThan(4)
    expect(asked[1]).toBeLessThan(2)
    net.scheduler.stop()
  })

  const spoiled = (change: (carried: CarriedPayload) => CarriedPayload): BeaconSource =>
    overriding(truth, {
      blockPayload: (request, seen) => {
        const carried = truth.answer('blockPayload', request, seen)
        return carried && change(carried)
      },
    })

  const another = (carried: CarriedPayload): CarriedPayload => {
    const changed = { ...carried, payload: { ...carried.payload, gasLimit: 1 } }
    return { ...changed, payload: { ...changed.payload, blockHash: payloadHeader(changed, keccak).hash } }
  }

  test.each([
    [
      'does not hash to what it says',
      (carried: CarriedPayload) => ({ ...carried, payload: { ...carried.payload, gasUsed: 7 } }),
    ],
    ['hashes to another block', another],
    ['is of another slot', (carried: CarriedPayload) => ({ ...carried, slot: carried.slot - 1 })],
    ['lacks its requests', (carried: CarriedPayload) => ({ ...carried, executionRequests: undefined })],
  ])('a payload that %s is refused, its server named, and another one asked', async (_, change) => {
    const { net, blocks } = await startedWith(fulu, chain, { liar: spoiled(change), honest: truth })
    for (let slot = START + 1; slot < START + 10; slot++) {
      await net.advanceToSlot(slot)
      const hash = provenHash(net)
      expect(blocks.payload(hash)).toEqual(carriedBy(chain, hash))
    }
    expect(net.server('liar').lastError?.message).toMatch(/^the payload of block 0x[0-9a-f]{64} from liar is false: /)
    expect(net.server('liar').quality.verification).toBeLessThan(0.4)
    expect(net.server('honest').quality.verification).toBeGreaterThan(0.5)
    net.scheduler.stop()
  })

  test('a server without the block is no liar, and is asked again when it may have it', async () => {
    let has = false
    const late = overriding(truth, {
      blockPayload: (request, seen) => (has ? truth.answer('blockPayload', request, seen) : undefined),
    })
    const { net, blocks, servers } = await startedWith(fulu, chain, { late })
    await net.advanceSeconds(2)
    expect(blocks.payload(provenHash(net))).toBeUndefined()
    expect(servers[0]!.received.get('blockPayload')).toBeLessThan(4)
    has = true
    await net.advanceSeconds(2.5)
    expect(blocks.payload(provenHash(net))).toBeDefined()
    expect(net.server('late').quality.verification).toBeGreaterThanOrEqual(0.5)
    net.scheduler.stop()
  })
})

describe('across Gloas', () => {
  test('chain, heads, headers, payloads and execution headers go on over the fork', async () => {
    const chain = await chainOf(forking)
    const truth = wholeChainSource(forking, chain)
    const { net, blocks, execution } = await startedWith(forking, chain, { a: truth, b: truth })
    for (let slot = START + 1; slot < END; slot++) {
      await net.advanceToSlot(slot)
      const hash = provenHash(net)
      const head = headBlock(chain, slot)
      expect(net.state.optimistic?.head.attestedHeader.beacon.slot).toBe(head.slot)
      expect(net.state.headers.head?.slot).toBe(head.slot)
      // From Gloas on a head proves the payload that it builds on.
      const expected = head.slot < GLOAS ? head.execution.payload!.carried.payload : head.execution.parent
      expect(bytesToHex(hash)).toBe(bytesToHex(expected.blockHash))
      expect(blocks.payload(hash), `slot ${slot}`).toEqual(carriedBy(chain, hash))
      if (head.slot >= GLOAS) expect(execution.header(hash)?.number).toBe(expected.blockNumber)
    }
    const finalized = net.state.finality!.head.finalizedHeader
    expect(finalized.beacon.slot).toBeGreaterThan(GLOAS)
    expect(execution.header(executionBlockHash(finalized.execution!))).toBeDefined()
    for (const name of ['a', 'b']) expect(net.server(name).lastError).toBeUndefined()
    // All headers, from before the fork to after it, in one line.
    expect(net.state.headers.tail!.slot).toBeLessThan(GLOAS)
    net.scheduler.stop()
  })

  test('a client that starts after the fork, on withheld payloads, walks back to the one that is proven', async () => {
    const start = GLOAS + 30
    const withheld = (slot: number) => (slot >= start - 5 && slot < start + 3 ? 1 : 0)
    const chain = await chainOf(forking, { missed: 0, withheld })
    const truth = wholeChainSource(forking, chain)
    const { net, blocks } = await startedWith(forking, chain, { honest: truth }, start)
    await net.advanceToSlot(start + 3)
    const hash = provenHash(net)
    expect(chain.blockByPayload(hash)?.slot).toBe(start - 6)
    expect(blocks.payload(hash)).toEqual(carriedBy(chain, hash))
    expect(net.server('honest').quality.verification).toBeGreaterThanOrEqual(0.5)
    await net.advanceToSlot(start + 6)
    expect(chain.blockByPayload(provenHash(net))?.slot).toBe(start + 4)
    expect(blocks.payload(provenHash(net))).toBeDefined()
    net.scheduler.stop()
  })

  test('an envelope that contradicts what the chain proves is a lie; one of a payload that was skipped is not', async () => {
    const withheld = (slot: number) => (slot % 3 === 0 ? 1 : 0)
    const chain = await chainOf(forking, { missed: 0, withheld })
    const truth = wholeChainSource(forking, chain)
    // Revealed too late for the chain to build on, and served since.
    const late = overriding(truth, {
      payloadEnvelope: ({ blockRoot }, seen) => {
        const block = chain.blockByRoot(blockRoot)
        return block !== undefined && block.slot <= seen ? block.execution.payload?.carried : undefined
      },
    })
    const lying = overriding(truth, {
      payloadEnvelope: ({ blockRoot }, seen) => {
        const carried = truth.answer('payloadEnvelope', { blockRoot }, seen)
        if (carried === undefined) return undefined
        const changed = { ...carried, payload: { ...carried.payload, gasLimit: 1 } }
        return { ...changed, payload: { ...changed.payload, blockHash: asHash(payloadHeader(changed, keccak).hash) } }
      },
    })
    const { net, blocks } = await startedWith(forking, chain, { lying, late }, GLOAS + 4)
    for (let slot = GLOAS + 6; slot < GLOAS + 25; slot++) {
      await net.advanceToSlot(slot)
      expect(blocks.payload(provenHash(net)), `slot ${slot}`).toEqual(carriedBy(chain, provenHash(net)))
    }
    expect(net.server('late').lastError).toBeUndefined()
    expect(net.server('late').quality.verification).toBeGreaterThan(0.5)
    expect(net.server('lying').lastError?.message).toMatch(/the chain proves/)
    net.scheduler.stop()
  })

  test('execution headers come from a server that has nothing else, checked by their hash', async () => {
    const chain = await chainOf(forking, { missed: 0 })
    const truth = wholeChainSource(forking, chain)
    const nothing = { blockPayload: () => undefined, payloadEnvelope: () => undefined }
    const light = overriding(truth, { ...nothing, executionHeader: () => undefined })
    const liar = overriding(truth, { ...nothing, executionHeader: () => Uint8Array.of(0xc0) })
    const { net, execution } = await startedWith(
      forking,
      chain,
      { light, liar, honest: overriding(truth, nothing) },
      GLOAS + 10,
    )
    await net.advanceToSlot(GLOAS + 14)
    expect(execution.header(provenHash(net))?.hash).toEqual(provenHash(net))
    for (let slot = GLOAS + 15; slot < GLOAS + 30; slot++) await net.advanceToSlot(slot)
    expect(execution.header(provenHash(net))?.number).toBe(headBlock(chain, GLOAS + 29).execution.parent.blockNumber)
    expect(net.server('liar').lastError?.message).toMatch(/has the hash/)
    expect(net.server('light').quality.verification).toBeGreaterThanOrEqual(0.5)
    net.scheduler.stop()
  })
})
