import { beforeAll, expect, test } from 'vitest'
import { SyntheticChain } from '../../../server/devnet/light-client/synthetic-chain.ts'
import { asRoot } from '../../chain/bytes.ts'
import { loadSyncCommitteeVerifier } from '../../consensus/bls.ts'
import { BeaconBlockHeaderType } from '../../consensus/containers/ssz-types.ts'
import { HistoricalProofError } from '../../consensus/multiproof/historical-proof-error.ts'
import { MultiproofError } from '../../consensus/multiproof/multiproof-error.ts'
import { provenLightClientState } from '../../consensus/multiproof/light-client-state.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { PERIOD } from '../../testing/light-client-fixture.ts'
import { SimulatedBeaconServer } from '../../testing/simulated-beacon-server.ts'
import { overriding, type BeaconSource } from '../../testing/simulated-beacon-source.ts'
import { SimulatedNetwork } from '../../testing/simulated-network.ts'
import { wholeChainSource } from '../../testing/whole-chain-source.ts'
import { HeaderSync } from './header-sync.ts'
import { HistoricalBlocks, NoHistoricalProofError } from './historical-blocks.ts'
import { STATE_PROOF_WINDOW, StateSync } from './state-sync.ts'

const START = 4 * PERIOD + 20
/** In the same period as the start. */
const GLOAS = START + 12
const network = fixtureNetwork({ capella: 0, deneb: 2, electra: 16, fulu: 20, gloas: GLOAS / 8 })
let chain: SyntheticChain
let truth: BeaconSource
/** The first slot of Gloas was missed. */
let gapped: SyntheticChain

beforeAll(async () => {
  chain = await SyntheticChain.create({ network, seed: 'states', firstSlot: PERIOD, lastSlot: GLOAS + 30, missed: 0.1 })
  truth = wholeChainSource(network, chain)
  gapped = await SyntheticChain.create({
    ...{ network, seed: 'gap 1', firstSlot: PERIOD, lastSlot: GLOAS + 30, missed: 0.2 },
  })
}, 60_000)

async function startedWith(sources: Readonly<Record<string, BeaconSource>>, from = chain) {
  let headers!: HeaderSync
  let history!: HistoricalBlocks
  const modules = ({ state, clock }: Pick<SimulatedNetwork, 'state' | 'clock'>) => {
    headers = new HeaderSync({ state, clock })
    history = new HistoricalBlocks({ state, clock })
    return [headers, new StateSync({ state, clock }), history]
  }
  const verifier = await loadSyncCommitteeVerifier()
  const net = new SimulatedNetwork({ network, verifier, slot: START, seed: 5, modules })
  const servers = Object.entries(sources).map(
    ([name, source]) => new SimulatedBeaconServer({ name, network, clock: net.clock, source }),
  )
  const checkpoint = from.blockAt(3 * PERIOD)
  net.start(checkpoint.root, from.bootstrap(checkpoint), servers)
  return { net, headers, history, servers }
}

/** Slots of canonical headers whose state is proven, newest first, as far as there is no gap. */
function provenSlots({ state }: SimulatedNetwork): number[] {
  const stretch = state.headers.provenStretch
  return stretch === undefined ? [] : [stretch.first.slot, stretch.last.slot]
}

test('the states of the newest headers are proven, those of the window below too, on both sides of a fork', async () => {
  const { net, headers } = await startedWith({ honest: truth })
  headers.setTailTarget(START - 60)
  await net.advanceToSlot(GLOAS + 8)
  const { head, tail } = net.state.headers
  expect(provenSlots(net)[1]).toBe(head!.slot)
  expect(provenSlots(net)[0]).toBeLessThanOrEqual(head!.slot - STATE_PROOF_WINDOW)
  expect(tail!.slot).toBeLessThan(provenSlots(net)[0]!)
  for (const slot of [GLOAS - 2, GLOAS - 1, GLOAS, GLOAS + 1, head!.slot]) {
    const header = net.state.headers.canonicalHeader(slot)
    if (header === undefined) continue
    const proof = net.state.headers.stateProof(asRoot(BeaconBlockHeaderType.hashTreeRoot(header)))
    const proven = provenLightClientState(network, { slot, root: asRoot(header.stateRoot) }, proof!)
    expect(proven.finalizedRoot).toEqual(chain.blockAt(slot).finalized?.root)
  }
  net.scheduler.stop()
})

test('the announced head’s state is proven before the head is signed', async () => {
  const { net } = await startedWith({ honest: truth })
  await net.advanceToSlot(START + 6)
  const announced = net.state.announced!
  expect(announced.slot).toBe(chain.headAt(START + 6).slot)
  expect(net.state.headers.isCanonical(announced.blockRoot)).toBe(false)
  expect(net.state.headers.stateProof(announced.blockRoot)).toBeDefined()
  net.scheduler.stop()
})

test('a proof of another state, or of less than was asked, is a lie; no proof is none', async () => {
  const other = chain.blockAt(START - 9).state.root
  const liar = overriding(truth, {
    stateProof: ({ format }, seen) => truth.answer('stateProof', { stateRoot: asRoot(other), format }, seen),
  })
  const lesser = overriding(truth, { stateProof: ({ stateRoot }) => ({ format: 'value', values: [stateRoot] }) })
  const lacking = overriding(truth, { stateProof: () => undefined })
  const { net } = await startedWith({ liar, lesser, lacking, honest: truth })
  await net.advanceToSlot(START + 10)
  expect(net.state.headers.provenStretch).toBeDefined()
  expect(net.server('liar').lastError?.message).toMatch(/from liar is refused/)
  expect(net.server('lesser').lastError?.message).toMatch(/from lesser is refused/)
  expect(net.server('lacking').quality.verification).toBeGreaterThanOrEqual(0.5)
  expect(net.server('honest').quality.verification).toBeGreaterThan(0.5)
  net.scheduler.stop()
})

test('old execution blocks are proven through block roots and through summaries, across forks and missed slots', async () => {
  const { net, history } = await startedWith({ honest: truth })
  await net.advanceToSlot(GLOAS + 20)
  const headSlot = net.state.optimistic!.head.attestedHeader.beacon.slot
  for (let slot = PERIOD; slot < headSlot; slot += 3) {
    const asked = history.prove(slot)
    await net.advanceSeconds(0.3)
    const block = chain.blockAt(slot)
    const isGloas = block.slot >= GLOAS
    const { servers, under, ...proven } = await asked
    expect(new Set(servers)).toEqual(new Set(['honest']))
    expect(under.slot).toBeGreaterThanOrEqual(headSlot)
    expect(under.blockHash).toEqual(chain.blockAt(under.slot).execution.parent.blockHash)
    expect(proven, `slot ${slot}`).toEqual({
      slot: block.slot,
      root: block.root,
      execution: {
        kind: isGloas ? 'parentPayload' : 'payload',
        blockHash: isGloas ? block.execution.parent.blockHash : block.execution.payload!.carried.payload.blockHash,
      },
    })
  }
  net.scheduler.stop()
})

test('where the first slots of a fork were missed, the block before it is proven by the place of its own fork', async () => {
  const block = gapped.blockAt(GLOAS)
  expect(block.slot).toBeLessThan(GLOAS)
  const whole = wholeChainSource(network, gapped)
  // As gateways do: a place that the tree does not have is nothing to prove.
  const stateProof: Parameters<typeof overriding>[1]['stateProof'] = (request, seen) => {
    try {
      return whole.answer('stateProof', request, seen)
    } catch (error) {
      if (error instanceof MultiproofError) return undefined
      throw error
    }
  }
  const { net, history } = await startedWith({ honest: overriding(whole, { stateProof }) }, gapped)
  await net.advanceToSlot(GLOAS + 12)
  const asked = history.prove(GLOAS)
  await net.advanceSeconds(1)
  const { slot, execution } = await asked
  expect(slot).toBe(block.slot)
  expect(execution).toEqual({ kind: 'payload', blockHash: block.execution.payload!.carried.payload.blockHash })
  expect(net.server('honest').quality.verification).toBeGreaterThan(0.5)
  net.scheduler.stop()
})

test('what cannot be proven is said with its reason', async () => {
  const lacking = overriding(truth, { stateProof: () => undefined })
  const { net, history } = await startedWith({ lacking })
  await expect(history.prove(START - 5)).rejects.toThrow(/there is no head yet/)
  await net.advanceToSlot(START + 2)
  const refused = history.prove(START - 5).catch((error: unknown) => error)
  await net.advanceSeconds(1)
  expect(await refused).toBeInstanceOf(NoHistoricalProofError)
  expect(String(await refused)).toContain('asked lacking; add one')
  await expect(history.prove(START + 50)).rejects.toThrow(HistoricalProofError)
  net.scheduler.stop()
})

test('a false proof of history is refused, and another server asked', async () => {
  const liar = overriding(truth, { stateProof: ({ stateRoot }) => ({ format: 'value', values: [stateRoot] }) })
  const { net, history } = await startedWith({ liar, honest: truth })
  await net.advanceToSlot(START + 4)
  for (let slot = START - 20; slot < START - 10; slot++) {
    const asked = history.prove(slot)
    await net.advanceSeconds(0.5)
    expect((await asked).root).toEqual(chain.blockAt(slot).root)
  }
  expect(net.server('liar').quality.verification).toBeLessThan(0.4)
  net.scheduler.stop()
})
