/** Amsterdam's blocks of a devnet, whose contracts are hot and whose senders send more than once, run by their access lists. */
import { expect, test } from 'vitest'
import {
  grow,
  statelessFile,
  testChain,
  type ForkSlots,
} from '../../../server/devnet/execution/execution-chain.fixtures.ts'
import { plain } from '../execution.fixtures.ts'
import { compareListedStates } from './listed-states.fixtures.ts'
import { execution, openListedSession, recordedBlock, speculateToTheEnd } from './rounds.fixtures.ts'

const FORKS: ForkSlots = { amsterdam: 0 }
const SLOTS = 8

test('every transaction runs by itself, and every result is taken over', async () => {
  const chain = await testChain({ forks: FORKS, accounts: 300, gas: 2_000_000 })
  let transactions = 0
  let chained = 0
  for (let slot = 1; slot <= SLOTS; slot++) {
    const { carried } = await grow(chain, slot)
    const { rlp } = carried.payload.accessList!
    const block = await recordedBlock(await statelessFile(chain, FORKS, carried.payload.blockHash))
    const { compared, changed } = await compareListedStates(block.job, rlp, block.openState)
    expect([compared > 0, changed > 0]).toEqual([true, true])

    const session = await openListedSession(block.job, rlp)
    expect(session.groups.every((group) => group.length === 1)).toBe(true)
    // Backwards: none waits for one before it.
    const steps = session.groups.flat().reverse()
    const { results } = await speculateToTheEnd(session, block.openState(), steps)
    const expected = await execution(block)
    const actual = await execution(block, results)
    expect(plain(actual.essence), `slot ${slot}`).toEqual(plain(expected.essence))
    expect(actual.adopted, `slot ${slot}`).toEqual(session.groups.flat())
    transactions += steps.length
    chained += changed
  }
  process.stderr.write(`${transactions} transactions, all adopted; ${chained} values of others before them\n`)
}, 240_000)
