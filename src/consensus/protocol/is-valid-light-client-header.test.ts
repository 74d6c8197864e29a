import { describe, expect, test } from 'vitest'
import { asHash } from '../../chain/bytes.ts'
import { headerOf, payloadHash } from '../../../server/devnet/light-client/beacon-parts.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import type { LightClientHeader, ProvenExecution } from '../containers/light-client-objects.ts'
import { executionBlockHash } from '../containers/light-client-objects.ts'
import { upgradeExecutionToGloas } from '../containers/upgrade-header.ts'
import { executionHeaderRoot, getLcExecutionRoot } from './get-lc-execution-root.ts'
import { isValidLightClientHeader } from './is-valid-light-client-header.ts'

const SLOTS_PER_EPOCH = 8
const EPOCHS = { bellatrix: 0, capella: 1, deneb: 2, electra: 3, fulu: 4, gloas: 5 }
const network = fixtureNetwork(EPOCHS)
const zero = new Uint8Array(32)

function header(fork: keyof typeof EPOCHS): LightClientHeader {
  const slot = EPOCHS[fork] * SLOTS_PER_EPOCH + 3
  const parentBlockHash = payloadHash('test', slot - 1)
  return headerOf(network, 'test', { slot, parentRoot: zero, stateRoot: zero, parentBlockHash })
}

const isValid = (candidate: LightClientHeader): boolean => isValidLightClientHeader(network, candidate)

function executionOf({ execution }: LightClientHeader): ProvenExecution {
  if (execution === undefined) throw new Error('the header proves no execution')
  return execution
}

function inFormOfGloas(own: LightClientHeader): LightClientHeader {
  return { ...own, execution: upgradeExecutionToGloas(executionOf(own)) }
}

/** The header with one bit of one node of its branch turned. */
function spoil(valid: LightClientHeader, level: number): LightClientHeader {
  const execution = executionOf(valid)
  const branch = execution.branch.map((node, i) =>
    i === level ? node.map((byte, j) => (j === 9 ? byte ^ 4 : byte)) : node,
  )
  return { ...valid, execution: { ...execution, branch } }
}

describe.each(['capella', 'deneb', 'electra', 'fulu', 'gloas'] as const)('%s', (fork) => {
  test('in its own form and by its hash alone', () => {
    const own = header(fork)
    const upgraded = inFormOfGloas(own)
    expect([isValid(own), isValid(upgraded)]).toEqual([true, true])
    expect(executionOf(upgraded).branch).toHaveLength(11)
    expect(executionBlockHash(executionOf(upgraded))).toEqual(executionBlockHash(executionOf(own)))
  })

  test('no node of either branch may differ, zero padding among them', () => {
    for (const valid of [header(fork), inFormOfGloas(header(fork))]) {
      for (const level of executionOf(valid).branch.keys())
        expect([level, isValid(spoil(valid, level))]).toEqual([level, false])
    }
  })

  test('nor the hash, nor the block, nor a branch cut short', () => {
    const { beacon, execution } = inFormOfGloas(header(fork))
    if (execution?.kind !== 'blockHash') throw new Error('not by its hash')
    expect(isValid({ beacon, execution: { ...execution, blockHash: payloadHash('other', 1) } })).toBe(false)
    expect(isValid({ beacon: { ...beacon, bodyRoot: zero }, execution })).toBe(false)
    expect(isValid({ beacon, execution: { ...execution, branch: execution.branch.slice(-7) } })).toBe(false)
    expect(isValid({ beacon, execution: { ...execution, branch: [] } })).toBe(false)
  })

  test('nothing, or zeros, prove nothing', () => {
    const { beacon } = header(fork)
    expect(isValid({ beacon, execution: undefined })).toBe(false)
    const branch = Array.from({ length: 11 }, () => zero)
    expect(isValid({ beacon, execution: { kind: 'blockHash', blockHash: asHash(zero), branch } })).toBe(false)
  })
})

test('before Capella there is nothing to prove, so nothing may be claimed', () => {
  const { beacon, execution } = header('bellatrix')
  expect([execution, isValid({ beacon, execution })]).toEqual([undefined, true])
  expect(isValid({ beacon, execution: executionOf(inFormOfGloas(header('fulu'))) })).toBe(false)
})

test('the rules of the header’s own slot hold: a proof of one fork is none in another', () => {
  for (const [of, at] of [
    ['fulu', 'gloas'],
    ['gloas', 'fulu'],
    ['capella', 'deneb'],
  ] as const) {
    const { slot } = header(at).beacon
    for (const moved of [header(of), inFormOfGloas(header(of))]) {
      expect(isValid({ ...moved, beacon: { ...moved.beacon, slot } })).toBe(false)
    }
  }
})

test('a header of Gloas with an execution header is refused, even where a body proves one', () => {
  const fulu = header('fulu')
  expect(isValid(fulu)).toBe(true)
  expect(isValid({ ...fulu, beacon: { ...fulu.beacon, slot: header('gloas').beacon.slot } })).toBe(false)
})

test('the execution root is that of the execution header, which the branch of a hash still shows', () => {
  for (const fork of ['capella', 'deneb', 'fulu'] as const) {
    const own = header(fork)
    const execution = executionOf(own)
    if (execution.kind === 'blockHash') throw new Error('has no execution header')
    const root = executionHeaderRoot(execution)
    expect(getLcExecutionRoot(network, own)).toEqual(root)
    expect(getLcExecutionRoot(network, inFormOfGloas(own))).toEqual(root)
  }
  const gloas = header('gloas')
  expect(getLcExecutionRoot(network, gloas)).toEqual(executionBlockHash(executionOf(gloas)))
  expect(getLcExecutionRoot(network, header('bellatrix'))).toEqual(zero)
})
