/**
 * A year of sync committee periods with real signatures, from four servers of which one lies, one stalls and one is 28
 * hours behind: the client reaches the true head, names the bad ones, and follows on through missed slots and a reorg.
 */
import { beforeAll, expect, test } from 'vitest'
import { loadHerumi, loadSyncCommitteeVerifier } from '../../consensus/bls.ts'
import { CommitteeKeys } from '../../../server/devnet/light-client/committee-keys.ts'
import { SyntheticChain, type SyntheticChainOptions } from '../../../server/devnet/light-client/synthetic-chain.ts'
import { chainSource } from '../../testing/chain-source.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { PERIOD } from '../../testing/light-client-fixture.ts'
import { SimulatedBeaconServer } from '../../testing/simulated-beacon-server.ts'
import { behind, reorganised } from '../../testing/simulated-beacon-source.ts'
import { SimulatedNetwork } from '../../testing/simulated-network.ts'
import { RequestTimeoutError } from '../server.ts'

const PERIODS = 321
/** In the middle of a period, as a client that starts at any time. */
const START = PERIODS * PERIOD + 20
/** Through the next period's beginning. */
const END = START + PERIOD + 10
/** The block of this slot and the next are abandoned. */
const REORG = START + 33
const EPOCH = 8
/** 28 hours are 1.025 periods of mainnet. */
const STALE_SLOTS = Math.round((28 / 27.3) * PERIOD)
const SEED = 20_261_121

const network = fixtureNetwork()
const options: SyntheticChainOptions = {
  network,
  seed: `year ${SEED}`,
  firstSlot: EPOCH,
  lastSlot: END,
  missed: 0.1,
  participation: 0.9,
  sparseBefore: (PERIODS - 2) * PERIOD,
}
let chain: SyntheticChain
let abandoned: SyntheticChain
let other: SyntheticChain

beforeAll(async () => {
  const herumi = await loadHerumi()
  const keys = new CommitteeKeys(herumi, network.preset.syncCommitteeSize)
  chain = await SyntheticChain.create(options, keys)
  abandoned = await SyntheticChain.create(
    { ...options, lastSlot: REORG + 2, branch: { fromSlot: REORG, seed: 'abandoned' } },
    keys,
  )
  other = await SyntheticChain.create(
    { ...options, seed: 'other' },
    new CommitteeKeys(herumi, network.preset.syncCommitteeSize, 1),
  )
}, 120_000)

test('reaches the true head among a liar, a staller and a stale server, and follows it', async () => {
  const verifier = await loadSyncCommitteeVerifier()
  const net = new SimulatedNetwork({ network, verifier, slot: START, seed: SEED })
  const { clock, state, views } = net
  const truth = reorganised(chainSource(network, abandoned), chainSource(network, chain), REORG + 2)
  const servers = [
    new SimulatedBeaconServer({ name: 'liar', network, clock, source: chainSource(network, other) }),
    new SimulatedBeaconServer({ name: 'staller', network, clock, source: truth, conduct: { kind: 'stalls' } }),
    new SimulatedBeaconServer({ name: 'stale', network, clock, source: behind(truth, STALE_SLOTS) }),
    new SimulatedBeaconServer({ name: 'honest', network, clock, source: truth }),
  ]
  const checkpoint = chain.blocks[0]!
  net.start(checkpoint.root, chain.bootstrap(checkpoint), servers)

  const began = performance.now()
  await net.advanceSeconds(60)
  const ms = Math.round(performance.now() - began)
  process.stderr.write(`${PERIODS} periods from four servers, real signatures: ${ms} ms\n`)
  // The running period's own update may have been asked for already: its moment is drawn by chance.
  expect(net.updates.progress?.period).toBeGreaterThanOrEqual(PERIODS)
  expectHead(net, abandoned)
  expect(net.server('liar').quality.verification).toBeLessThan(0.2)
  expect(net.server('liar').lastError?.message).toMatch(/from liar is refused: .* not one of these members/)
  expect(net.server('staller').lastError).toBeInstanceOf(RequestTimeoutError)
  expect(net.server('staller').quality.availability).toBeLessThan(0.5)
  for (const good of ['honest', 'stale', 'staller']) {
    expect(net.server(good).quality.verification).toBeGreaterThanOrEqual(0.5)
  }
  const { validSlot = 0, announcedSlot = 0 } = views.of(net.server('stale'))
  for (const slot of [validSlot, announcedSlot]) {
    expect(state.currentSlot() - slot).toBeGreaterThanOrEqual(STALE_SLOTS)
    expect(state.currentSlot() - slot).toBeLessThan(STALE_SLOTS + EPOCH)
  }

  for (let slot = state.currentSlot() + 1; slot < END; slot++) {
    await net.advanceToSlot(slot)
    expectHead(net, slot < REORG + 2 ? abandoned : chain)
  }
  expect(net.updates.progress?.period).toBeGreaterThan(PERIODS)
  expect(state.dispute).toBeUndefined()
  expect(net.server('liar').quality.verification).toBeLessThan(0.2)
  await net.stop()
}, 120_000)

/** The head is the newest that a supermajority signed, and finality the newest that was called so. */
function expectHead(net: SimulatedNetwork, of: SyntheticChain): void {
  const head = of.blockAt(net.state.currentSlot())
  const attested = of.blockAt(head.slot - 1)
  const { optimistic, finality } = net.state
  expect(optimistic?.head.attestedHeader.beacon).toEqual(attested.header.beacon)
  expect(finality?.head.finalizedHeader.beacon).toEqual(attested.finalized?.header.beacon)
  expect(['honest', 'staller']).toContain(optimistic?.server)
}
