/**
 * Real blocks: speculation on knowledge that grows in any order, and blocks executed with what came of it. Those that take
 * longest are left to `BEAMTAB_ALL_BLOCKS=1`.
 */
import { expect, test } from 'vitest'
import { dataFolder, describeWithData } from '../../testing/data.ts'
import { plain } from '../execution.fixtures.ts'
import { witnessBlock, witnessFiles } from '../witness-blocks.fixtures.ts'
import { eligibleTransactions } from './eligible-transactions.fixtures.ts'
import type { MissingValue } from './missing-values.ts'
import { execution, openSession, recordedBlock, speculateToTheEnd } from './rounds.fixtures.ts'

const SEED = Number(process.env['BEAMTAB_SEED'] ?? 5)
const FIRST_ADOPTABLE = 4_370_000

/** 50 Mgas of field inversions: as long as a third of all the others, and nothing in it that they do not have. */
const LONG: readonly string[] = process.env['BEAMTAB_ALL_BLOCKS'] === '1' ? [] : ['mainnet-23879620']

const found = dataFolder()
const files = found === undefined ? [] : await witnessFiles(found)
const names = files.map((name) => name.replace('.json.gz', '')).filter((name) => !LONG.includes(name))

describeWithData('recorded blocks', (data) => {
  test.each(names)(
    '%s: with results of knowledge that grew in random order, the outcome is that of plain execution',
    async (name) => {
      const file = await witnessBlock(data, name)
      const block = await recordedBlock(file)
      const expected = await execution(block)
      const session = await openSession(block.job)
      const steps = [...session.groups.flat(), 'closing' as const]
      const { results } = await speculateToTheEnd(session, block.openState(), steps, someOf(SEED))
      const { essence, adopted } = await execution(block, results)
      expect(plain(essence), `seed ${SEED}`).toEqual(plain(expected.essence))
      const isAdoptable = file.network !== 'mainnet' || file.number >= FIRST_ADOPTABLE
      if (!isAdoptable) expect(adopted).toEqual([])
      else if (session.groups.length > 0) expect(adopted.length).toBeGreaterThan(0)
    },
    240_000,
  )

  test.each([
    ['mainnet-24628608', 36],
    ['mainnet-24628607', 53],
    ['mainnet-15537394', 36],
  ])(
    '%s: at most %i rounds; of the transactions without slot conflicts 90 % are adopted',
    async (name, mostRounds) => {
      const block = await recordedBlock(await witnessBlock(data, name))
      const session = await openSession(block.job)
      const { results, rounds } = await speculateToTheEnd(session, block.openState(), session.groups.flat())
      expect(rounds).toBeLessThanOrEqual(mostRounds)
      const eligible = await eligibleTransactions(block)
      const { adopted } = await execution(block, results)
      const taken = adopted.filter((index) => eligible.has(index)).length
      process.stderr.write(
        `${name}: ${rounds} rounds; ${eligible.size} of ${session.groups.flat().length} eligible, ${taken} of them adopted\n`,
      )
      expect(taken).toBeGreaterThanOrEqual(0.9 * eligible.size)
    },
    240_000,
  )
})

/** Nine in ten, and at least the first. */
function someOf(seed: number): (missing: readonly MissingValue[]) => readonly MissingValue[] {
  let state = seed
  const random = () => (state = (state * 1_103_515_245 + 12_345) % 2 ** 31) / 2 ** 31
  return (missing) => missing.filter((_, i) => i === 0 || random() < 0.9)
}
