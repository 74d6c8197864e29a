import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { CheckpointError } from './checkpoint-error.ts'
import { KnowingSource, hexRoot, outcomeOf, root, type Knowledge } from './checkpoint.fixtures.ts'
import { askQuorum } from './quorum.ts'
import { tally, type Said } from './tally.ts'

const DOWN = undefined
const HANGS: Knowledge = { epochs: {}, hangs: true }

async function ask(
  known: readonly (Knowledge | undefined)[],
  options: { owners?: readonly string[]; ms?: number } = {},
) {
  const clock = new SimulatedClock()
  const sources = known.map((knowledge, i) => {
    const owner = options.owners?.[i] ?? `${i}.example`
    return new KnowingSource(`https://s${i}.${owner}`, owner, clock, knowledge)
  })
  const abort = new AbortController()
  const outcome = outcomeOf(askQuorum({ sources, needed: 2, clock, signal: abort.signal }))
  await clock.advance(options.ms ?? 60_000)
  return { outcome, sources, clock, abort }
}

test('two of different owners that name one root make a quorum', async () => {
  const { outcome } = await ask([{ epochs: { 9: 1 } }, { epochs: { 9: 1 } }])
  expect(outcome.value).toEqual({
    root: root(1),
    epoch: 9,
    sources: ['https://s0.0.example', 'https://s1.1.example'],
    dissenting: [],
    unheard: [],
  })
})

const HONEST: readonly Knowledge[] = Array.from({ length: 8 }, () => ({ epochs: { 9: 1 } }))

test('two that are an epoch ahead of all others do not outvote them', async () => {
  const liar: Knowledge = { epochs: { 9: 2, 10: 2 } }
  const { outcome } = await ask([...HONEST, liar, liar])
  expect(outcome.value).toMatchObject({
    root: root(1),
    epoch: 9,
    dissenting: ['https://s8.8.example', 'https://s9.9.example'],
  })
})

test('two that are faster than all others do not outvote them', async () => {
  const slow = HONEST.map((knowledge) => ({ ...knowledge, ms: 2_500 }))
  const liar: Knowledge = { epochs: { 9: 2 } }
  const { outcome } = await ask([liar, liar, ...slow])
  expect(outcome.value).toMatchObject({ root: root(1), dissenting: ['https://s0.0.example', 'https://s1.1.example'] })
})

test('one owner is one witness, however many sources it has; nobody is asked then', async () => {
  const { outcome, sources } = await ask([{ epochs: { 9: 1 } }, { epochs: { 9: 1 } }], { owners: ['a.org', 'a.org'] })
  expect(outcome.error).toBeInstanceOf(CheckpointError)
  expect(outcome.error?.message).toMatch(/^too few independent sources.*there is 1 \(a\.org\)/)
  expect(sources.map(({ asked }) => asked)).toEqual([0, 0])
  const none = await ask([])
  expect(none.outcome.error?.message).toMatch(/there is none/)
})

test('two that disagree are listed with what each said', async () => {
  const { outcome } = await ask([{ epochs: { 9: 1 } }, { epochs: { 9: 2 } }, DOWN])
  expect(outcome.error).toMatchObject({ fault: { code: 'disagreement', epoch: 9 } })
  for (const said of [hexRoot(1), hexRoot(2), 'https://s0.0.example', 'https://s1.1.example']) {
    expect(outcome.error?.message).toContain(said)
  }
})

test('one against two is outvoted and named; two against two is a disagreement', async () => {
  const outvoted = await ask([{ epochs: { 9: 2 } }, { epochs: { 9: 1 } }, { epochs: { 9: 1 } }])
  expect(outvoted.outcome.value).toMatchObject({ root: root(1), dissenting: ['https://s0.0.example'] })
  const split = await ask([9, 9, 9, 9].map((epoch, i) => ({ epochs: { [epoch]: i % 2 } })))
  expect(split.outcome.error).toMatchObject({ fault: { code: 'disagreement' } })
})

test('two sources of one owner cannot outvote another', async () => {
  const { outcome } = await ask([{ epochs: { 9: 2 } }, { epochs: { 9: 2 } }, { epochs: { 9: 1 } }], {
    owners: ['a.org', 'a.org', 'b.org'],
  })
  expect(outcome.error).toMatchObject({ fault: { code: 'disagreement' } })
})

test('a source that hangs is not waited for when the others agree', async () => {
  const { outcome, clock } = await ask([HANGS, { epochs: { 9: 1 } }, { epochs: { 9: 1 } }], { ms: 2_010 })
  expect(outcome.value).toMatchObject({ root: root(1), unheard: ['https://s0.0.example'] })
  expect(clock.waiting).toBe(0)
})

test('a source that contradicts is waited out, so that a slow third one can decide', async () => {
  const { outcome } = await ask([{ epochs: { 9: 2 } }, { epochs: { 9: 1 } }, { epochs: { 9: 1 }, ms: 8_000 }])
  expect(outcome.value).toMatchObject({ root: root(1), dissenting: ['https://s0.0.example'] })
})

test('sources an epoch apart agree on the older one', async () => {
  const { outcome, sources } = await ask([{ epochs: { 8: 1, 9: 2 } }, { epochs: { 8: 1 } }])
  expect(outcome.value).toMatchObject({ root: root(1), epoch: 8 })
  expect(sources[0]?.asked).toBe(1)
})

test('a made-up newer epoch is passed by, since nobody shares it', async () => {
  const { outcome } = await ask([{ epochs: { 7: 9, 8: 9, 99: 9 } }, { epochs: { 8: 1 } }, { epochs: { 8: 1 } }])
  expect(outcome.value).toMatchObject({ root: root(1), epoch: 8, dissenting: ['https://s0.0.example'] })
})

test('a lie about the newest epoch does not hide the older one that two agree on', async () => {
  const { outcome } = await ask([{ epochs: { 9: 7 } }, { epochs: { 8: 1, 9: 2 } }, { epochs: { 8: 1 } }])
  expect(outcome.value).toMatchObject({ root: root(1), epoch: 8 })
})

test('sources without a common epoch are asked again, until they have one', async () => {
  const clock = new SimulatedClock()
  const ahead = new KnowingSource('https://a', 'a', clock, { epochs: { 9: 2 } })
  const behind = new KnowingSource('https://b', 'b', clock, { epochs: { 8: 1 } })
  const outcome = outcomeOf(
    askQuorum({ sources: [ahead, behind], needed: 2, clock, signal: new AbortController().signal }),
  )
  await clock.advance(5_000)
  expect(outcome).toEqual({})
  behind.knowledge = { epochs: { 9: 2 } }
  await clock.advance(10_000)
  expect(outcome.value).toMatchObject({ root: root(2), epoch: 9 })
  expect(ahead.asked).toBe(2)
})

test('they are not asked for ever', async () => {
  const { outcome, sources, clock } = await ask([{ epochs: { 9: 2 } }, { epochs: { 8: 1 } }])
  expect(outcome.error).toMatchObject({ fault: { code: 'noQuorum' } })
  expect(sources.map(({ asked }) => asked)).toEqual([3, 3])
  expect(clock.waiting).toBe(0)
})

test('one that answers and one that does not are no quorum, and both are named', async () => {
  const { outcome } = await ask([{ epochs: { 9: 1 } }, DOWN])
  expect(outcome.error).toMatchObject({ fault: { code: 'noQuorum', needed: 2 } })
  expect(outcome.error?.message).toMatch(/s0.*for epoch 9.*s1.*no answer.*is down/)
})

test('an abort ends the questions and the pauses between them', async () => {
  for (const ms of [5, 5_000]) {
    const { outcome, abort, clock } = await ask([{ epochs: { 9: 2 } }, { epochs: { 8: 1 } }], { ms })
    abort.abort(new Error('closed'))
    await clock.advance(20)
    expect(outcome.error?.message).toBe('closed')
    expect(clock.waiting).toBe(0)
  }
})

test('a root is agreed on only with enough owners and with most of them, whoever says what', () => {
  const statement = fc.record({ owner: fc.nat(4), byte: fc.nat(2) })
  fc.assert(
    fc.property(fc.array(statement, { maxLength: 12 }), fc.integer({ min: 2, max: 4 }), (made, needed) => {
      const said = made.map(({ owner, byte }): Said => ({
        kind: 'said',
        source: 'any',
        owner: String(owner),
        checkpoint: { epoch: 1, root: root(byte) },
      }))
      const result = tally(said, needed)
      if (result.kind !== 'agreed') return
      const owners = new Set(made.map(({ owner }) => owner))
      const agreeing = [...owners].filter((owner) =>
        made.every((one) => one.owner !== owner || one.byte === result.root[0]),
      )
      expect(agreeing.length).toBeGreaterThanOrEqual(needed)
      expect(2 * agreeing.length).toBeGreaterThan(owners.size)
      expect(result.agreeing.length + result.dissenting.length).toBe(said.length)
    }),
  )
})
