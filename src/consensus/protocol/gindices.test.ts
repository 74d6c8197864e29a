import { expect, test } from 'vitest'
import type { ForkName } from '../../chain/network.ts'
import {
  EXECUTION_PAYLOAD_LEAF,
  PARENT_BLOCK_HASH_LEAF,
  stateLeaves,
} from '../../../server/devnet/light-client/container-gindices.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { EXECUTION_PAYLOAD_GINDEX, executionBlockHashGindexAtSlot, stateGindicesAtSlot } from './gindices.ts'

const SLOTS_PER_EPOCH = 8
const EPOCHS = { altair: 0, bellatrix: 1, capella: 2, deneb: 3, electra: 4, fulu: 5, gloas: 6 }
const network = fixtureNetwork(EPOCHS)

test.each([
  ['altair', [105, 54, 55], undefined],
  ['bellatrix', [105, 54, 55], undefined],
  ['capella', [105, 54, 55], 412],
  ['deneb', [105, 54, 55], 812],
  ['electra', [169, 86, 87], 812],
  ['fulu', [169, 86, 87], 812],
  ['gloas', [735, 2945, 2946], 2856],
] as const)('%s, in its first and last slot', (fork, [finalizedRoot, current, next], blockHash) => {
  const first = EPOCHS[fork] * SLOTS_PER_EPOCH
  for (const slot of [first, first + SLOTS_PER_EPOCH - 1]) {
    const expected = { finalizedRoot, currentSyncCommittee: current, nextSyncCommittee: next }
    expect(stateGindicesAtSlot(network, slot)).toEqual(expected)
    expect(executionBlockHashGindexAtSlot(network, slot)).toBe(blockHash)
  }
})

test.each(Object.keys(EPOCHS) as ForkName[])('of %s follow from the numbers of the fields', (fork) => {
  const slot = (EPOCHS[fork as keyof typeof EPOCHS] ?? 0) * SLOTS_PER_EPOCH
  expect(stateGindicesAtSlot(network, slot)).toEqual(stateLeaves(fork))
})

test('of a block body too', () => {
  expect(EXECUTION_PAYLOAD_LEAF).toBe(EXECUTION_PAYLOAD_GINDEX)
  expect(executionBlockHashGindexAtSlot(network, EPOCHS.gloas * SLOTS_PER_EPOCH)).toBe(PARENT_BLOCK_HASH_LEAF)
})
