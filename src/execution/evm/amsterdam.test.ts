/** What Amsterdam changes in the EVM, counted by hand from its EIPs, on both engines: where they agree both could be wrong. */
import { paramsEVM } from '@ethereumjs/evm'
import { RLP } from '@ethereumjs/rlp'
import { Address, bytesToBigInt, bytesToUnprefixedHex } from '@ethereumjs/util'
import { describe, expect, test } from 'vitest'
import type { AccountWrite } from '../../state/state-writes.ts'
import {
  address,
  code,
  memoryReader,
  op,
  push,
  runTestBlock,
  sender,
  systemContracts,
  TEST_SLOT,
  testBlock,
  testCommon,
  type TestAccount,
  type TestFork,
  type TestTransaction,
} from '../execution.fixtures.ts'
import { bytesToWord } from '../words.ts'
import { forkRules } from './fork-rules.ts'

const CALLER = 0xca11e4n
const OTHER = 0x0711e4n
const MISSING = 0xdead_beefn
const SYSTEM = 0xfffffffffffffffffffffffffffffffffffffffen

/** EIP-8037: 1,530 gas a byte; 120 bytes for an account, 64 for a slot. */
const NEW_ACCOUNT = 183_600n
const NEW_SLOT = 97_920n
/** EIP-8038. */
const COLD_ACCOUNT = 3_000n
const COLD_SLOT = 2_100n
const WARM = 100n
const SLOT_WRITE = 10_000n
/** EIP-2780: a transaction's base with a call of another account, and with a value. */
const CALL_BASE = 12_000n + 3_000n
const VALUE_BASE = CALL_BASE + 6_000n

interface Sent {
  readonly to?: bigint | undefined
  readonly value?: bigint
  readonly gasLimit?: bigint
  readonly data?: Uint8Array
}

interface ShownLog {
  readonly from: bigint
  readonly to: bigint
  readonly value: bigint
}

interface Result {
  /** What the header counts. */
  readonly gasUsed: bigint
  /** What each sender pays for. */
  readonly paid: readonly bigint[]
  readonly succeeded: readonly boolean[]
  /** Of ether that moved, by the transaction. */
  readonly transfers: readonly (readonly ShownLog[])[]
  readonly write: (key: bigint) => AccountWrite | undefined
  readonly stored: (slot: number) => bigint
}

type Accounts = readonly (readonly [bigint, TestAccount])[]

describe.each(['tuned', 'stock'] as const)('%s', (engine) => {
  async function run(sent: readonly Sent[], accounts: Accounts = [], fork: TestFork = 'amsterdam'): Promise<Result> {
    const transactions = sent.map(({ to, value = 0n, gasLimit = 4_000_000n, data }, nonce): TestTransaction => {
      const target = to === undefined ? {} : { to: new Address(address(to)) }
      const fields = { type: 0, nonce, gasPrice: 10n, gasLimit, value, ...target, ...(data && { data }) } as const
      return { from: sender(0), fields }
    })
    const state = new Map([...systemContracts(fork), [sender(0).key, { balance: 10n ** 20n }] as const, ...accounts])
    const { gasUsed, receipts, writes } = await runTestBlock(
      engine,
      testBlock(fork, transactions),
      await memoryReader(state),
    )
    const read = receipts.map(readReceipt)
    const write = (key: bigint) => writes.accounts.get(bytesToUnprefixedHex(address(key)))
    const caller = write(CALLER)
    const slots = caller?.kind === 'updated' ? caller.storage.slots : new Map<string, Uint8Array>()
    return {
      gasUsed,
      paid: read.map(({ cumulative }, i) => cumulative - (read[i - 1]?.cumulative ?? 0n)),
      succeeded: read.map(({ status }) => status),
      transfers: read.map(({ transfers }) => transfers),
      write,
      stored: (slot) => bytesToWord(slots.get(slot.toString(16).padStart(64, '0')) ?? new Uint8Array(0)),
    }
  }

  /** One call of a program, without value. */
  const runProgram = (program: Uint8Array, accounts: Accounts = [], fork: TestFork = 'amsterdam') =>
    run([{ to: CALLER }], [[CALLER, { nonce: 1n, balance: 50n, code: program }], ...accounts], fork)

  /** Gas that the operations use, by the transaction's own count. */
  async function gasOf(program: Uint8Array, accounts: Accounts = []): Promise<bigint> {
    const { paid } = await runProgram(program, accounts)
    return paid[0]! - CALL_BASE
  }

  describe('operations', () => {
    test('SLOTNUM (EIP-7843) gives the slot, for 2 gas', async () => {
      expect((await runProgram(code([0x4b], push(1n), [0x55, 0x00]))).stored(1)).toBe(TEST_SLOT)
      expect(await gasOf(code([0x4b, 0x00]))).toBe(2n)
    })

    const numbered = (items: number): number[] => Array.from({ length: items }, (_, i) => push(BigInt(i + 1))).flat()
    const storeTop = [...push(1n), 0x55, 0x00]

    test.each([
      ['DUPN takes the 17th from the top', [0xe6, 0x80], 30, 14n],
      ['DUPN takes the 235th', [0xe6, 0x5a], 240, 6n],
      ['SWAPN brings up what is below 17 others', [0xe7, 0x80], 30, 13n],
      ['EXCHANGE leaves the top alone', [0xe8, 0x8e], 30, 30n],
      ['EXCHANGE of the second and the third', [0xe8, 0x8e, 0x50], 30, 28n],
      ['EXCHANGE of the second and the 30th', [0xe8, 0x8f, 0x50], 30, 1n],
    ])('%s (EIP-8024)', async (_, operation, items, expected) => {
      const program = code(numbered(items), operation, storeTop)
      expect((await runProgram(program)).stored(1)).toBe(expected)
    })

    test.each([
      ['operands that look like JUMPDEST', [0xe6, 0x5b]],
      ['operands that look like PUSH32', [0xe7, 0x7f]],
      ['pairs from 0x52 on', [0xe8, 0x52]],
      ['too small a stack', [0xe6, 0x5a]],
    ])('%s fail', async (_, operation) => {
      expect((await runProgram(code(numbered(40), operation, [0x00]))).succeeded).toEqual([false])
    })

    test('past the end of the code the operand is zero', async () => {
      // DUPN 0 takes the 145th, and the program ends well.
      expect((await runProgram(code(numbered(145), [0xe6]))).succeeded).toEqual([true])
      expect((await runProgram(code(numbered(144), [0xe6]))).succeeded).toEqual([false])
    })

    test('before Amsterdam none of them is there', async () => {
      for (const opcode of [0x4b, 0xe6, 0xe7, 0xe8])
        expect((await runProgram(code(numbered(40), [opcode, 0x80, 0x00]), [], 'osaka')).succeeded).toEqual([false])
    })
  })

  describe('prices of access (EIP-8038)', () => {
    const there = [[OTHER, { nonce: 1n, code: code([0x00]) }]] as const
    test.each([
      ['BALANCE', op(0x31, OTHER), COLD_ACCOUNT],
      ['EXTCODEHASH', op(0x3f, OTHER), COLD_ACCOUNT],
      ['EXTCODESIZE', op(0x3b, OTHER), COLD_ACCOUNT + WARM],
      ['EXTCODECOPY of nothing', op(0x3c, OTHER, 0n, 0n, 0n), COLD_ACCOUNT + WARM + 9n],
      ['STATICCALL', op(0xfa, 0n, OTHER, 0n, 0n, 0n, 0n), COLD_ACCOUNT + 15n],
      ['SLOAD', op(0x54, 1n), COLD_SLOT],
      ['SLOAD twice', [...op(0x54, 1n), ...op(0x54, 1n)], COLD_SLOT + WARM + 3n],
    ])('%s', async (_, operation, gas) => {
      expect(await gasOf(code(operation, [0x00]), there)).toBe(gas + 3n)
    })

    test('a call with value: 11,300, of which a callee that needs none gives back 2,300', async () => {
      expect(await gasOf(code(op(0xf1, 0n, OTHER, 1n, 0n, 0n, 0n, 0n), [0x00]), there)).toBe(
        COLD_ACCOUNT + 11_300n - 2_300n + 21n,
      )
    })
  })

  describe('storage (EIP-8037, EIP-8038)', () => {
    const two = 6n
    const held = new Map([[1n, 5n]])
    test.each([
      ['a new slot', op(0x55, 1n, 7n), undefined, COLD_SLOT + SLOT_WRITE + NEW_SLOT],
      ['another value', op(0x55, 1n, 7n), held, COLD_SLOT + SLOT_WRITE],
      ['the same value', op(0x55, 1n, 5n), held, COLD_SLOT],
      ['another value twice', [...op(0x55, 1n, 7n), ...op(0x55, 1n, 8n)], held, COLD_SLOT + SLOT_WRITE + WARM + two],
    ])('%s', async (_, operations, storage, gas) => {
      const account = { nonce: 1n, code: code(operations, [0x00]), ...(storage && { storage }) }
      const { paid } = await run([{ to: CALLER }], [[CALLER, account]])
      expect(paid[0]! - CALL_BASE).toBe(gas + two)
    })

    test('a new slot that does not stay gives its state gas back at once, and the write as a refund', async () => {
      const program = code(op(0x55, 1n, 7n), op(0x55, 1n, 0n), [0x00])
      const { paid, gasUsed } = await runProgram(program)
      const before = CALL_BASE + COLD_SLOT + SLOT_WRITE + WARM + 2n * two
      expect(paid[0]).toBe(before - before / 5n)
      // EIP-7778: the block counts what was used before refunds.
      expect(gasUsed).toBe(before)
    })

    test('a cleared slot: 11,616 back, to the sender alone', async () => {
      const accounts = [[CALLER, { nonce: 1n, code: code(op(0x55, 1n, 0n), [0x00]), storage: held }]] as const
      const { paid, gasUsed } = await run([{ to: CALLER }], accounts)
      const before = CALL_BASE + COLD_SLOT + SLOT_WRITE + two
      expect(gasUsed).toBe(before)
      expect(paid[0]).toBe(before - (before / 5n < 11_616n ? before / 5n : 11_616n))
    })

    test('a block counts the larger of its two kinds of gas', async () => {
      // Three new slots: the state's share is larger than the rest.
      const program = code(op(0x55, 1n, 7n), op(0x55, 2n, 7n), op(0x55, 3n, 7n), [0x00])
      const { paid, gasUsed } = await runProgram(program)
      expect(gasUsed).toBe(3n * NEW_SLOT)
      expect(paid[0]).toBe(CALL_BASE + 3n * (COLD_SLOT + SLOT_WRITE + NEW_SLOT + two))
    })

    test('a revert gives back what the state would have grown by, a failure does not', async () => {
      const store = op(0x55, 1n, 7n)
      const reverts = await runProgram(code(store, op(0xfd, 0n, 0n)))
      expect(reverts.paid[0]).toBe(CALL_BASE + COLD_SLOT + SLOT_WRITE + 2n * two)
      expect((await runProgram(code(store, [0xfe]))).paid).toEqual([4_000_000n])
    })

    test('gas above the cap of a transaction pays for state, and what is left of it comes back', async () => {
      const cap = 2n ** 24n
      const store = code(op(0x55, 1n, 7n), [0x00])
      const accounts = [[CALLER, { nonce: 1n, code: store }]] as const
      const { paid } = await run([{ to: CALLER, gasLimit: cap + 200_000n }], accounts)
      expect(paid[0]).toBe(CALL_BASE + COLD_SLOT + SLOT_WRITE + NEW_SLOT + two)
      const fails = [[CALLER, { nonce: 1n, code: code(op(0x55, 1n, 7n), [0xfe]) }]] as const
      const failed = await run([{ to: CALLER, gasLimit: cap + 200_000n }], fails)
      expect(failed.paid).toEqual([cap])
    })
  })

  describe('new accounts (EIP-8037)', () => {
    test('by a transaction', async () => {
      const { paid, gasUsed, write } = await run([{ to: MISSING, value: 1n, gasLimit: 250_000n }])
      expect(paid).toEqual([VALUE_BASE + NEW_ACCOUNT])
      expect(gasUsed).toBe(NEW_ACCOUNT)
      expect(write(MISSING)).toMatchObject({ kind: 'updated', balance: 1n })
    })

    test('by a transaction that cannot pay for it: it fails, and nothing of it is done', async () => {
      const { paid, succeeded, write, transfers } = await run([{ to: MISSING, value: 1n, gasLimit: 100_000n }])
      expect([paid, succeeded, transfers]).toEqual([[100_000n], [false], [[]]])
      expect(write(MISSING)).toBeUndefined()
    })

    test.each([
      ['CALL', op(0xf1, 0n, MISSING, 1n, 0n, 0n, 0n, 0n), COLD_ACCOUNT + 11_300n - 2_300n + 21n],
      ['SELFDESTRUCT', op(0xff, MISSING), 5_000n + COLD_ACCOUNT + 9_000n + 3n],
    ])('by %s', async (_, operation, gas) => {
      expect(await gasOf(code(operation))).toBe(gas + NEW_ACCOUNT)
    })

    test('by a call that fails there is none, and its price comes back', async () => {
      // Point 9 of 16 bytes is no input for BLAKE2F, whose account does not exist.
      const { paid } = await runProgram(code(op(0xf1, 0n, 9n, 1n, 0n, 0n, 0n, 0n), [0x00]))
      expect(paid[0]! - CALL_BASE).toBe(WARM + 11_300n + 21n)
    })

    test('by CREATE: the account, and its code by the byte and by the word', async () => {
      const initCode = code(op(0xf3, 0n, 3n))
      const word = bytesToWord(initCode) << BigInt(8 * (32 - initCode.length))
      const program = code(op(0x52, 0n, word), op(0xf0, 0n, 0n, BigInt(initCode.length)), [0x00])
      const around = 3n + 3n + 3n + 3n + 9n + 2n
      expect(await gasOf(program)).toBe(around + 12_000n + 6n + 3n + NEW_ACCOUNT + 3n * 1_530n + 6n)
    })

    test('by a transaction that creates, and not where ether lies there already', async () => {
      // Long enough to cost more than its bytes' floor (EIP-7976).
      const initCode = code(op(0x54, 1n), [0x00])
      const [fresh, funded] = [
        await run([{ data: initCode }]),
        await run([{ data: initCode }], [[CREATED, { balance: 1n }]]),
      ]
      expect(fresh.paid[0]! - funded.paid[0]!).toBe(NEW_ACCOUNT)
      expect(fresh.write(CREATED)).toMatchObject({ kind: 'updated', nonce: 1n })
    })
  })

  describe('logs of ether (EIP-7708)', () => {
    test('come in the order of the moves, and only for what stayed moved', async () => {
      const pays = (to: bigint, value: bigint): number[] => [...op(0xf1, 50_000n, to, value, 0n, 0n, 0n, 0n), 0x50]
      const accounts = [
        [
          CALLER,
          {
            nonce: 1n,
            balance: 50n,
            code: code(
              pays(OTHER, 2n),
              pays(0xbadn, 3n),
              op(0xf2, 0n, OTHER, 4n, 0n, 0n, 0n, 0n),
              [0x50],
              pays(OTHER, 0n),
            ),
          },
        ],
        [OTHER, { nonce: 1n, code: code([0x00]) }],
        [0xbadn, { nonce: 1n, code: code(op(0xfd, 0n, 0n)) }],
      ] as const
      const { transfers } = await run([{ to: CALLER, value: 9n }], accounts)
      expect(transfers).toEqual([
        [
          { from: sender(0).key, to: CALLER, value: 9n },
          { from: CALLER, to: OTHER, value: 2n },
        ],
      ])
    })

    test('for what a creation begins with and what SELFDESTRUCT hands on, not for what it keeps', async () => {
      const [heir] = [[OTHER, { nonce: 1n }]] as const
      const gives = await run([{ value: 5n, data: code(op(0xff, OTHER)) }], [heir])
      expect(gives.transfers).toEqual([
        [
          { from: sender(0).key, to: CREATED, value: 5n },
          { from: CREATED, to: OTHER, value: 5n },
        ],
      ])
      const keeps = await run([{ value: 5n, data: code([0x30, 0xff]) }])
      expect(keeps.transfers).toEqual([[{ from: sender(0).key, to: CREATED, value: 5n }]])
    })

    test('none before', async () => {
      expect((await run([{ to: OTHER, value: 9n }], [], 'osaka')).transfers).toEqual([[]])
    })
  })

  test('SELFDESTRUCT burns nothing (EIP-8246): who is destroyed with itself as heir keeps its ether and no more', async () => {
    const sent = [{ value: 5n, data: code(op(0x55, 1n, 1n), [0x30, 0xff]) }]
    expect((await run(sent)).write(CREATED)).toMatchObject({ kind: 'updated', balance: 5n, nonce: 0n })
    expect((await run(sent, [], 'osaka')).write(CREATED)).toBeUndefined()
  })
})

test('code and init code may be longer (EIP-7954)', () => {
  const rulesOf = (fork: TestFork) => {
    const common = testCommon(fork)
    common.updateParams(paramsEVM)
    return forkRules(common)
  }
  expect(rulesOf('osaka')).toMatchObject({ maxCodeSize: 24_576, maxInitCodeSize: 49_152 })
  expect(rulesOf('amsterdam')).toMatchObject({ maxCodeSize: 65_536, maxInitCodeSize: 131_072 })
})

/** What the first sender creates with nonce 0. */
const CREATED = 0xf2e246bb76df876cef8b38ae84130f4f55de395bn

function readReceipt(receipt: Uint8Array) {
  const [status, cumulative, , logs] = RLP.decode(receipt) as unknown as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
    [Uint8Array, Uint8Array[], Uint8Array][],
  ]
  const transfers = logs
    .filter(([emitter]) => bytesToWord(emitter) === SYSTEM)
    .map(([, topics, data]) => ({
      from: bytesToWord(topics[1]!),
      to: bytesToWord(topics[2]!),
      value: bytesToWord(data),
    }))
  return { status: status.length === 1, cumulative: bytesToBigInt(cumulative), transfers }
}
