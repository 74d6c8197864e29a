/** Blocks of random programs that get in one another's way: taking early results comes to the same as running everything. */
import { Address } from '@ethereumjs/util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  address,
  code,
  memoryReader,
  op,
  plain,
  runTestBlock,
  sender,
  systemContracts,
  TEST_COINBASE,
  testBlock,
  testJob,
  TEST_FORKS,
  type TestAccount,
  type TestBlock,
  type TestFork,
  type TestRun,
  type TestState,
} from '../execution.fixtures.ts'
import {
  CONTRACTS,
  DELEGATED,
  DELEGATED_TO_ITSELF,
  DELEGATED_TO_PRECOMPILE,
  EMPTY,
  MISSING,
  program,
} from '../programs.fixtures.ts'
import { bytesToWord } from '../words.ts'
import { openSession, speculateToTheEnd } from './rounds.fixtures.ts'

const RUNS = Number(process.env['BEAMTAB_ENGINE_RUNS'] ?? 12)
/** RIPEMD-160, whose touch survives a revert. */
const RIPEMD160 = 3n

interface Scene {
  readonly programs: readonly Uint8Array[]
  readonly transactions: readonly {
    readonly from: 0 | 1
    readonly to: bigint | undefined
    readonly value: bigint
    readonly gas: bigint
  }[]
  /** Which of the missing values are answered in a round, by their turn. */
  readonly picks: readonly number[]
}

function scenes(fork: TestFork): fc.Arbitrary<Scene> {
  const to = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...CONTRACTS) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        ...[DELEGATED, DELEGATED_TO_ITSELF, EMPTY, MISSING, RIPEMD160, sender(0).key, bytesToWord(TEST_COINBASE)],
      ),
    },
    { weight: 1, arbitrary: fc.constant(undefined) },
  )
  const transaction = fc.record({
    from: fc.constantFrom(0 as const, 1 as const),
    to,
    value: fc.constantFrom(0n, 0n, 1n, 7n),
    gas: fc.constantFrom(60_000n, 300_000n, 1_000_000n),
  })
  return fc.record({
    programs: fc.tuple(program(fork), program(fork), program(fork)),
    transactions: fc.array(transaction, { minLength: 2, maxLength: 6 }),
    picks: fc.array(fc.nat(5), { minLength: 1, maxLength: 6 }),
  })
}

function stateOf(fork: TestFork, { programs }: Scene): TestState {
  const delegation = (to: bigint): Uint8Array => Uint8Array.from([0xef, 0x01, 0x00, ...address(to)])
  const storage = new Map([[1n, 7n]])
  const accounts: [bigint, TestAccount][] = [
    ...systemContracts(fork),
    ...CONTRACTS.map(
      (key, i) => [key, { nonce: 1n, balance: 10n, code: programs[i]!, storage }] as [bigint, TestAccount],
    ),
    [DELEGATED, { nonce: 1n, balance: 3n, code: delegation(CONTRACTS[0]!) }],
    [DELEGATED_TO_ITSELF, { nonce: 1n, code: delegation(DELEGATED_TO_ITSELF) }],
    [DELEGATED_TO_PRECOMPILE, { nonce: 1n, code: delegation(4n) }],
    // Left over from before EIP-161.
    [EMPTY, {}],
    [sender(0).key, { balance: 10n ** 20n }],
    [sender(1).key, { balance: 10n ** 20n, nonce: 5n }],
  ]
  return new Map(accounts)
}

function blockOf(fork: TestFork, { transactions }: Scene): TestBlock {
  const nonces = [0n, 5n]
  return testBlock(
    fork,
    transactions.map(({ from, to, value, gas }) => ({
      from: sender(from),
      fields: {
        type: 0,
        gasPrice: 10n,
        gasLimit: gas,
        value,
        nonce: nonces[from]!++,
        ...(to === undefined ? { data: code(op(0x55, 1n, 1n), op(0xf3, 0n, 3n)) } : { to: new Address(address(to)) }),
      },
    })),
    [MISSING, sender(1).key],
  )
}

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
