/** A run that gives way to others comes to the same as one that does not, can be ended wherever it gives way, and asks often. */
import { Address } from '@ethereumjs/util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { executeBlock, type ExecutionOutcome } from './block/execute-block.ts'
import { loadWasmCrypto } from './crypto/wasm-crypto.ts'
import {
  address,
  code,
  memoryReader,
  op,
  plain,
  push,
  sender,
  systemContracts,
  testBlock,
  testHash,
  testJob,
  TEST_FORKS,
  type TestBlock,
  type TestFork,
  type TestState,
} from './execution.fixtures.ts'
import type { Pace } from './pace.ts'
import { CONTRACTS, program } from './programs.fixtures.ts'

const RUNS = Number(process.env['BEAMTAB_ENGINE_RUNS'] ?? 6)
const FORKS = TEST_FORKS.filter((fork, i) => i % 3 === 0 || fork === 'amsterdam')
const MOST_GAS = 3_000_000n

const crypto = await loadWasmCrypto()

function stateOf(fork: TestFork, programs: readonly Uint8Array[]): TestState {
  const storage = new Map([[1n, 7n]])
  return new Map([
    ...systemContracts(fork),
    ...programs.map((code, i) => [CONTRACTS[i]!, { nonce: 1n, balance: 10n, code, storage }] as const),
    [sender(0).key, { balance: 10n ** 20n }],
  ])
}

function callBlock(fork: TestFork, gasLimit: bigint): TestBlock {
  const to = new Address(address(CONTRACTS[0]!))
  const fields = { type: 0, to, nonce: 0n, gasPrice: 10n, gasLimit, value: 1n } as const
  return testBlock(fork, [{ from: sender(0), fields }])
}

async function run(fork: TestFork, gas: bigint, programs: readonly Uint8Array[], pace?: Pace): Promise<unknown> {
  const reader = await memoryReader(stateOf(fork, programs))
  const from = { reader, intermediateRoot: async () => testHash(1) }
  const job = testJob('tuned', callBlock(fork, gas))
  const { ms: _, ...outcome }: ExecutionOutcome = await executeBlock(job, from, { crypto, now: () => 0, pace })
  return plain(outcome)
}

/** Gives way each time, and counts. */
function counting(onAsk: (asked: number) => Promise<void>): Pace & { asked: number } {
  const pace = { asked: 0, pause: () => onAsk(++pace.asked) }
  return pace
}

test.each(FORKS)('%s: giving way changes nothing', async (fork) => {
  await fc.assert(
    fc.asyncProperty(fc.tuple(program(fork), program(fork), program(fork)), async (programs) => {
      const expected = await run(fork, 1_000_000n, programs)
      expect(
        await run(
          fork,
          1_000_000n,
          programs,
          counting(() => new Promise(setImmediate)),
        ),
      ).toEqual(expected)
    }),
    { numRuns: RUNS },
  )
})

/** Programs that go on until their gas is used up, by what they spend it on. */
const loop = (...body: readonly (readonly number[])[]): Uint8Array => code([0x5b], ...body, push(0n), [0x56])
const ENDLESS: [what: string, program: Uint8Array][] = [
  ['jumps', loop()],
  ['hashes of 32 KiB', loop(op(0x20, 0n, 32_768n), [0x50])],
  ['copies of 32 KiB', loop(op(0x5e, 0n, 16n, 32_768n))],
  ['powers', loop(op(0x0a, 3n, 2n ** 256n - 1n), [0x50])],
  ['calls of a precompile', loop(op(0xfa, 50_000n, 2n, 0n, 1_024n, 0n, 32n), [0x50])],
  ['calls of itself', loop(op(0xf1, 2n ** 64n, CONTRACTS[0]!, 0n, 0n, 0n, 0n, 0n), [0x50])],
  ['creations', loop(op(0xf0, 0n, 0n, 1_024n), [0x50])],
]

test.each(ENDLESS)('a run that is not wanted any more ends at once: %s', async (_, endless) => {
  const gone = new Error('nobody wants it')
  const pace = counting((asked) => (asked < 20 ? Promise.resolve() : Promise.reject(gone)))
  await expect(run('cancun', MOST_GAS, [endless], pace)).rejects.toBe(gone)
  expect(pace.asked).toBe(20)
})

test.each(ENDLESS)('no 40,000 gas are used between two questions: %s', async (_, endless) => {
  const pace = counting(() => Promise.resolve())
  await run('cancun', MOST_GAS, [endless], pace)
  // A creation costs 32,000 gas, and is one operation.
  expect(pace.asked).toBeGreaterThan(Number(MOST_GAS) / 40_000)
})
