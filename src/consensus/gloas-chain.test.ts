/** Chains across the forks to Gloas: what is valid is followed, on the wire and in memory; no branch may differ. */
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { periodAtSlot } from '../chain/beacon-preset.ts'
import { fixtureNetwork } from '../testing/fixture-network.ts'
import { spoiledBranches } from '../../server/devnet/light-client/spoiled-branches.ts'
import type { SyntheticBlock } from '../../server/devnet/light-client/synthetic-chain.ts'
import { SyntheticChain } from '../../server/devnet/light-client/synthetic-chain.ts'
import { loadSyncCommitteeVerifier } from './bls.ts'
import { decodeBootstrap, decodeUpdate, decodeUpdateStream, forkOfDigest } from './containers/decode.ts'
import type { EncodedObject } from './containers/encode.ts'
import { encodeBootstrap, encodeUpdate } from './containers/encode.ts'
import type { LightClientUpdate } from './containers/light-client-objects.ts'
import { executionBlockHash } from './containers/light-client-objects.ts'
import { initializeLightClientStore } from './protocol/initialize-light-client-store.ts'
import { InvalidBootstrapError, InvalidUpdateError } from './protocol/light-client-error.ts'
import type { LightClientStore } from './protocol/light-client-store.ts'
import { processLightClientUpdate } from './protocol/process-light-client-update.ts'
import type { SyncCommitteeVerifier } from './sync-committee-verifier.ts'

/** Of a period with the minimal preset; the forks to Fulu and Gloas fall within periods 1 and 2. */
const PERIOD = 64
const FULU_SLOT = 12 * 8
const GLOAS_SLOT = 20 * 8
const LAST_SLOT = 4 * PERIOD + 20
const network = fixtureNetwork({ electra: 0, fulu: 12, gloas: 20 })
const context = (verifier: SyncCommitteeVerifier) => ({ network, currentSlot: 5 * PERIOD, verifier })

let verifier: SyncCommitteeVerifier
let chain: SyntheticChain
beforeAll(async () => {
  verifier = await loadSyncCommitteeVerifier()
  chain = await chainOf('across the forks')
})

function chainOf(seed: string): Promise<SyntheticChain> {
  return SyntheticChain.create({
    network,
    seed,
    firstSlot: 0,
    lastSlot: LAST_SLOT,
    missed: 0.2,
    participation: 0.9,
    withheld: 0.2,
  })
}

const bestUpdate = (of: SyntheticChain, period: number): LightClientUpdate => {
  const update = of.bestUpdate(period)
  if (update === undefined) throw new Error(`no update of period ${period}`)
  return update
}

function firstBlockFrom(slot: number): SyntheticBlock {
  const block = chain.blocks.find((candidate) => candidate.slot >= slot)
  if (block === undefined) throw new Error(`no block from slot ${slot} on`)
  return block
}

/** The update that the block after `attested` gives. */
const updateAttesting = (attested: SyntheticBlock): LightClientUpdate => chain.update(firstBlockFrom(attested.slot + 1))

function framed({ forkDigest, ssz }: EncodedObject): Uint8Array {
  const chunk = new Uint8Array(8 + 4 + ssz.length)
  new DataView(chunk.buffer).setBigUint64(0, BigInt(4 + ssz.length), true)
  chunk.set(forkDigest, 8)
  chunk.set(ssz, 12)
  return chunk
}

describe.each([
  ['in memory', (update: LightClientUpdate) => update],
  ['over the wire', overTheWire],
])('a chain over five periods, %s', (_, carry) => {
  test('is followed period by period, then to its head', () => {
    const store = followedByPeriods(chain, carry)
    const attested = chain.blockAt(headOf(chain).slot - 1)
    expect(store.optimisticHeader).toEqual(attested.header)
    expect(store.finalizedHeader).toEqual(attested.finalized?.header)
    expect(store.optimisticHeader.execution?.kind).toBe('blockHash')
  })

  test('is followed block by block through the forks', () => {
    const start = chain.blockAt(FULU_SLOT - 10)
    let store = initializeLightClientStore(network, start.root, chain.bootstrap(start))
    for (const block of chain.blocks.filter(({ slot }) => slot > start.slot && slot < GLOAS_SLOT + 40)) {
      store = processLightClientUpdate(context(verifier), store, carry(chain.update(block)))
    }
    const last = chain.blockAt(chain.blockAt(GLOAS_SLOT + 39).slot - 1)
    expect(store.optimisticHeader).toEqual(last.header)
    expect(store.finalizedHeader.beacon).toEqual(last.finalized?.header.beacon)
  })
})

/** From a bootstrap in period 1 by one update for each period, and by the newest one to the head. */
function followedByPeriods(
  of: SyntheticChain,
  carry: (update: LightClientUpdate) => LightClientUpdate,
): LightClientStore {
  const start = of.blockAt(FULU_SLOT - 10)
  const updates = [...[1, 2, 3].map((period) => bestUpdate(of, period)), of.update(headOf(of))]
  return updates.reduce(
    (store, update) => processLightClientUpdate(context(verifier), store, carry(update)),
    initializeLightClientStore(network, start.root, of.bootstrap(start)),
  )
}

function headOf(of: SyntheticChain): SyntheticBlock {
  const head = of.blocks.at(-1)
  if (head === undefined) throw new Error('the chain has no block')
  return head
}

function overTheWire(update: LightClientUpdate): LightClientUpdate {
  const [decoded] = [...decodeUpdateStream(network, framed(encodeUpdate(network, update)))]
  if (decoded?.kind !== 'update') throw decoded?.error ?? new Error('nothing decoded')
  return decoded.update
}

test('the first heads of Gloas finalize blocks of Fulu, whose execution block their container names by hash alone', () => {
  const update = overTheWire(updateAttesting(firstBlockFrom(GLOAS_SLOT)))
  expect(update.finality?.header.beacon.slot).toBeLessThan(GLOAS_SLOT)
  expect(update.finality?.header.execution?.kind).toBe('blockHash')
  const original = chain.blockAt(update.finality?.header.beacon.slot ?? 0).header.execution
  if (original?.kind !== 'deneb' || update.finality?.header.execution === undefined) throw new Error('nothing proven')
  expect(executionBlockHash(update.finality.header.execution)).toEqual(executionBlockHash(original))
})

test('the form is that of the attested slot, also where the signature is of the next fork', () => {
  const update = chain.update(firstBlockFrom(GLOAS_SLOT))
  const { forkDigest, ssz } = encodeUpdate(network, update)
  expect([update.attestedHeader.beacon.slot < GLOAS_SLOT, update.signatureSlot >= GLOAS_SLOT]).toEqual([true, true])
  expect(forkOfDigest(network, forkDigest, 'update')).toBe('fulu')
  expect(decodeUpdate(network, 'update', 'fulu', ssz)).toEqual(update)
})

describe('refused in every single node of every branch', () => {
  test.each([
    ['Electra', 40],
    ['the last block of Fulu', GLOAS_SLOT - 1],
    ['the first block of Gloas', GLOAS_SLOT],
    ['Gloas, finalizing Gloas', GLOAS_SLOT + 28],
  ])('%s', (_, slot) => {
    const attested = slot < GLOAS_SLOT ? chain.blockAt(slot) : firstBlockFrom(slot)
    const update = overTheWire(updateAttesting(attested))
    const period = periodAtSlot(network.preset, update.attestedHeader.beacon.slot)
    const start = firstBlockFrom(period * PERIOD)
    const store = initializeLightClientStore(network, start.root, chain.bootstrap(start))
    expect(() => processLightClientUpdate(context(verifier), store, update)).not.toThrow()
    const spoiled = spoiledBranches(update)
    const { finality, nextSyncCommittee, attestedHeader } = update
    const branches = [finality?.branch, finality?.header.execution?.branch, nextSyncCommittee?.branch]
    const nodes = [...branches, attestedHeader.execution?.branch].map((branch) => branch?.length ?? 0)
    expect(spoiled).toHaveLength(nodes.reduce((sum, length) => sum + length))
    for (const { branch, update: bad } of spoiled) {
      let error: unknown
      try {
        processLightClientUpdate(context(verifier), store, bad)
      } catch (thrown) {
        error = thrown
      }
      expect(error).toBeInstanceOf(InvalidUpdateError)
      expect((error as InvalidUpdateError).fault).toEqual({ code: 'badBranch', branch })
    }
  })

  test('a bootstrap of Gloas', () => {
    const block = chain.blockAt(GLOAS_SLOT + 16)
    const { forkDigest, ssz } = encodeBootstrap(network, chain.bootstrap(block))
    expect(forkOfDigest(network, forkDigest, 'bootstrap')).toBe('gloas')
    const bootstrap = decodeBootstrap(network, 'gloas', ssz)
    expect(bootstrap).toEqual(chain.bootstrap(block))
    expect(() => initializeLightClientStore(network, block.root, bootstrap)).not.toThrow()
    for (const level of bootstrap.currentSyncCommitteeBranch.keys()) {
      const currentSyncCommitteeBranch = bootstrap.currentSyncCommitteeBranch.map((node, i) =>
        i === level ? node.map((byte) => byte ^ 1) : node,
      )
      const spoiled = { ...bootstrap, currentSyncCommitteeBranch }
      expect(() => initializeLightClientStore(network, block.root, spoiled)).toThrow(InvalidBootstrapError)
    }
  })
})

test('any seed: the same chain again, and followed to its head', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), async (seed) => {
      const [one, again] = [await chainOf(seed), await chainOf(seed)]
      expect(one.blocks.map(({ root }) => root)).toEqual(again.blocks.map(({ root }) => root))
      const store = followedByPeriods(one, overTheWire)
      expect(store.optimisticHeader).toEqual(one.blockAt(headOf(one).slot - 1).header)
    }),
    { numRuns: 3 },
  )
})
