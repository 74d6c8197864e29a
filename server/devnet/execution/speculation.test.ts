/** Blocks of the devnet, whose contracts are hot: early results are taken where they hold, and change nothing. */
import { expect, test } from 'vitest'
import { plain } from '../../../src/execution/execution.fixtures.ts'
import {
  execution,
  openSession,
  recordedBlock,
  speculateToTheEnd,
} from '../../../src/execution/speculation/rounds.fixtures.ts'
import { grow, statelessFile, testChain, type ForkSlots } from './execution-chain.fixtures.ts'

const SLOTS = 6

test.each<[string, ForkSlots]>([
  ['osaka', { osaka: 0 }],
  ['amsterdam', { osaka: 0, amsterdam: 1 }],
])(
  '%s',
  async (_, forks) => {
    const chain = await testChain({ forks, accounts: 500, gas: 2_000_000 })
    let adopted = 0
    let transactions = 0
    for (let slot = 1; slot <= SLOTS; slot++) {
      const { carried } = await grow(chain, slot)
      const block = await recordedBlock(await statelessFile(chain, forks, carried.payload.blockHash))
      const session = await openSession(block.job)
      const steps = [...session.groups.flat(), 'closing' as const]
      const { results } = await speculateToTheEnd(session, block.openState(), steps)
      const expected = await execution(block)
      const actual = await execution(block, results)
      expect(plain(actual.essence), `slot ${slot}`).toEqual(plain(expected.essence))
      adopted += actual.adopted.length
      transactions += session.groups.flat().length
    }
    process.stderr.write(`${transactions} transactions, ${adopted} of them adopted\n`)
    expect(adopted).toBeGreaterThan(0)
  },
  120_000,
)
