import { describe, expect, test } from 'vitest'
import { networkByName } from '../../chain/network.ts'
import { fixtureNetwork } from '../../testing/fixture-network.ts'
import { CheckpointError } from './checkpoint-error.ts'
import { root } from './checkpoint.fixtures.ts'
import { decideCheckpoint, type CheckpointChoices } from './decide.ts'
import type { Quorum } from './quorum.ts'

const mainnet = networkByName('mainnet')
const LIMIT = 3_532
/** By our clock. */
const NOW_EPOCH = 400_000

const nothing: CheckpointChoices = {
  network: mainnet,
  currentSlot: NOW_EPOCH * 32,
  given: undefined,
  kept: undefined,
  builtIn: undefined,
  oldCheckpoints: 'refuse',
  disputed: undefined,
}
const given = { given: root(1) }
const keptAged = (epochs: number) => ({ kept: { root: root(2), finalizedSlot: (NOW_EPOCH - epochs) * 32 } })
const builtInAged = (epochs: number) => ({ builtIn: { root: root(3), epoch: NOW_EPOCH - epochs } })
const QUORUM: Quorum = { root: root(4), epoch: NOW_EPOCH - 2, sources: ['a', 'b'], dissenting: ['c'], unheard: ['d'] }

const decide = (choices: Partial<CheckpointChoices>, quorum: Quorum | Error = QUORUM) =>
  decideCheckpoint({ ...nothing, ...choices }, () =>
    quorum instanceof Error ? Promise.reject(quorum) : Promise.resolve(quorum),
  )

describe('what is taken', () => {
  test.each<[string, Partial<CheckpointChoices>, object]>([
    [
      'a given root, before all others',
      { ...given, ...keptAged(1), ...builtInAged(1) },
      { by: 'given', root: root(1) },
    ],
    [
      'the kept chain, before the built-in root',
      { ...keptAged(LIMIT), ...builtInAged(1) },
      { by: 'kept', root: root(2) },
    ],
    [
      'the built-in root inside the window',
      builtInAged(LIMIT),
      { by: 'built-in', root: root(3), epoch: NOW_EPOCH - LIMIT },
    ],
    [
      'the quorum, where nothing is at hand',
      {},
      { by: 'quorum', root: root(4), sources: { sources: ['a', 'b'], dissenting: ['c'], unheard: ['d'] } },
    ],
    ['the quorum, instead of a store months old', keptAged(20_000), { by: 'quorum', passedOver: [{ by: 'kept' }] }],
    [
      'the quorum, instead of a built-in root past the window',
      builtInAged(LIMIT + 1),
      { by: 'quorum', passedOver: [{ by: 'built-in' }] },
    ],
    [
      'the built-in root, instead of a store months old',
      { ...keptAged(20_000), ...builtInAged(1) },
      { by: 'built-in', passedOver: [{ by: 'kept' }] },
    ],
    [
      'the quorum, instead of a store that cannot be read',
      { kept: new Error('torn') },
      { by: 'quorum', passedOver: [{ by: 'kept', error: { message: 'torn' } }] },
    ],
    ['an old kept chain, where old ones are allowed', { ...keptAged(20_000), oldCheckpoints: 'allow' }, { by: 'kept' }],
    ['no old built-in root even then', { ...builtInAged(LIMIT + 1), oldCheckpoints: 'allow' }, { by: 'quorum' }],
    [
      'the quorum alone, where the chain is disputed',
      { ...given, ...keptAged(1), ...builtInAged(1), disputed: root(1) },
      { by: 'quorum', root: root(4) },
    ],
  ])('%s', async (_, choices, expected) => {
    await expect(decide(choices)).resolves.toMatchObject({ kind: 'trusted', ...expected })
  })

  test('a devnet sets no limit', async () => {
    const network = fixtureNetwork()
    await expect(
      decide({ network, currentSlot: 1e9, kept: { root: root(2), finalizedSlot: 0 } }),
    ).resolves.toMatchObject({ by: 'kept' })
    await expect(decide({ network, currentSlot: 1e9, builtIn: { root: root(3), epoch: 0 } })).resolves.toMatchObject({
      by: 'built-in',
    })
  })
})

describe('what is refused', () => {
  test('sources that do not agree, whatever else was too old', async () => {
    const error = new CheckpointError({ code: 'noQuorum', needed: 2, answers: [] })
    const decision = await decide({ ...keptAged(20_000), ...builtInAged(20_000) }, error)
    expect(decision).toMatchObject({ kind: 'refused', error, passedOver: [{ by: 'kept' }, { by: 'built-in' }] })
  })

  test('a quorum for an old epoch, unless that is allowed', async () => {
    const old = { ...QUORUM, epoch: NOW_EPOCH - LIMIT - 1 }
    await expect(decide({}, old)).resolves.toMatchObject({ kind: 'refused', error: { fault: { code: 'tooOld' } } })
    await expect(decide({ oldCheckpoints: 'allow' }, old)).resolves.toMatchObject({ by: 'quorum' })
  })

  test.each([
    ['years behind', 100, 'future'],
    ['before the genesis', -1, 'beforeGenesis'],
  ])('everything, by a clock %s, which is named and never allowed away', async (_, currentSlot, code) => {
    const choices = { ...keptAged(1), ...builtInAged(1), currentSlot, oldCheckpoints: 'allow' } as const
    const decision = await decide(choices)
    expect(decision).toMatchObject({ kind: 'refused', error: { name: 'WeakSubjectivityError', fault: { code } } })
    if (decision.kind === 'refused') expect(decision.error.message).toMatch(/your clock is wrong/)
    expect(decision.passedOver).toHaveLength(2)
  })

  test('the root from which a chain in conflict started', async () => {
    await expect(decide({ disputed: QUORUM.root })).resolves.toMatchObject({
      kind: 'refused',
      error: { fault: { code: 'disputedRoot' } },
    })
  })
})

test('a failure of another kind is no decision', async () => {
  await expect(decide({}, new TypeError('a defect'))).rejects.toThrow('a defect')
})
