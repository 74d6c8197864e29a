import { expect, test } from 'vitest'
import { networkByName } from '../../chain/network.ts'
import { timeOfSlot } from '../../chain/beacon-config.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { KnowingSource, root, type Knowledge } from './checkpoint.fixtures.ts'
import { CheckpointPolicy, rootsOfNetwork, type CheckpointPolicyOptions } from './checkpoint-policy.ts'
import type { KeptChain } from './decide.ts'

const network = networkByName('mainnet')
const EPOCH = 400_000

function policyWith(options: Partial<CheckpointPolicyOptions> & { known?: readonly (Knowledge | undefined)[] } = {}) {
  const clock = new SimulatedClock(timeOfSlot(network, EPOCH * 32) * 1000)
  const known = options.known ?? []
  const sources = known.map((one, i) => new KnowingSource(`https://s${i}`, `${i}.example`, clock, one))
  const kept = () => Promise.resolve(undefined)
  const policy = new CheckpointPolicy({ network, clock, sources, kept, ...options })
  const fired = { count: 0 }
  policy.changed.subscribe(() => (fired.count += 1))
  return { clock, sources, policy, fired }
}

const at = (byte: number, epoch = EPOCH - 2): Knowledge => ({ epochs: { [epoch]: byte } })
const keptOf = (byte: number, epoch: number) => (): Promise<KeptChain> =>
  Promise.resolve({ root: root(byte), finalizedSlot: epoch * 32 })

test('a decision that needs no sources is made at once, and made anew without a pause', async () => {
  const { policy, clock, sources, fired } = policyWith({ kept: keptOf(1, EPOCH - 9), known: [at(2), at(2)] })
  policy.seek()
  expect(policy.isSeeking).toBe(true)
  await clock.advance(0)
  expect(policy.decision).toMatchObject({ kind: 'trusted', by: 'kept', root: root(1) })
  expect([fired.count, sources[0]?.asked, clock.waiting]).toEqual([1, 0, 0])
  policy.passOverKept(new Error('torn'))
  expect(policy.decision).toBeUndefined()
  await clock.advance(100)
  expect(policy.decision).toMatchObject({ by: 'quorum', root: root(2), passedOver: [{ error: { message: 'torn' } }] })
  policy.close()
})

test('sources are asked again for ever, ever less often, and one round at a time', async () => {
  const { policy, clock, sources, fired } = policyWith({ known: [at(1), undefined] })
  policy.seek()
  policy.seek()
  await clock.advance(100)
  expect(policy.decision).toMatchObject({ kind: 'refused', error: { fault: { code: 'noQuorum' } } })
  const rounds: number[] = []
  for (let minute = 0; minute < 30; minute++) {
    await clock.advance(60_000)
    rounds.push(sources[0]!.asked)
  }
  expect(rounds[0]).toBeGreaterThanOrEqual(5)
  expect(rounds[29]! - rounds[9]!).toBeGreaterThanOrEqual(19)
  expect(rounds[29]! - rounds[9]!).toBeLessThanOrEqual(20)
  expect(fired.count).toBe(rounds[29])
  sources[1]!.knowledge = at(1)
  await clock.advance(61_000)
  expect(policy.decision).toMatchObject({ kind: 'trusted', by: 'quorum', root: root(1) })
  expect(policy.refusal).toBeUndefined()
  policy.close()
  expect(clock.waiting).toBe(0)
})

test('a root that is trusted stays so while sources are silent about a newer one', async () => {
  const { policy, clock, sources } = policyWith({ known: [at(1), at(1)] })
  policy.seek()
  await clock.advance(5_000)
  for (const source of sources) source.knowledge = undefined
  policy.seek()
  await clock.advance(100)
  expect(policy.decision).toMatchObject({ kind: 'trusted', root: root(1) })
  expect(policy.refusal?.error).toMatchObject({ fault: { code: 'noQuorum' } })
  for (const source of sources) source.knowledge = at(2, EPOCH - 1)
  await clock.advance(5_000)
  expect(policy.decision).toMatchObject({ kind: 'trusted', root: root(2) })
  policy.close()
})

test('sources are left alone between two rounds, whoever is impatient', async () => {
  const { policy, clock, sources } = policyWith({ known: [at(1), at(1)] })
  for (let i = 0; i < 100; i++) {
    policy.seek()
    await clock.advance(100)
  }
  expect(sources[0]?.asked).toBeLessThanOrEqual(6)
  policy.close()
})

test('a dispute drops a given root at once, and only another root of a quorum takes its place', async () => {
  const { policy, clock, sources } = policyWith({ given: root(1), known: [at(1), at(1)] })
  policy.seek()
  await clock.advance(0)
  expect(policy.decision).toMatchObject({ by: 'given' })
  policy.dispute(root(1))
  policy.dispute(root(1))
  expect(policy.decision).toBeUndefined()
  await clock.advance(100)
  expect(policy.decision).toMatchObject({ kind: 'refused', error: { fault: { code: 'disputedRoot' } } })
  for (const source of sources) source.knowledge = at(2, EPOCH - 1)
  await clock.advance(5_000)
  expect(policy.decision).toMatchObject({ kind: 'trusted', by: 'quorum', root: root(2) })
  policy.close()
})

test('a dispute overtakes the decision that is being made', async () => {
  const { policy, clock } = policyWith({ known: [at(1), at(1)] })
  policy.seek()
  policy.dispute(root(1))
  await clock.advance(5_000)
  expect(policy.decision).toMatchObject({ kind: 'refused', error: { fault: { code: 'disputedRoot' } } })
  policy.close()
})

test('a storage that fails is passed over, and said', async () => {
  const kept = () => Promise.reject(new Error('the database is blocked'))
  const { policy, clock } = policyWith({ kept, known: [at(1), at(1)] })
  policy.seek()
  await clock.advance(100)
  expect(policy.decision).toMatchObject({
    by: 'quorum',
    passedOver: [{ error: { message: 'the database is blocked' } }],
  })
  policy.close()
})

test('a clock years off is named, and once it is set the client starts', async () => {
  const { policy, clock, sources } = policyWith({ known: [at(1, EPOCH + 100_000), at(1, EPOCH + 100_000)] })
  policy.seek()
  await clock.advance(100)
  expect(policy.refusal?.error.message).toMatch(/days ahead of this machine's time.*your clock is wrong/)
  for (const source of sources) source.knowledge = at(1)
  await clock.advance(5_000)
  expect(policy.decision).toMatchObject({ kind: 'trusted' })
  policy.close()
})

test('closed in the midst of anything, it asks nobody, fires nothing and leaves no timer', async () => {
  for (const ms of [0, 5, 50, 3_000]) {
    const { policy, clock, fired, sources } = policyWith({ known: [at(1), ms === 3_000 ? undefined : at(1)] })
    policy.seek()
    await clock.advance(ms)
    policy.close()
    const before = [fired.count, sources[0]?.asked]
    // Questions that are under way end by themselves.
    await clock.advance(10)
    expect(clock.waiting).toBe(0)
    policy.seek()
    policy.dispute(root(9))
    await clock.advance(100_000)
    expect([fired.count, sources[0]?.asked]).toEqual(before)
  }
})

test('fewer owners than two, and more sources than are ever asked, are refused when they are named', () => {
  expect(() => policyWith({ needed: 1 })).toThrow(RangeError)
  const clock = new SimulatedClock()
  const sources = Array.from({ length: 33 }, (_, i) => new KnowingSource(`s${i}`, `${i}`, clock, undefined))
  expect(() => policyWith({ sources })).toThrow(RangeError)
})

test('a checkpoint of a file is given by its user, one of a built-in network is not', () => {
  const checkpoint = { root: root(1), epoch: 5 }
  expect(rootsOfNetwork({ ...network, checkpoint }, 'file')).toEqual({ given: root(1), builtIn: undefined })
  expect(rootsOfNetwork({ ...network, checkpoint }, 'built-in')).toEqual({ given: undefined, builtIn: checkpoint })
  expect(rootsOfNetwork({ ...network, checkpoint: null }, 'file')).toEqual({ given: undefined, builtIn: undefined })
})
