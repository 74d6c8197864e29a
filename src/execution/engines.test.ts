/** The tuned interpreter against EthereumJS's own: random programs, on the same state manager, under every fork. */
import type { TypedTxData } from '@ethereumjs/tx'
import { Address } from '@ethereumjs/util'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { InvalidBlockError } from './block/execute-block.ts'
import {
  address,
  isAtLeast,
  memoryReader,
  plain,
  runTestBlock,
  sender,
  systemContracts,
  TEST_CHAIN_ID,
  TEST_FORKS,
  testBlock,
  type TestBlock,
  type TestFork,
  type TestState,
  type TestTransaction,
} from './execution.fixtures.ts'
import {
  CONTRACTS,
  DELEGATED,
  DELEGATED_TO_ITSELF,
  DELEGATED_TO_PRECOMPILE,
  EMPTY,
  program,
} from './programs.fixtures.ts'

/** Blocks per fork: the default keeps this file below 20 s on two cores; `BEAMTAB_ENGINE_RUNS` is for longer hunts. */
const RUNS = Number(process.env['BEAMTAB_ENGINE_RUNS'] ?? 12)

const delegation = (to: bigint): Uint8Array => Uint8Array.from([0xef, 0x01, 0x00, ...address(to)])

function stateOf(fork: TestFork, programs: readonly Uint8Array[]): TestState {
  const storage = new Map([
    [0n, 1n],
    [1n, 0x1234n],
    [2n, 2n ** 255n],
  ])
  const contracts = CONTRACTS.map((key, i) => [key, { nonce: 1n, balance: 10n, code: programs[i]!, storage }] as const)
  const delegated = (to: bigint) => ({ nonce: 1n, balance: 3n, code: delegation(to) })
  return new Map([
    ...systemContracts(fork),
    ...contracts,
    // Left over from before EIP-161.
    ...(isAtLeast(fork, 'spuriousDragon') ? [] : ([[EMPTY, {}]] as const)),
    [sender(0).key, { balance: 10n ** 20n }],
    [sender(1).key, { balance: 10n ** 20n, nonce: 3n }],
    ...(isAtLeast(fork, 'prague')
      ? ([
          [DELEGATED, delegated(CONTRACTS[0]!)],
          [DELEGATED_TO_ITSELF, delegated(DELEGATED_TO_ITSELF)],
          [DELEGATED_TO_PRECOMPILE, delegated(4n)],
        ] as const)
      : []),
  ])
}

const GAS_PRICE = 10n

interface Call {
  readonly to: bigint | undefined
  readonly from: number
  readonly value: bigint
  readonly gasLimit: number
  readonly data: Uint8Array
  readonly type: number
}

/** EIP-8037: what is above EIP-7825's cap of 2^24 can be used for state alone. */
const BEYOND_TRANSACTION_CAP = { weight: 2, arbitrary: fc.integer({ min: 2 ** 24 - 1000, max: 2 ** 24 + 400_000 }) }

const call = (fork: TestFork): fc.Arbitrary<Call> =>
  fc.record({
    to: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...CONTRACTS) },
      { weight: 1, arbitrary: fc.constantFrom(undefined, EMPTY, DELEGATED, DELEGATED_TO_ITSELF, 1n, 4n) },
    ),
    from: fc.nat({ max: 1 }),
    value: fc.constantFrom(0n, 0n, 1n, 1000n),
    gasLimit: fc.oneof(
      fc.integer({ min: 60_000, max: 200_000 }),
      { weight: 3, arbitrary: fc.integer({ min: 500_000, max: 3_000_000 }) },
      ...(isAtLeast(fork, 'amsterdam') ? [BEYOND_TRANSACTION_CAP] : []),
    ),
    // For a creation these are its init code.
    data: fc.oneof(fc.uint8Array({ maxLength: 64 }), program(fork)),
    type: fc.constantFrom(0, 1, 2, 4),
  })

const FIRST_FORK_OF_TYPE: Readonly<Record<number, TestFork>> = {
  0: 'chainstart',
  1: 'berlin',
  2: 'london',
  4: 'prague',
}

function transactions(fork: TestFork, calls: readonly Call[]): TestTransaction[] {
  const nonces = [0n, 3n]
  return calls.map(({ to, from, value, gasLimit, data, type: wanted }) => {
    const type = isAtLeast(fork, FIRST_FORK_OF_TYPE[wanted]!) && !(wanted === 4 && to === undefined) ? wanted : 0
    const nonce = nonces[from]!
    nonces[from]! += 1n
    const common = { nonce, value, gasLimit, data, ...(to !== undefined && { to: new Address(address(to)) }) }
    return { from: sender(from), fields: typed(type, common) }
  })
}

function typed(type: number, common: object): TypedTxData {
  const chainId = TEST_CHAIN_ID
  const accessList = [{ address: hex(CONTRACTS[1]!), storageKeys: [`0x${'0'.repeat(63)}1`] }]
  const fees = { maxFeePerGas: 20n, maxPriorityFeePerGas: 2n }
  switch (type) {
    case 1:
      return { ...common, type, chainId, gasPrice: GAS_PRICE, accessList } as TypedTxData
    case 2:
      return { ...common, type, chainId, ...fees }
    case 4:
      return { ...common, type, chainId, ...fees, accessList, authorizationList: [AUTHORIZATION] } as TypedTxData
    default:
      return { ...common, type: 0, gasPrice: GAS_PRICE }
  }
}

/** Recovers some authority that does not exist yet and delegates it to the first contract; valid once in a block. */
const AUTHORIZATION = {
  chainId: '0x0',
  address: hex(CONTRACTS[0]!),
  nonce: '0x0',
  yParity: '0x1',
  // A point of the curve has this x; 0x11… is none's, and would recover nobody.
  r: `0x${'22'.repeat(32)}`,
  s: `0x${'22'.repeat(32)}`,
}

function hex(key: bigint): `0x${string}` {
  return `0x${key.toString(16).padStart(40, '0')}`
}

type Result = { readonly outcome: unknown } | { readonly invalid: string }

async function result(engine: 'tuned' | 'stock', block: TestBlock, state: TestState): Promise<Result> {
  try {
    return { outcome: plain(await runTestBlock(engine, block, await memoryReader(state))) }
  } catch (error) {
    if (!(error instanceof InvalidBlockError)) throw error
    return { invalid: error.message }
  }
}

test.each(TEST_FORKS)('%s: random programs come to the same in both', async (fork) => {
  const cases = fc.record({
    programs: fc.tuple(program(fork), program(fork), program(fork)),
    calls: fc.array(call(fork), { minLength: 1, maxLength: 3 }),
  })
  await fc.assert(
    fc.asyncProperty(cases, async ({ programs, calls }) => {
      const state = stateOf(fork, programs)
      const block = testBlock(fork, transactions(fork, calls), [EMPTY, CONTRACTS[0]!])
      expect(await result('tuned', block, state)).toEqual(await result('stock', block, state))
    }),
    { numRuns: RUNS },
  )
})
