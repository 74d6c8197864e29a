/** Blocks of random programs that get in one another's way. */
import { Address } from '@ethereumjs/util'
import fc from 'fast-check'
import {
  address,
  code,
  op,
  sender,
  systemContracts,
  TEST_COINBASE,
  testBlock,
  type TestAccount,
  type TestBlock,
  type TestFork,
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

/** RIPEMD-160, whose touch survives a revert. */
const RIPEMD160 = 3n

export interface Scene {
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

export function scenes(fork: TestFork): fc.Arbitrary<Scene> {
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

export function stateOf(fork: TestFork, { programs }: Scene): TestState {
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

export function blockOf(fork: TestFork, { transactions }: Scene): TestBlock {
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
