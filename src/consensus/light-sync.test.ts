import { BitArray } from '@chainsafe/ssz'
import { beforeAll, describe, expect, test } from 'vitest'
import { LightClientFixture, PERIOD } from '../testing/light-client-fixture.ts'
import { loadSyncCommitteeVerifier } from './bls.ts'
import type { LightClientUpdate } from './containers/light-client-objects.ts'
import type { LightSyncInput, UpdateReport } from './light-sync.ts'
import { lightSync } from './light-sync.ts'
import { InvalidBootstrapError, InvalidUpdateError } from './protocol/light-client-error.ts'
import type { SyncCommitteeVerifier } from './sync-committee-verifier.ts'

let fixture: LightClientFixture
let verifier: SyncCommitteeVerifier
beforeAll(async () => {
  fixture = await LightClientFixture.load()
  verifier = await loadSyncCommitteeVerifier()
})

const BOOTSTRAP_SLOT = 2 * PERIOD + 8

/** The `index`-th update after the bootstrap, which is in period 2. */
function update(index: number, options: Partial<Parameters<LightClientFixture['update']>[0]> = {}): LightClientUpdate {
  const start = (2 + index) * PERIOD
  return fixture.update({ attestedSlot: start + 30, finalizedSlot: start + 16, ...options })
}

function sync(updates: LightClientUpdate[], more: Partial<LightSyncInput> = {}, currentSlot = 100 * PERIOD) {
  const { bootstrap, root } = fixture.bootstrap(BOOTSTRAP_SLOT)
  const progress: UpdateReport[] = []
  const result = lightSync(
    { network: fixture.network, currentSlot, verifier },
    {
      bootstrap,
      trustedBlockRoot: root,
      updates: updates.map((item) => ({ kind: 'update', update: item })),
      ...more,
    },
    (report) => progress.push(report),
  )
  return { ...result, progress }
}

function errorOf({ reports }: { reports: readonly UpdateReport[] }, index = 0): Error | undefined {
  const outcome = reports[index]?.outcome
  return outcome?.kind === 'rejected' ? outcome.error : undefined
}

const faultOf = (error: Error | undefined) => (error instanceof InvalidUpdateError ? error.fault : error)

test('period after period, then the heads', () => {
  const finalityUpdate = fixture.update({
    attestedSlot: 5 * PERIOD + 40,
    finalizedSlot: 5 * PERIOD + 24,
    teaches: 'nothing',
  })
  const optimisticUpdate = fixture.update({ attestedSlot: 5 * PERIOD + 41, teaches: 'nothing' })
  const { chain, finalizedHeader, optimisticHeader, progress, finality, optimistic } = sync(
    [update(0), update(1), update(2)],
    {
      finalityUpdate,
      optimisticUpdate,
    },
  )
  expect(progress.map(({ period, participants, size, outcome }) => [period, participants, size, outcome.kind])).toEqual(
    [
      [2, 32, 32, 'accepted'],
      [3, 32, 32, 'accepted'],
      [4, 32, 32, 'accepted'],
    ],
  )
  expect([finality.kind, optimistic.kind]).toEqual(['accepted', 'accepted'])
  expect(chain.period).toBe(5)
  expect(finalizedHeader.beacon.slot).toBe(5 * PERIOD + 24)
  expect(optimisticHeader.beacon.slot).toBe(5 * PERIOD + 41)
})

test('the committee before the newest still signs heads: the update of a period comes before its end', () => {
  const optimisticUpdate = fixture.update({ attestedSlot: 3 * PERIOD + 50, teaches: 'nothing' })
  expect(sync([update(0), update(1)], { optimisticUpdate }).optimistic.kind).toBe('accepted')
})

test('an update older than the bootstrap teaches its committee and moves no head back', () => {
  const early = fixture.update({ attestedSlot: 2 * PERIOD + 4, finalizedSlot: 2 * PERIOD })
  const { chain, finalizedHeader } = sync([early])
  expect([chain.period, finalizedHeader.beacon.slot]).toEqual([3, BOOTSTRAP_SLOT])
})

test('members that are absent, the one that sits twice among them', () => {
  for (const absent of [[0], [31], [0, 31], [5, 6, 7], Array.from({ length: 10 }, (_, i) => i + 3)]) {
    expect(errorOf(sync([update(0, { absent })]))).toBeUndefined()
  }
})

test('two thirds of the members are enough, one less is not', () => {
  const absent = (count: number) => Array.from({ length: count }, (_, i) => i)
  expect(errorOf(sync([update(0, { absent: absent(10) })]))).toBeUndefined()
  expect(faultOf(errorOf(sync([update(0, { absent: absent(11) })])))).toEqual({
    code: 'tooFewSigners',
    signers: 21,
    needed: 22,
    size: 32,
  })
})

describe('refused, and the chain stays at the bootstrap', () => {
  const node = new Uint8Array(32).fill(7)
  const withNode = (branch: readonly Uint8Array[]) => [node, ...branch.slice(1)]
  const altered = (alter: (update: LightClientUpdate) => Partial<LightClientUpdate>) => {
    const valid = update(0)
    return { ...valid, ...alter(valid) }
  }

  const cases: [string, () => LightClientUpdate, object][] = [
    [
      'a forged signature',
      () =>
        altered(({ syncAggregate }) => ({
          syncAggregate: { ...syncAggregate, syncCommitteeSignature: update(1).syncAggregate.syncCommitteeSignature },
        })),
      { code: 'badSignature', signers: 32 },
    ],
    [
      'a signature that is no point',
      () =>
        altered(({ syncAggregate }) => ({
          syncAggregate: { ...syncAggregate, syncCommitteeSignature: new Uint8Array(96).fill(1) },
        })),
      { code: 'badSignature', why: 'the signature is no point of the group' },
    ],
    [
      'a bit set for a member that did not sign',
      () => {
        const { syncAggregate, ...rest } = update(0, { absent: [4] })
        const bits = BitArray.fromBoolArray(Array.from({ length: 32 }, () => true))
        return { ...rest, syncAggregate: { ...syncAggregate, syncCommitteeBits: bits } }
      },
      { code: 'badSignature' },
    ],
    ['a signature of another committee', () => update(0, { signers: 9 }), { code: 'badSignature' }],
    [
      'a bad finality branch',
      () => altered(({ finality }) => ({ finality: finality && { ...finality, branch: withNode(finality.branch) } })),
      { code: 'badBranch', branch: 'finality' },
    ],
    [
      'a bad branch of the next committee',
      () =>
        altered(({ nextSyncCommittee: next }) => ({
          nextSyncCommittee: next && { ...next, branch: withNode(next.branch) },
        })),
      { code: 'badBranch', branch: 'next sync committee' },
    ],
    [
      'a branch that is too short',
      () => altered(({ finality }) => ({ finality: finality && { ...finality, branch: finality.branch.slice(1) } })),
      { code: 'badBranch', branch: 'finality' },
    ],
    [
      'another committee than the branch proves',
      () =>
        altered(({ nextSyncCommittee: next }) => ({
          nextSyncCommittee: next && { ...next, committee: fixture.committee(9) },
        })),
      { code: 'badBranch', branch: 'next sync committee' },
    ],
    [
      'a bad execution branch of the attested header',
      () =>
        altered(({ attestedHeader }) => ({
          attestedHeader: withExecutionOf(attestedHeader, update(1).attestedHeader),
        })),
      { code: 'badBranch', branch: 'execution of the attested header' },
    ],
    [
      'a bad execution branch of the finalized header',
      () =>
        altered(({ finality }) => ({
          finality: finality && { ...finality, header: withExecutionOf(finality.header, update(1).attestedHeader) },
        })),
      { code: 'badBranch', branch: 'execution of the finalized header' },
    ],
    [
      'a header without the execution its fork proves',
      () => altered(({ attestedHeader }) => ({ attestedHeader: { ...attestedHeader, execution: undefined } })),
      { code: 'badBranch', branch: 'execution of the attested header' },
    ],
    ['a period too late', () => update(1), { code: 'wrongPeriod', period: 3, expected: [2] }],
    ['a period too early', () => update(-1), { code: 'wrongPeriod', period: 1, expected: [2] }],
    [
      'signed by the committee of the next period',
      () => update(0, { attestedSlot: 3 * PERIOD - 1, signatureSlot: 3 * PERIOD }),
      { code: 'wrongPeriod', period: 3, expected: [2] },
    ],
    ['no committee', () => update(0, { teaches: 'nothing' }), { code: 'missingPart', part: 'next sync committee' }],
    [
      'signed before it was attested',
      () => update(0, { attestedSlot: 2 * PERIOD + 30, signatureSlot: 2 * PERIOD + 30 }),
      { code: 'slotOrder' },
    ],
    ['finalized after it was attested', () => update(0, { finalizedSlot: 2 * PERIOD + 31 }), { code: 'slotOrder' }],
  ]
  test.each(cases)('%s', (_, make, fault) => {
    const { chain, finalizedHeader, optimisticHeader, reports } = sync([make()])
    expect(faultOf(errorOf({ reports }))).toMatchObject(fault)
    expect([chain.period, finalizedHeader.beacon.slot, optimisticHeader.beacon.slot]).toEqual([
      2,
      BOOTSTRAP_SLOT,
      BOOTSTRAP_SLOT,
    ])
  })

  test('a future slot', () => {
    const error = errorOf(sync([update(0)], {}, 2 * PERIOD + 30))
    expect(faultOf(error)).toEqual({ code: 'futureSlot', signatureSlot: 2 * PERIOD + 31, currentSlot: 2 * PERIOD + 30 })
    expect(error?.message).toBe('signed in slot 159, but the current slot is 158')
  })

  test('the genesis as finalized header, unless it is the default one', () => {
    const claimed = update(0, { finalizedSlot: 0 })
    expect(faultOf(errorOf(sync([claimed])))).toEqual({ code: 'genesisNotDefault' })
  })
})

test('a gap in the periods: what comes before it stands, what comes after is refused', () => {
  const { chain, reports } = sync([update(0), update(2), update(3)])
  expect(reports.map(({ outcome }) => outcome.kind)).toEqual(['accepted', 'rejected', 'rejected'])
  expect(chain.period).toBe(3)
})

test('a committee whose aggregate key is not the sum of its members', async () => {
  const own = await LightClientFixture.load()
  // The key of one member alone: who holds it signs for all.
  own.forgeAggregateKey(3, own.committee(3).pubkeys[0] ?? new Uint8Array())
  const { bootstrap, root } = own.bootstrap(BOOTSTRAP_SLOT)
  const teaching = own.update({ attestedSlot: 2 * PERIOD + 30, finalizedSlot: 2 * PERIOD + 16 })
  const alone = own.update({
    attestedSlot: 3 * PERIOD + 30,
    finalizedSlot: 3 * PERIOD + 16,
    absent: Array.from({ length: 31 }, (_, i) => i + 1),
  })
  const everyone = BitArray.fromBoolArray(Array.from({ length: 32 }, () => true))
  const claim = { ...alone, syncAggregate: { ...alone.syncAggregate, syncCommitteeBits: everyone } }
  const progress: UpdateReport[] = []
  const { finalizedHeader, reports, finality } = lightSync(
    { network: own.network, currentSlot: 100 * PERIOD, verifier },
    {
      bootstrap,
      trustedBlockRoot: root,
      updates: [teaching, claim].map((item) => ({ kind: 'update', update: item })),
      finalityUpdate: claim,
    },
    (report) => progress.push(report),
  )
  expect(reports.map(({ outcome }) => outcome.kind)).toEqual(['accepted', 'rejected'])
  expect(progress.map(({ outcome }) => outcome.kind)).toEqual(['accepted', 'accepted', 'rejected'])
  expect(faultOf(errorOf({ reports }, 1))).toEqual({ code: 'wrongAggregateKey', period: 3 })
  expect(finality).toMatchObject({ kind: 'rejected', error: { fault: { code: 'wrongAggregateKey', period: 3 } } })
  expect(finalizedHeader.beacon.slot).toBe(2 * PERIOD + 16)
})

describe('heads', () => {
  const head = (options: Partial<Parameters<LightClientFixture['update']>[0]> = {}) =>
    fixture.update({ attestedSlot: 2 * PERIOD + 40, finalizedSlot: 2 * PERIOD + 24, teaches: 'nothing', ...options })

  test('of a period that no known committee is of', () => {
    const { optimistic } = sync([update(0)], { optimisticUpdate: head({ attestedSlot: 4 * PERIOD + 40 }) })
    expect(optimistic).toMatchObject({ error: { fault: { code: 'wrongPeriod', period: 4, expected: [2, 3] } } })
  })

  test('with too few signers', () => {
    const absent = Array.from({ length: 12 }, (_, i) => i)
    expect(sync([], { optimisticUpdate: head({ absent }) }).optimistic).toMatchObject({
      error: { fault: { code: 'tooFewSigners', signers: 20 } },
    })
  })

  test('a finality update that finalizes nothing', () => {
    expect(sync([], { finalityUpdate: head({ finalizedSlot: undefined }) }).finality).toMatchObject({
      error: { fault: { code: 'missingPart', part: 'finalized header' } },
    })
  })

  test('an older head is valid and moves nothing back', () => {
    const optimisticUpdate = fixture.update({ attestedSlot: 2 * PERIOD + 3, teaches: 'nothing' })
    const { optimistic, optimisticHeader } = sync([], { optimisticUpdate })
    expect([optimistic.kind, optimisticHeader.beacon.slot]).toEqual(['accepted', BOOTSTRAP_SLOT])
  })
})

describe('a bootstrap', () => {
  test('of another block than the trusted one', () => {
    const { root } = fixture.bootstrap(BOOTSTRAP_SLOT + 8)
    expect(() => sync([], { trustedBlockRoot: root })).toThrow(InvalidBootstrapError)
    expect(() => sync([], { trustedBlockRoot: root })).toThrow('expected the trusted block')
  })

  test('with another committee than its state has', () => {
    const { bootstrap } = fixture.bootstrap(BOOTSTRAP_SLOT)
    const forged = { ...bootstrap, currentSyncCommittee: fixture.committee(9) }
    expect(() => sync([], { bootstrap: forged })).toThrow('the Merkle branch of the current sync committee')
  })

  test('with another execution header than its body has', () => {
    const { bootstrap } = fixture.bootstrap(BOOTSTRAP_SLOT)
    const header = withExecutionOf(bootstrap.header, fixture.bootstrap(BOOTSTRAP_SLOT + 8).bootstrap.header)
    expect(() => sync([], { bootstrap: { ...bootstrap, header } })).toThrow('the Merkle branch of the execution')
  })
})

function withExecutionOf<T extends { execution: unknown }>(header: T, other: T): T {
  return { ...header, execution: other.execution }
}
