/** Where EthereumJS 10.1.3 is no judge: our interpreter against the specifications themselves. */
import { Address, bytesToUnprefixedHex } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import { loadKeccak } from '../../chain/keccak.ts'
import {
  address,
  bytes,
  code,
  memoryReader,
  op,
  push,
  runTestBlock,
  sender,
  systemContracts,
  testBlock,
  type TestAccount,
  type TestFork,
} from '../execution.fixtures.ts'
import { bytesToWord } from '../words.ts'

const CALLER = 0xca11e4n
const OTHER = 0x0711e4n

interface Result {
  readonly gas: bigint
  /** What the program stored, by slot. */
  readonly stored: (slot: number) => bigint
  readonly reads: readonly { readonly kind: string; readonly key: bigint }[]
}

async function run(
  fork: TestFork,
  program: Uint8Array,
  accounts: readonly (readonly [bigint, TestAccount])[] = [],
): Promise<Result> {
  const to = new Address(address(CALLER))
  const fields = { type: 0, to, nonce: 0n, gasPrice: 10n, gasLimit: 4_000_000n } as const
  const state = new Map([
    ...systemContracts(fork),
    [sender(0).key, { balance: 10n ** 20n }] as const,
    [CALLER, { nonce: 1n, balance: 5n, code: program }] as const,
    ...accounts,
  ])
  const reader = await memoryReader(state)
  const { gasUsed, writes } = await runTestBlock('tuned', testBlock(fork, [{ from: sender(0), fields }]), reader)
  const write = writes.accounts.get(bytesToUnprefixedHex(address(CALLER)))
  const slots = write?.kind === 'updated' ? write.storage.slots : new Map<string, Uint8Array>()
  const stored = (slot: number): bigint =>
    bytesToWord(slots.get(slot.toString(16).padStart(64, '0')) ?? new Uint8Array(0))
  return { gas: gasUsed - 21_000n, stored, reads: reader.reads }
}

test('code that starts with 0xef00 is code like any other as long as no fork has EOF', async () => {
  const keccak = await loadKeccak()
  const odd = bytes('ef00010203')
  const program = code(
    [...op(0x3b, OTHER), ...push(1n), 0x55],
    [...op(0x3f, OTHER), ...push(2n), 0x55],
    [...op(0x3c, OTHER, 0n, 0n, 32n), ...op(0x51, 0n), ...push(3n), 0x55, 0x00],
  )
  const { stored } = await run('osaka', program, [[OTHER, { nonce: 1n, code: odd }]])
  expect(stored(1)).toBe(5n)
  expect(stored(2)).toBe(bytesToWord(keccak(odd)))
  expect(stored(3)).toBe(0xef00010203n << 216n)
})

test('init code that starts with 0xef00 fails at its first byte, which is no operation', async () => {
  const program = code(
    op(0x52, 0n, 0xef00n << 240n),
    [...op(0xf0, 0n, 0n, 2n), ...push(1n), 0x55],
    [...push(9n), ...push(2n), 0x55, 0x00],
  )
  const { stored, gas } = await run('osaka', program)
  expect([stored(1), stored(2)]).toEqual([0n, 9n])
  // An invalid operation takes all that was passed on: 63 of 64 parts.
  expect(gas).toBeGreaterThan(3_900_000n)
})

const delegation = (to: bigint): Uint8Array => Uint8Array.from([0xef, 0x01, 0x00, ...address(to)])
const measured = code([0x5a], op(0xf1, 0n, OTHER, 0n, 0n, 0n, 0n, 0n), [0x50, 0x5a, 0x90, 0x03], push(1n), [0x55, 0x00])
/** Seven pushes, POP and the GAS between the two readings. */
const AROUND = 7n * 3n + 2n + 2n

test.each([
  ['a missing account', undefined, 2600n],
  ['code', bytes('00'), 2600n],
  ['a delegation to a cold account', delegation(0x1234n), 2600n + 2600n],
  ['a delegation to the caller, which is warm', delegation(CALLER), 2600n + 100n],
  // EIP-7702: the authority is accessed before its delegate is looked at, so the delegate is warm by then.
  ['a delegation to itself', delegation(OTHER), 2600n + 100n],
  ['a delegation to a precompile, which is warm and runs nothing', delegation(2n), 2600n + 100n],
] as const)('a call to %s costs what its accesses cost', async (_, target, gas) => {
  const accounts = target === undefined ? [] : [[OTHER, { nonce: 1n, code: target }] as const]
  expect((await run('prague', measured, accounts)).stored(1)).toBe(gas + AROUND)
})

test('a delegation is followed once: the code of a delegated delegate is run as it is, and fails', async () => {
  const program = code(op(0xf1, 5000n, OTHER, 0n, 0n, 0n, 0n, 0n), push(1n), [0x55], push(7n), push(2n), [0x55, 0x00])
  const accounts = [
    [OTHER, { nonce: 1n, code: delegation(0x1234n) }],
    [0x1234n, { nonce: 1n, code: delegation(0x5678n) }],
    [0x5678n, { nonce: 1n, code: bytes('00') }],
  ] as const
  const { stored, reads } = await run('prague', program, accounts)
  expect([stored(1), stored(2)]).toEqual([0n, 7n])
  expect(reads.some(({ key }) => key === 0x5678n)).toBe(false)
})
