/** Blocks of random programs that get in one another's way: taking early results comes to the same as running everything. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryReader, plain, runTestBlock, testJob, TEST_FORKS, type TestRun } from '../execution.fixtures.ts'
import { openSession, speculateToTheEnd } from './rounds.fixtures.ts'
import { blockOf, scenes, stateOf } from './scenes.fixtures.ts'

const RUNS = Number(process.env['BEAMTAB_ENGINE_RUNS'] ?? 12)

const essence = ({ adopted: _, ...rest }: TestRun): unknown => plain(rest)

test.each(TEST_FORKS)('%s', async (fork) => {
  let adopted = 0
  await fc.assert(
    fc.asyncProperty(scenes(fork), async (scene) => {
      const state = stateOf(fork, scene)
      const block = blockOf(fork, scene)
      const plainReader = await memoryReader(state)
      const expected = await outcome(() => runTestBlock('tuned', block, plainReader))
      const session = await openSession(testJob('tuned', block))
      const steps = [...session.groups.flat(), 'closing' as const]
      let turn = 0
      const { results } = await speculateToTheEnd(session, await memoryReader(state), steps, (missing) => {
        const first = scene.picks[turn++ % scene.picks.length]!
        return missing.filter((_, i) => i % 6 === first || i === first % missing.length)
      })
      const reader = await memoryReader(state)
      const actual = await outcome(() => runTestBlock('tuned', block, reader, results))
      if (typeof expected === 'string' || typeof actual === 'string') {
        expect(actual).toEqual(expected)
        return
      }
      expect(essence(actual)).toEqual(essence(expected))
      adopted += actual.adopted.length
      // Nothing is asked of the state that plain execution does not ask for, and nothing is left out.
      const asked = ({ reads }: typeof reader) =>
        new Set(reads.map(({ kind, key, ...rest }) => [kind, key, ...Object.values(rest)].join(' ')))
      expect(asked(reader)).toEqual(asked(plainReader))
    }),
    { numRuns: RUNS },
  )
  const isAdopting = TEST_FORKS.indexOf(fork) >= TEST_FORKS.indexOf('byzantium')
  if (isAdopting) expect(adopted).toBeGreaterThan(0)
  else expect(adopted).toBe(0)
})

/** What came out, or why nothing did. */
async function outcome(run: () => Promise<TestRun>): Promise<TestRun | string> {
  try {
    return await run()
  } catch (error) {
    return String(error)
  }
}
