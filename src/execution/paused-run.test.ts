/** A run that has to wait for its reads comes to the same as one that has not, asks for each thing once, and asks for no more. */
import { Address } from '@ethereumjs/util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DataFaultError } from '../state/data-fault.ts'
import {
  address,
  code,
  memoryReader,
  op,
  plain,
  push,
  runTestBlock,
  sender,
  systemContracts,
  testBlock,
  TEST_FORKS,
  type Read,
  type TestBlock,
  type TestFork,
  type TestState,
} from './execution.fixtures.ts'
import { CONTRACTS, program } from './programs.fixtures.ts'

const RUNS = Number(process.env['BEAMTAB_ENGINE_RUNS'] ?? 6)

const later = <T>(_: Read, value: T): Promise<T> => new Promise((resolve) => setImmediate(() => resolve(value)))
const name = (read: Read): string => `${read.kind} ${read.key.toString(16)} ${read.kind === 'slot' ? read.slot : ''}`

function stateOf(fork: TestFork, programs: readonly Uint8Array[]): TestState {
  const storage = new Map([[1n, 7n]])
  return new Map([
    ...systemContracts(fork),
    ...CONTRACTS.map((key, i) => [key, { nonce: 1n, balance: 10n, code: programs[i]!, storage }] as const),
    [sender(0).key, { balance: 10n ** 20n }],
  ])
}

function callBlock(fork: TestFork, to: bigint, gasLimit = 1_000_000n): TestBlock {
  const fields = { type: 0, to: new Address(address(to)), nonce: 0n, gasPrice: 10n, gasLimit, value: 1n } as const
  return testBlock(fork, [{ from: sender(0), fields }])
}

/** Every other one, and the last, whose creations look at their account before all else. */
const FORKS = TEST_FORKS.filter((fork, i) => i % 2 === 0 || fork === 'amsterdam')

test.each(FORKS)('%s: reads that come later change nothing', async (fork) => {
  await fc.assert(
    fc.asyncProperty(fc.tuple(program(fork), program(fork), program(fork)), async (programs) => {
      const state = stateOf(fork, programs)
      const block = callBlock(fork, CONTRACTS[0]!)
      const [now, paused] = [await memoryReader(state), await memoryReader(state, later)]
      const expected = plain(await runTestBlock('tuned', block, now))
      expect(plain(await runTestBlock('tuned', block, paused))).toEqual(expected)
      expect(paused.reads.map(name)).toEqual(now.reads.map(name))
      expect(new Set(paused.reads.map(name)).size).toBe(paused.reads.length)
    }),
    { numRuns: RUNS },
  )
})

test('a read that faults ends the run with that fault and nothing else, whichever it is, now or later', async () => {
  const [first] = fc.sample(fc.tuple(program('prague'), program('prague'), program('prague')), { seed: 5, numRuns: 1 })
  const state = stateOf('prague', first!)
  const block = callBlock('prague', CONTRACTS[0]!)
  const { reads } = await (async () => {
    const reader = await memoryReader(state)
    await runTestBlock('tuned', block, reader)
    return reader
  })()
  expect(reads.length).toBeGreaterThan(5)
  for (const [index] of reads.entries()) {
    const fault = new DataFaultError({ kind: 'header', number: index })
    for (const fail of [() => Promise.reject(fault), thrower(fault)]) {
      let asked = 0
      const reader = await memoryReader(state, (_, value) => (asked++ === index ? fail() : value))
      await expect(runTestBlock('tuned', block, reader)).rejects.toBe(fault)
      expect(asked).toBe(index + 1)
    }
  }
})

function thrower(error: Error): () => never {
  return () => {
    throw error
  }
}

/** Mentioned by nothing but the operation under test. */
const OTHER = 0x0711e4n
const TRANSACTION_GAS = 21_000n

/** An operation, what its operands and static price cost before it asks, and what it asks for. */
const reading: [what: string, fork: TestFork, program: readonly number[], gas: bigint, asks: Read['kind']][] = [
  ['SLOAD of a cold slot', 'berlin', op(0x54, 9n), 3n + 2100n, 'slot'],
  ['SLOAD before access lists', 'istanbul', op(0x54, 9n), 3n + 800n, 'slot'],
  ['SSTORE above the sentry', 'berlin', op(0x55, 9n, 1n), 6n + 2301n, 'slot'],
  ['BALANCE of a cold account', 'berlin', op(0x31, OTHER), 3n + 2600n, 'account'],
  ['EXTCODESIZE', 'berlin', op(0x3b, OTHER), 3n + 2600n, 'account'],
  ['EXTCODEHASH', 'berlin', op(0x3f, OTHER), 3n + 2600n, 'account'],
  ['EXTCODECOPY with its words and memory', 'berlin', op(0x3c, OTHER, 0n, 0n, 33n), 12n + 2600n + 6n + 6n, 'account'],
  ['CALL', 'berlin', op(0xf1, 0n, OTHER, 0n, 0n, 0n, 0n, 0n), 21n + 2600n, 'account'],
  ['CALL that moves ether', 'berlin', op(0xf1, 0n, OTHER, 1n, 0n, 0n, 0n, 0n), 21n + 2600n + 9000n, 'account'],
  ['STATICCALL', 'berlin', op(0xfa, 0n, OTHER, 0n, 0n, 0n, 0n), 18n + 2600n, 'account'],
  ['DELEGATECALL', 'berlin', op(0xf4, 0n, OTHER, 0n, 0n, 0n, 0n), 18n + 2600n, 'account'],
  ['SELFDESTRUCT', 'berlin', op(0xff, OTHER), 3n + 5000n + 2600n, 'account'],
  ['CALL through a delegation', 'prague', op(0xf1, 0n, OTHER, 0n, 0n, 0n, 0n, 0n), 21n + 2600n, 'account'],
]

test.each(reading)(
  '%s (%s) is asked for with the gas for it, and not with one less',
  async (_, fork, bytes, gas, asks) => {
    const asked = async (gasForProgram: bigint): Promise<number> => {
      const state = stateOf(fork, [code(bytes), code([0x00]), code([0x00])])
      const reader = await memoryReader(state)
      await runTestBlock('tuned', callBlock(fork, CONTRACTS[0]!, TRANSACTION_GAS + gasForProgram), reader)
      const key = asks === 'slot' ? CONTRACTS[0]! : OTHER
      return reader.reads.filter((read) => read.kind === asks && read.key === key).length
    }
    expect(await asked(gas - 1n)).toBe(0)
    expect(await asked(gas)).toBe(1)
  },
)

test('an SSTORE at the sentry asks for nothing, and fails', async () => {
  const reader = await memoryReader(stateOf('istanbul', [code(op(0x55, 9n, 1n)), code([]), code([])]))
  const run = await runTestBlock('tuned', callBlock('istanbul', CONTRACTS[0]!, TRANSACTION_GAS + 2306n), reader)
  expect(reader.reads.some(({ kind }) => kind === 'slot')).toBe(false)
  expect(run.gasUsed).toBe(TRANSACTION_GAS + 2306n)
})

test('a delegate is read only with the gas to reach it', async () => {
  const delegation = Uint8Array.from([0xef, 0x01, 0x00, ...address(OTHER)])
  const caller = code([...op(0xf1, 0n, CONTRACTS[1]!, 0n, 0n, 0n, 0n, 0n)])
  const asked = async (gas: bigint): Promise<boolean> => {
    const reader = await memoryReader(stateOf('prague', [caller, delegation, code([0x00])]))
    await runTestBlock('tuned', callBlock('prague', CONTRACTS[0]!, TRANSACTION_GAS + gas), reader)
    expect(reader.reads.some(({ key }) => key === CONTRACTS[1])).toBe(true)
    return reader.reads.some(({ key }) => key === OTHER)
  }
  // Operands, the authority, the delegate.
  expect(await asked(21n + 2600n + 2600n - 1n)).toBe(false)
  expect(await asked(21n + 2600n + 2600n)).toBe(true)
})

test('a precompile is not run again because a read had to wait', async () => {
  // Identity copies 32 bytes; its output lands behind them, and both are stored.
  const copies = [
    ...op(0x52, 0n, 0x1234n),
    ...op(0xf1, 1000n, 4n, 0n, 0n, 32n, 32n, 32n),
    0x50,
    ...op(0x51, 32n),
    ...push(1n),
    0x55,
  ]
  const state = stateOf('prague', [code(copies), code([]), code([])])
  const run = await runTestBlock('tuned', callBlock('prague', CONTRACTS[0]!), await memoryReader(state, later))
  const { storage } = run.writes.accounts.get(CONTRACTS[0]!.toString(16).padStart(40, '0')) as never as {
    storage: { slots: Map<string, Uint8Array> }
  }
  expect([...storage.slots.values()]).toEqual([Uint8Array.of(0x12, 0x34)])
})
