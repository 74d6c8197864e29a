/** Old execution block hashes under a state root: every fork, both routes, whole and in parts, and what is refused. */
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { asRoot } from '../../chain/bytes.ts'
import { networkByName } from '../../chain/network.ts'
import { describeWithData } from '../../testing/data.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import type { LightClientHeader } from '../containers/light-client-objects.ts'
import { readBootstrap, readHeadUpdate, readUpdates } from '../containers/read-file.ts'
import {
  BeaconBlockHeaderType,
  CapellaExecutionHeaderType,
  DenebExecutionHeaderType,
  lightClientTypes,
} from '../containers/ssz-types.ts'
import { blockHashOf, blockTree, merkleize, seededRoot, stateTree, uint64Leaf } from './beacon-trees.fixtures.ts'
import { blockRootPlace } from './block-root-place.ts'
import { decodeCompactMultiproof, encodeCompactMultiproof } from './compact-multiproof.ts'
import { concatGindices, gindexPath } from './gindex.ts'
import { blockGindices, historicalBlockGindices, provenHistoricalBlock } from './historical-block.ts'
import { HistoricalProofError } from './historical-proof-error.ts'
import { lightClientStateGindices, provenLightClientState } from './light-client-state.ts'
import type { MerkleNode } from './merkle-node.ts'
import { merkleBranch, merkleLeaf } from './merkle-node.ts'
import type { Multiproof } from './multiproof.ts'
import {
  formatOf,
  graftMultiproof,
  mergeMultiproofs,
  provenNode,
  readBranch,
  readMultiproof,
  subproof,
  writeMultiproof,
} from './multiproof.ts'
import { formatOfGindices } from './proof-format.ts'

/** SLOTS_PER_HISTORICAL_ROOT of the minimal preset, eight epochs. */
const SIZE = 64

/** Capella in the middle of period 1, so that the first summary also covers older blocks; then a fork every two periods. */
const network = fixtureNetwork({ altair: 0, bellatrix: 1, capella: 12, deneb: 24, electra: 40, fulu: 56, gloas: 72 })
const CAPELLA_SLOT = 96

const isMissed = (slot: number): boolean => slot % 7 === 3 || slot % 64 === 0
const blockSlotAt = (slot: number): number => (slot > 0 && isMissed(slot) ? blockSlotAt(slot - 1) : slot)

const known = new Map<number, MerkleNode>()
function blockAt(slot: number): MerkleNode {
  const at = blockSlotAt(slot)
  const block = known.get(at) ?? blockTree(network, at)
  known.set(at, block)
  return block
}

const stateAt = (slot: number): MerkleNode => stateTree(network, slot, blockAt, { size: SIZE, firstSummary: 1 })

const proofOf = (tree: MerkleNode, gindices: readonly bigint[]): Multiproof =>
  readMultiproof(writeMultiproof(tree, formatOfGindices(gindices)), tree.root)

describe.each([
  ['Capella', 190],
  ['Deneb', 310],
  ['Electra', 440],
  ['Fulu', 570],
  ['Gloas', 700],
])('a state of %s, slot %i', (_, stateSlot) => {
  const tree = stateAt(stateSlot)
  const state = { slot: stateSlot, root: tree.root }

  test('every block since Capella, missed slots included', () => {
    for (let slot = CAPELLA_SLOT; slot < stateSlot; slot++) {
      const blockSlot = blockSlotAt(slot)
      if (blockSlot < CAPELLA_SLOT) continue
      const proof = proofOf(tree, historicalBlockGindices(network, stateSlot, slot, blockSlot))
      expect(provenHistoricalBlock(network, state, slot, proof)).toEqual({
        slot: blockSlot,
        root: blockAt(slot).root,
        execution: { kind: blockSlot >= 576 ? 'parentPayload' : 'payload', blockHash: blockHashOf(blockSlot) },
      })
    }
  })

  test('finalized root and committees', () => {
    const proof = proofOf(tree, lightClientStateGindices(network, stateSlot))
    expect(provenLightClientState(network, state, proof)).toEqual({
      finalizedRoot: seededRoot(`finalized root of ${stateSlot}`),
      currentSyncCommitteeRoot: seededRoot(`current committee of ${stateSlot}`),
      nextSyncCommitteeRoot: seededRoot(`next committee of ${stateSlot}`),
    })
  })

  test('any slot: an error that says why, or its block', () => {
    fc.assert(
      fc.property(fc.integer({ min: -10, max: stateSlot + 10 }), (slot) => {
        const provable = slot < stateSlot && slot >= CAPELLA_SLOT && blockSlotAt(slot) >= CAPELLA_SLOT
        const prove = () => proofOf(tree, historicalBlockGindices(network, stateSlot, slot, blockSlotAt(slot)))
        if (provable) expect(provenHistoricalBlock(network, state, slot, prove()).slot).toBe(blockSlotAt(slot))
        else expect(prove).toThrow(HistoricalProofError)
      }),
    )
  })
})

describe('parts from different servers', () => {
  const stateSlot = 700
  const tree = stateAt(stateSlot)
  const state = { slot: stateSlot, root: tree.root }
  const slot = 300
  const place = blockRootPlace(network, stateSlot, slot)
  const wanted = proofOf(tree, historicalBlockGindices(network, stateSlot, slot))

  test('summary from this state, block roots from an old one, the block by itself', () => {
    const oldSlot = 320
    const oldTree = stateAt(oldSlot)
    const oldPlace = blockRootPlace(network, oldSlot, slot)
    const summary = proofOf(tree, [place.vector])
    const blockRoots = subproof(proofOf(oldTree, [oldPlace.blockRoot]), oldPlace.vector)
    const block = proofOf(blockAt(slot), blockGindices(network, slot))
    const joined = graftMultiproof(graftMultiproof(summary, place.vector, blockRoots), place.blockRoot, block)
    expect(joined).toEqual(wanted)
    expect(provenHistoricalBlock(network, state, slot, joined).execution.blockHash).toEqual(blockHashOf(slot))
  })

  test('a part of another period or another block is refused', () => {
    const other = blockRootPlace(network, 384, 340)
    const blockRoots = subproof(proofOf(stateAt(384), [other.blockRoot]), other.vector)
    const refused = { fault: { code: 'otherRoot' } }
    expect(errorOf(() => graftMultiproof(proofOf(tree, [place.vector]), place.vector, blockRoots))).toMatchObject(
      refused,
    )
    const block = proofOf(blockAt(301), blockGindices(network, 301))
    expect(errorOf(() => graftMultiproof(proofOf(tree, [place.blockRoot]), place.blockRoot, block))).toMatchObject(
      refused,
    )
  })
})

describe('what is refused', () => {
  const stateSlot = 700
  const tree = stateAt(stateSlot)
  const state = { slot: stateSlot, root: tree.root }

  test.each([
    ['the state itself', 700, 'notBefore'],
    ['a later slot', 701, 'notBefore'],
    ['a block before Capella', 95, 'beforeCapella'],
    ['no slot', -1, 'badSlot'],
    ['half a slot', 300.5, 'badSlot'],
  ])('%s', (_, slot, code) => {
    expect(errorOf(() => blockRootPlace(network, stateSlot, slot))).toMatchObject({
      name: 'HistoricalProofError',
      fault: { code },
    })
  })

  test('a proof of another state, of another slot, of the block root alone', () => {
    const proof = proofOf(tree, historicalBlockGindices(network, stateSlot, 300))
    const elsewhere = { slot: stateSlot, root: seededRoot('another state') }
    expect(errorOf(() => provenHistoricalBlock(network, elsewhere, 300, proof))).toMatchObject({
      fault: { code: 'otherRoot' },
    })
    expect(errorOf(() => provenLightClientState(network, elsewhere, proof))).toMatchObject({
      fault: { code: 'otherRoot' },
    })
    for (const slot of [299, 302, 690]) {
      expect(errorOf(() => provenHistoricalBlock(network, state, slot, proof))).toMatchObject({
        fault: { code: 'notProven' },
      })
    }
    const bare = proofOf(tree, [blockRootPlace(network, stateSlot, 300).blockRoot])
    expect(errorOf(() => provenHistoricalBlock(network, state, 300, bare))).toMatchObject({
      fault: { code: 'notProven' },
    })
    expect(errorOf(() => provenLightClientState(network, state, bare))).toMatchObject({ fault: { code: 'notProven' } })
  })

  test('a hash from where another fork has it', () => {
    const { blockRoot } = blockRootPlace(network, stateSlot, 300)
    const asInCapella = blockGindices(network, 120).map((gindex) => concatGindices(blockRoot, gindex))
    expect(errorOf(() => provenHistoricalBlock(network, state, 300, proofOf(tree, asInCapella)))).toMatchObject({
      fault: { code: 'notProven' },
    })
  })

  test.each([
    ['a later block than asked for', blockTree(network, 680), 'laterBlock'],
    ['a block without a payload', blockTree(network, 650, asRoot(new Uint8Array(32))), 'noBlockHash'],
    ['a block from before Capella', blockTree(network, 80), 'beforeCapella'],
    ['a slot that is none', merkleize([merkleLeaf(seededRoot('no slot')), uint64Leaf(1)], 3), 'malformedSlot'],
  ])('%s in the state', (_, block, code) => {
    const strange = stateTree(network, stateSlot, () => block, { size: SIZE, firstSummary: 1 })
    const { blockRoot } = blockRootPlace(network, stateSlot, 650)
    const whole = [...leafGindices(block)].map((gindex) => concatGindices(blockRoot, gindex))
    const read = () =>
      provenHistoricalBlock(network, { slot: stateSlot, root: strange.root }, 650, proofOf(strange, whole))
    expect(errorOf(read)).toMatchObject({ name: 'HistoricalProofError', fault: { code } })
  })

  test('a schedule that does not say when Capella came', () => {
    const late = fixtureNetwork({ electra: 40 })
    expect(errorOf(() => blockRootPlace(late, 700, 400))).toMatchObject({ fault: { code: 'unknownCapella' } })
    expect(errorOf(() => blockRootPlace(fixtureNetwork({ bellatrix: 0 }), 700, 400))).toMatchObject({
      fault: { code: 'beforeCapella' },
    })
    expect(blockRootPlace(fixtureNetwork({ electra: 0 }), 700, 10).field).toBe('historical_summaries')
  })
})

describe('generalized indices', () => {
  test('of known places on mainnet', () => {
    const mainnet = networkByName('mainnet')
    // Deneb and Fulu states, the slot before; then the first block of Capella, in the first summary.
    expect(blockRootPlace(mainnet, 11_034_656, 11_034_655).blockRoot).toBe(37n * 8192n + (11_034_655n % 8192n))
    expect(blockRootPlace(mainnet, 14_000_000, 13_999_999).blockRoot).toBe(69n * 8192n + (13_999_999n % 8192n))
    expect(blockRootPlace(mainnet, 14_000_000, 6_209_536)).toMatchObject({
      field: 'historical_summaries',
      vector: ((91n * 2n) << 24n) * 2n,
      inVector: 8192n,
    })
    const deepest = historicalBlockGindices(networkByName('sepolia'), 11_400_000, 11_296_768)
    expect(Math.max(...deepest.map((gindex) => gindexPath(gindex).length))).toBe(64)
  })
})

describeWithData('recorded mainnet headers', (data) => {
  const mainnet = networkByName('mainnet')
  const file = (path: string) => new Uint8Array(readFileSync(join(data, 'lightclient', path)))
  const header = (name: string): LightClientHeader =>
    name.endsWith('finality.json')
      ? readHeadUpdate(mainnet, 'finalityUpdate', file(name)).attestedHeader
      : readBootstrap(mainnet, file(name)).header

  test.each([
    'mainnet-capella-862-867-helios/bootstrap.json',
    'mainnet-deneb-1347-1406/bootstrap_slot11034656.ssz',
    'mainnet-fulu-1711-nimbus/lc_finality.json',
  ])('%s: the block hash, through a state that has the block among its roots', (name) => {
    const { beacon, execution } = header(name)
    if (execution === undefined || execution.kind === 'blockHash') throw new Error('no execution header')
    const fields: Record<string, { hashTreeRoot(value: never): Uint8Array }> =
      execution.kind === 'deneb' ? DenebExecutionHeaderType.fields : CapellaExecutionHeaderType.fields
    const payload = treeOf(fields, execution.header, execution.kind === 'deneb' ? 5 : 4)
    const block = treeOf(BeaconBlockHeaderType.fields, beacon, 3)
    expect(block.root).toEqual(asRoot(BeaconBlockHeaderType.hashTreeRoot(beacon)))
    const body = graftMultiproof(
      readBranch(payload.root, execution.branch, 25n, asRoot(beacon.bodyRoot)),
      25n,
      proofOf(payload, [execution.kind === 'deneb' ? 44n : 28n]),
    )
    const proven = graftMultiproof(proofOf(block, [8n, 12n]), 12n, body)
    for (const later of [1, 20_000]) {
      const slot = beacon.slot + later
      const place = blockRootPlace(mainnet, slot, beacon.slot)
      const state = sparseProof(place.blockRoot, merkleLeaf(block.root))
      const proof = graftMultiproof(state, place.blockRoot, proven)
      expect(provenHistoricalBlock(mainnet, { slot, root: state.root }, beacon.slot, proof)).toEqual({
        slot: beacon.slot,
        root: block.root,
        execution: { kind: 'payload', blockHash: execution.header.blockHash },
      })
    }
  })

  test('46 updates: finalized root and next committee, merged into one proof of the attested state', () => {
    const { syncCommittee } = lightClientTypes(mainnet.preset)
    const decoded = readUpdates(mainnet, file('mainnet-deneb-1347-1406/updates_1347_46.ssz'))
    expect(decoded.length).toBe(46)
    let taught: Uint8Array | undefined
    for (const item of decoded) {
      if (item.kind !== 'update') throw item.error
      const { attestedHeader, finality, nextSyncCommittee } = item.update
      if (finality === undefined || nextSyncCommittee === undefined) throw new Error('a part is missing')
      const { slot } = attestedHeader.beacon
      const root = asRoot(attestedHeader.beacon.stateRoot)
      const finalized = BeaconBlockHeaderType.hashTreeRoot(finality.header.beacon)
      const committee = syncCommittee.hashTreeRoot(nextSyncCommittee.committee)
      const merged = mergeMultiproofs(
        readBranch(finalized, finality.branch, 105n, root),
        readBranch(committee, nextSyncCommittee.branch, 55n, root),
      )
      const bytes = encodeCompactMultiproof(writeMultiproof(merged, formatOf(merged)))
      // Two offsets; two leaves and the six siblings that are on neither path; 15 bits of descriptor. The two branches
      // and leaves by themselves are 13 hashes.
      expect(bytes.length).toBe(8 + 8 * 32 + 2)
      const proof = readMultiproof(decodeCompactMultiproof(bytes), root)
      // The current committee comes as a sibling of the next one: it is the one that the update before has taught.
      expect(provenLightClientState(mainnet, { slot, root }, proof)).toEqual({
        finalizedRoot: finalized,
        currentSyncCommitteeRoot: taught ?? provenNode(proof, 54n),
        nextSyncCommitteeRoot: committee,
      })
      taught = committee
    }
  })
})

/** A container's tree out of its fields' own roots. */
function treeOf(
  fields: Readonly<Record<string, { hashTreeRoot(value: never): Uint8Array }>>,
  value: object,
  depth: number,
): MerkleNode {
  const leaves = Object.entries(fields).map(([name, type]) =>
    merkleLeaf(asRoot(type.hashTreeRoot((value as Record<string, never>)[name] as never))),
  )
  return merkleize(leaves, depth)
}

/** A proof of one node in a tree that is made up beside its path. */
function sparseProof(gindex: bigint, leaf: MerkleNode): Multiproof {
  const tree = gindexPath(gindex).reduceRight((node, turn, level) => {
    const sibling = merkleLeaf(seededRoot(`sibling ${level}`))
    return turn === 'left' ? merkleBranch(node, sibling) : merkleBranch(sibling, node)
  }, leaf)
  return proofOf(tree, [gindex])
}

function* leafGindices({ children }: MerkleNode, at = 1n): Generator<bigint> {
  if (children === undefined) yield at
  else for (const [i, child] of children.entries()) yield* leafGindices(child, 2n * at + BigInt(i))
}

function errorOf(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}
