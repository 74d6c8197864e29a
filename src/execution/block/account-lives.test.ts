/** Accounts that come and go within a block, and what is left of them in its writes. */
import { Address, bytesToUnprefixedHex, concatBytes } from '@ethereumjs/util'
import { describe, expect, test } from 'vitest'
import { loadKeccak } from '../../chain/keccak.ts'
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
  TEST_COINBASE,
  testBlock,
  type TestAccount,
  type TestFork,
  type TestTransaction,
} from '../execution.fixtures.ts'
import { bytesToWord, wordToBytes32 } from '../words.ts'

const FACTORY = 0xfac70n
const HEIR = 0x4e14n

/** Stores 5 in slot 1 and 7 in slot 2, then deploys code that destroys itself in favour of the heir. */
const runtime = code(op(0xff, HEIR))
const initCode = code(
  op(0x55, 1n, 5n),
  op(0x55, 2n, 7n),
  op(0x52, 0n, bytesToWord(runtime)),
  op(0xf3, BigInt(32 - runtime.length), BigInt(runtime.length)),
)
/** Makes the child, always at the same address, and leaves that on the stack. */
const create2 = [
  ...op(0x52, 0n, bytesToWord(initCode)),
  ...op(0xf5, 0n, BigInt(32 - initCode.length), BigInt(initCode.length), 0n),
]
/** Calls the address on the stack. */
const callIt = [...push(0n), ...push(0n), ...push(0n), ...push(0n), ...push(0n), 0x85, 0x5a, 0xf1]

async function childAddress(): Promise<bigint> {
  const keccak = await loadKeccak()
  const preimage = concatBytes(Uint8Array.of(0xff), address(FACTORY), wordToBytes32(0n), keccak(initCode))
  return bytesToWord(keccak(preimage).subarray(12))
}

async function writes(
  engine: 'tuned' | 'stock',
  fork: TestFork,
  accounts: Iterable<readonly [bigint, TestAccount]>,
  calls: readonly (readonly [to: bigint, value?: bigint, gasLimit?: bigint])[],
): Promise<(key: bigint) => AccountWrite | undefined> {
  const transactions = calls.map(([to, value = 0n, gasLimit = 500_000n], nonce): TestTransaction => {
    const fields = { type: 0, to: new Address(address(to)), nonce, gasPrice: 10n, gasLimit, value } as const
    return { from: sender(0), fields }
  })
  const state = new Map([...systemContracts(fork), [sender(0).key, { balance: 10n ** 20n }] as const, ...accounts])
  const run = await runTestBlock(engine, testBlock(fork, transactions), await memoryReader(state))
  return (key) => run.writes.accounts.get(bytesToUnprefixedHex(address(key)))
}

const slot = (n: number): string => n.toString(16).padStart(64, '0')

describe.each(['tuned', 'stock'] as const)('%s', (engine) => {
  test('destroyed in one transaction and made again in the next: nothing of the old storage remains', async () => {
    const child = await childAddress()
    const old = new Map([
      [1n, 99n],
      [9n, 99n],
    ])
    const accounts: [bigint, TestAccount][] = [
      [FACTORY, { nonce: 1n, code: code(create2, [0x00]) }],
      [child, { nonce: 1n, balance: 3n, code: runtime, storage: old }],
    ]
    const of = await writes(engine, 'london', accounts, [[child], [FACTORY]])
    expect(of(HEIR)).toMatchObject({ kind: 'updated', balance: 3n })
    expect(of(child)).toMatchObject({ kind: 'updated', nonce: 1n, balance: 0n })
    expect(of(child)).toMatchObject({
      storage: {
        kind: 'cleared',
        slots: new Map([
          [slot(1), Uint8Array.of(5)],
          [slot(2), Uint8Array.of(7)],
        ]),
      },
    })
  })

  test('made and destroyed in one transaction: no write, before and after EIP-6780', async () => {
    const child = await childAddress()
    for (const fork of ['london', 'prague'] as const) {
      const of = await writes(
        engine,
        fork,
        [[FACTORY, { nonce: 1n, code: code(create2, callIt, [0x00]) }]],
        [[FACTORY]],
      )
      expect(of(child)).toBeUndefined()
      expect(of(FACTORY)).toMatchObject({ nonce: 2n })
    }
  })

  test('destroyed later than made: gone before EIP-6780, kept without its ether since', async () => {
    const child = await childAddress()
    const factory = [FACTORY, { nonce: 1n, code: code(create2, [0x00]) }] as const
    expect((await writes(engine, 'london', [factory], [[FACTORY], [child, 8n]]))(child)).toBeUndefined()
    const of = await writes(engine, 'cancun', [factory], [[FACTORY], [child, 8n]])
    expect(of(child)).toMatchObject({ kind: 'updated', nonce: 1n, balance: 0n })
    expect(of(HEIR)).toMatchObject({ balance: 8n })
  })

  test('destroyed for good: a deletion', async () => {
    const accounts = [[FACTORY, { nonce: 1n, balance: 2n, code: runtime, storage: new Map([[1n, 1n]]) }]] as const
    expect((await writes(engine, 'london', accounts, [[FACTORY]]))(FACTORY)).toEqual({ kind: 'deleted' })
  })

  test('itself as heir: the ether burns where the account goes, and stays where it does not', async () => {
    const accounts = [[FACTORY, { nonce: 1n, balance: 2n, code: code([0x30, 0xff]) }]] as const
    expect((await writes(engine, 'london', accounts, [[FACTORY]]))(FACTORY)).toEqual({ kind: 'deleted' })
    expect((await writes(engine, 'cancun', accounts, [[FACTORY]]))(FACTORY)).toBeUndefined()
  })

  test('empty accounts left from before EIP-158 go when they are touched, and missing ones do not come', async () => {
    const touches = code(op(0xf1, 0n, 0xe0n, 0n, 0n, 0n, 0n, 0n), op(0xf1, 0n, 0xe1n, 0n, 0n, 0n, 0n, 0n), [0x00])
    const accounts = [
      [FACTORY, { nonce: 1n, code: touches }],
      [0xe0n, {}],
    ] as const
    const of = await writes(engine, 'byzantium', accounts, [[FACTORY]])
    expect(of(0xe0n)).toEqual({ kind: 'deleted' })
    expect(of(0xe1n)).toBeUndefined()
  })

  test('a touch is reverted with its frame, but not that of RIPEMD-160', async () => {
    const touches = (key: bigint): readonly number[] => op(0xf1, 5000n, key, 0n, 0n, 0n, 0n, 0n)
    const accounts = [
      [FACTORY, { nonce: 1n, code: code(touches(3n), touches(0xe0n), [0xfe]) }],
      [3n, {}],
      [0xe0n, {}],
    ] as const
    const of = await writes(engine, 'byzantium', accounts, [[FACTORY]])
    expect(of(3n)).toEqual({ kind: 'deleted' })
    expect(of(0xe0n)).toBeUndefined()
  })

  test('what ends as it began is not written', async () => {
    const there = code(op(0x55, 1n, 9n), op(0x55, 1n, 1n), op(0x55, 4n, 0n), [0x00])
    const accounts = [[FACTORY, { nonce: 1n, code: there, storage: new Map([[1n, 1n]]) }]] as const
    expect((await writes(engine, 'prague', accounts, [[FACTORY]]))(FACTORY)).toBeUndefined()
    // Over two transactions as well.
    const flips = code(op(0x54, 1n), [0x15], push(1n), [0x55, 0x00])
    const flipping = [[FACTORY, { nonce: 1n, code: flips, storage: new Map([[1n, 1n]]) }]] as const
    expect((await writes(engine, 'prague', flipping, [[FACTORY], [FACTORY]]))(FACTORY)).toBeUndefined()
    expect((await writes(engine, 'prague', flipping, [[FACTORY]]))(FACTORY)).toMatchObject({
      storage: { kind: 'kept', slots: new Map([[slot(1), new Uint8Array(0)]]) },
    })
  })

  test('transient storage ends with its transaction', async () => {
    // Stores what slot 1 held, then sets it.
    const remembers = code(op(0x5c, 1n), push(7n), [0x55], op(0x5d, 1n, 3n), [0x00])
    const accounts = [[FACTORY, { nonce: 1n, code: remembers }]] as const
    expect((await writes(engine, 'cancun', accounts, [[FACTORY], [FACTORY]]))(FACTORY)).toBeUndefined()
  })
  test('more ether than a word holds: a transfer of it fails by itself, a fee makes the block invalid', async () => {
    const full = { balance: 2n ** 256n - 1n }
    expect((await writes(engine, 'prague', [[HEIR, full]], [[HEIR, 1n]]))(HEIR)).toBeUndefined()
    const paid = writes(engine, 'prague', [[bytesToWord(TEST_COINBASE), full]], [[HEIR]])
    const message = expect.stringMatching(/c0ffee would have \d+ wei/) as string
    await expect(paid).rejects.toMatchObject({ name: 'InvalidBlockError', code: 'invalid-block', message })
  })
})
