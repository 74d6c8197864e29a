/** Generated chains hold together: whatever is proven by them leads where it says. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { epochAtSlot, periodAtSlot } from '../../../src/chain/beacon-preset.ts'
import { asRoot } from '../../../src/chain/bytes.ts'
import { loadKeccak } from '../../../src/chain/keccak.ts'
import { loadSyncCommitteeVerifier } from '../../../src/consensus/bls.ts'
import { executionBlockHash, participants } from '../../../src/consensus/containers/light-client-objects.ts'
import { BeaconBlockHeaderType } from '../../../src/consensus/containers/ssz-types.ts'
import { historicalBlockGindices, provenHistoricalBlock } from '../../../src/consensus/multiproof/historical-block.ts'
import {
  lightClientStateGindices,
  provenLightClientState,
} from '../../../src/consensus/multiproof/light-client-state.ts'
import { readMultiproof, writeMultiproof } from '../../../src/consensus/multiproof/multiproof.ts'
import { formatOfGindices } from '../../../src/consensus/multiproof/proof-format.ts'
import { isValidLightClientHeader } from '../../../src/consensus/protocol/is-valid-light-client-header.ts'
import { isSupermajority } from '../../../src/consensus/supermajority.ts'
import { executionHeaderFromRlp, provePayload } from '../../../src/execution/block/payload-header.ts'
import { fixtureNetwork } from '../../../src/testing/fixture-network.ts'
import type { SyntheticBlock, SyntheticChainOptions } from './synthetic-chain.ts'
import { SyntheticChain } from './synthetic-chain.ts'

const ALL_FORKS = { altair: 0, bellatrix: 2, capella: 4, deneb: 7, electra: 10, fulu: 13, gloas: 16 }
/** Of a period of the minimal preset. */
const PERIOD = 64

const chainOf = (options: Partial<SyntheticChainOptions>): Promise<SyntheticChain> =>
  SyntheticChain.create({ network: fixtureNetwork(ALL_FORKS), seed: 'test', firstSlot: 0, lastSlot: 200, ...options })

describe('across all forks', () => {
  test('blocks link to their parents, and prove their execution', async () => {
    const chain = await chainOf({ missed: 0.2 })
    for (const block of chain.blocks) {
      expect(block.root).toEqual(BeaconBlockHeaderType.hashTreeRoot(block.header.beacon))
      expect(block.header.beacon.stateRoot).toEqual(block.state.root)
      expect(isValidLightClientHeader(chain.network, block.header)).toBe(true)
      if (block.parent !== undefined) expect(block.header.beacon.parentRoot).toEqual(block.parent.root)
    }
    expect(chain.blocks.length).toBeLessThan(180)
  })

  test('payloads are those that their hashes are of, each on top of the newest that was revealed', async () => {
    const keccak = await loadKeccak()
    const chain = await chainOf({ withheld: 0.3, missed: 0.1 })
    let newest: SyntheticBlock['execution']['parent'] | undefined
    for (const { header, execution } of chain.blocks) {
      const { payload, parent, isRevealed } = execution
      if (payload === undefined) continue
      const { blockHash, parentHash, blockNumber } = payload.carried.payload
      expect(provePayload(payload.carried, keccak).hash).toEqual(blockHash)
      expect(executionHeaderFromRlp(payload.headerRlp, blockHash, keccak).hash).toEqual(blockHash)
      expect([parentHash, blockNumber]).toEqual([parent.blockHash, parent.blockNumber + 1])
      if (newest !== undefined) expect(parentHash).toEqual(newest.blockHash)
      const isGloas = header.execution?.kind === 'blockHash'
      expect(header.execution && executionBlockHash(header.execution)).toEqual(isGloas ? parentHash : blockHash)
      if (isRevealed) newest = payload.carried.payload
    }
    expect(chain.blocks.some(({ execution }) => !execution.isRevealed)).toBe(true)
  })

  test('states prove what light clients follow, and the blocks before them', async () => {
    const chain = await chainOf({ missed: 0.2 })
    const { network } = chain
    for (const stateSlot of [120, 130, 200]) {
      const block = chain.blockAt(stateSlot)
      const state = { slot: block.slot, root: asRoot(block.state.root) }
      const proof = (gindices: bigint[]) =>
        readMultiproof(writeMultiproof(block.state.tree, formatOfGindices(gindices)), state.root)
      const proven = provenLightClientState(network, state, proof(lightClientStateGindices(network, block.slot)))
      expect(proven.finalizedRoot).toEqual(block.finalized?.root)
      // Capella starts in slot 32: before it a block proves no hash.
      for (let slot = 34; slot < block.slot; slot += 11) {
        const past = chain.blockAt(slot)
        if (past.header.execution === undefined) continue
        const gindices = historicalBlockGindices(network, block.slot, slot, past.slot)
        const found = provenHistoricalBlock(network, state, slot, proof(gindices))
        expect([found.slot, found.root]).toEqual([past.slot, past.root])
        expect(found.execution.blockHash).toEqual(executionBlockHash(past.header.execution))
      }
    }
  })
})

test('any seed and options: the same chain at once and slot by slot', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string(), fc.double({ min: 0, max: 0.6, noNaN: true }), async (seed, missed) => {
      const orphans = [{ fromSlot: 50, length: 3, signers: 'all' }] as const
      const options = { seed, missed, orphans, participation: 0.8, lastSlot: 100 }
      const whole = await chainOf(options)
      const grown = await chainOf({ ...options, lastSlot: 10 })
      for (let slot = 11; slot <= 100; slot += 7) await grown.growTo(slot)
      await grown.growTo(100)
      expect(grown.blocks.map(({ root }) => root)).toEqual(whole.blocks.map(({ root }) => root))
      expect(grown.update(grown.head)).toEqual(whole.update(whole.head))
    }),
    { numRuns: 5 },
  )
})

test('a long chain has a signed update for each period in seconds, with blocks everywhere near its end', async () => {
  const verifier = await loadSyncCommitteeVerifier()
  const before = performance.now()
  const network = fixtureNetwork({ electra: 0, fulu: 100, gloas: 900 })
  const sparseBefore = 320 * PERIOD
  const chain = await chainOf({ network, lastSlot: 321 * PERIOD + 9, sparseBefore, participation: 0.9 })
  const updates = Array.from({ length: 321 }, (_, period) => chain.bestUpdate(period))
  // Ten times what it takes on an idle machine.
  expect(performance.now() - before).toBeLessThan(60_000)
  for (const [period, update] of updates.entries()) {
    expect(update?.nextSyncCommittee?.committee).toBe(chain.committee(period + 1))
    expect(periodAtSlot(network.preset, update?.finality?.header.beacon.slot ?? 0)).toBe(period)
    expect(update && isSupermajority(network.preset, participants(update))).toBe(true)
  }
  expect(verifier.isAggregateSound(chain.committee(200))).toBe(true)
  expect(chain.blocks.filter(({ slot }) => slot >= sparseBefore)).toHaveLength(PERIOD + 10)
  // Only the newest states are held whole.
  expect([chain.blocks[0]?.history, chain.blocks[0]?.state.tree.children]).toEqual([undefined, undefined])
  expect(chain.head.parent?.history).toBeDefined()
})

describe('orphans', () => {
  const orphans = [
    { fromSlot: 100, length: 3, signers: 'all' },
    { fromSlot: 120, length: 2, signers: 'few' },
  ] as const

  test('are the head until the chain goes on from the block before them', async () => {
    const chain = await chainOf({ orphans })
    const heads = [99, 100, 102, 103, 104].map((slot) => chain.headAt(slot))
    expect(heads.map(({ slot, kind }) => `${slot} ${kind}`)).toEqual([
      '99 chain',
      '100 orphan',
      '102 orphan',
      '103 chain',
      '104 chain',
    ])
    expect([heads[1]?.parent, heads[3]?.parent]).toEqual([heads[0], heads[0]])
    expect(chain.blocks.some(({ kind }) => kind === 'orphan')).toBe(false)
    expect(chain.ancestorAt(heads[2]!, 101)?.kind).toBe('orphan')
    expect(chain.ancestorAt(heads[2]!, 99)).toBe(heads[0])
  })

  test('are signed by all or by few', async () => {
    const chain = await chainOf({ orphans })
    const signers = (slot: number) => participants(chain.update(chain.headAt(slot)))
    expect(signers(102)).toBe(32)
    expect(signers(121)).toBeLessThan(16)
  })

  test('that start too early, overlap or could be finalized are refused', async () => {
    const first = { fromSlot: 100, length: 3, signers: 'all' } as const
    for (const bad of [[{ ...first, fromSlot: 0 }], [first, { ...first, fromSlot: 102 }], [{ ...first, length: 17 }]]) {
      await expect(chainOf({ orphans: bad })).rejects.toThrow(RangeError)
    }
  })
})

test('without finality, states call the same block finalized until it returns', async () => {
  const chain = await chainOf({ withoutFinality: [{ fromEpoch: 12, toEpoch: 20 }] })
  const finalizedEpoch = (epoch: number) =>
    epochAtSlot(chain.network.preset, chain.blockAt(epoch * 8 + 3).finalized?.slot ?? 0)
  expect([11, 12, 15, 19, 20, 21].map(finalizedEpoch)).toEqual([9, 9, 9, 9, 18, 19])
})

test('a branch with other committees: one committee signs two updates that teach two', async () => {
  const verifier = await loadSyncCommitteeVerifier()
  const chain = await chainOf({})
  const branch = { fromSlot: PERIOD + 20, seed: 'rival', committees: 'other' } as const
  const rival = await SyntheticChain.create(
    { network: chain.network, seed: 'test', firstSlot: 0, lastSlot: 200, branch },
    chain.keys,
  )
  expect(rival.blockAt(PERIOD + 19).root).toEqual(chain.blockAt(PERIOD + 19).root)
  expect(rival.committee(1)).toBe(chain.committee(1))
  expect(rival.committee(2)).not.toEqual(chain.committee(2))
  const taught = [chain, rival].map((one) => one.update(one.blockAt(2 * PERIOD - 1)).nextSyncCommittee?.committee)
  expect(taught).toEqual([chain.committee(2), rival.committee(2)])
  expect(verifier.isAggregateSound(rival.committee(2))).toBe(true)
})
