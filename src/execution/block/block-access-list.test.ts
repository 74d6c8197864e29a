/** The access list of a whole block, as its bytes, and how many entries a block may have. */
import { RLP } from '@ethereumjs/rlp'
import { Address, bytesToBigInt, bytesToHex, concatBytes, hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { describe, expect, test } from 'vitest'
import { loadKeccak } from '../../chain/keccak.ts'
import {
  address,
  code,
  memoryReader,
  op,
  push,
  runTestBlock,
  sender,
  systemContracts,
  TEST_BLOCK_NUMBER,
  TEST_COINBASE,
  testBlock,
  testHash,
  type TestAccount,
  type TestTransaction,
} from '../execution.fixtures.ts'
import { AccessRecorder } from '../state/access-recorder.ts'
import { FlatState } from '../state/flat-state.ts'
import { AccessListSizeError, encodeBlockAccessList } from './block-access-list.ts'

const FIRST = 0xf1n
const SECOND = 0xf2n
const WITHDRAWER = 0x3d4an
/** In an EIP-2930 list, and touched by nobody. */
const LISTED = 0x115edn

type Item = Uint8Array | Item[]
const plain = (item: Item): unknown => (item instanceof Uint8Array ? bytesToHex(item) : item.map(plain))
const keyOf = (key: bigint): PrefixedHexString => bytesToHex(address(key))

describe.each(['tuned', 'stock'] as const)('%s', (engine) => {
  test('a block: what the protocol writes before, two transactions, a withdrawal after them', async () => {
    const accounts: [bigint, TestAccount][] = [
      // Reads slot 2, writes slot 1, puts slot 3 back, and calls the second, which reverts.
      [
        FIRST,
        {
          nonce: 1n,
          storage: new Map([[3n, 9n]]),
          code: code(
            [...op(0x54, 2n), 0x50],
            op(0x55, 1n, 0x100n),
            [...op(0x55, 3n, 1n), ...op(0x55, 3n, 9n)],
            [...op(0xf1, 50_000n, SECOND, 0n, 0n, 0n, 0n, 0n), 0x50],
          ),
        },
      ],
      [SECOND, { nonce: 1n, code: code(op(0x55, 5n, 1n), op(0xfd, 0n, 0n)) }],
    ]
    const fields = { gasPrice: 10n, gasLimit: 1_000_000n } as const
    const transactions: TestTransaction[] = [
      { from: sender(0), fields: { type: 0, nonce: 0n, to: new Address(address(FIRST)), ...fields } },
      {
        from: sender(0),
        fields: {
          ...{ type: 1, chainId: 7331, nonce: 1n, to: new Address(TEST_COINBASE), value: 3n, ...fields },
          accessList: [{ address: keyOf(LISTED), storageKeys: [] }],
        },
      },
    ]
    const state = new Map([
      ...systemContracts('amsterdam'),
      [sender(0).key, { balance: 10n ** 18n }] as const,
      ...accounts,
    ])
    const block = testBlock('amsterdam', transactions, [LISTED + 1n, WITHDRAWER])
    const { blockAccessList } = await runTestBlock(engine, block, await memoryReader(state))
    const list = plain(RLP.decode(blockAccessList)) as [string, ...unknown[]][]
    const of = (key: bigint) => list.find(([shown]) => shown === keyOf(key))?.slice(1)

    expect(list.map(([shown]) => BigInt(shown))).toEqual([...list.map(([shown]) => BigInt(shown))].sort(ascending))
    // The beacon root and the parent's hash, before the transactions; the test's contracts store them by number.
    const stored = (hash: Uint8Array) => [[['0x09', [['0x', bytesToHex(hash)]]]], [], [], [], []]
    expect(of(0x000f3df6d732807ef1319fb7b8bb8522d0beac02n)).toEqual(stored(testHash(0)))
    expect(of(0x0000f90827f1c53a10cb7a02335b175320002935n)).toEqual(stored(testHash(TEST_BLOCK_NUMBER - 1)))
    expect(of(FIRST)).toEqual([[['0x01', [['0x01', '0x0100']]]], ['0x02', '0x03'], [], [], []])
    expect(of(SECOND)).toEqual([[], ['0x05'], [], [], []])
    expect(of(sender(0).key)).toEqual([
      [],
      [],
      [
        ['0x01', expect.any(String)],
        ['0x02', expect.any(String)],
      ],
      [
        ['0x01', '0x01'],
        ['0x02', '0x02'],
      ],
      [],
    ])
    // Withdrawals are of 0 and 1 Gwei: both accounts are accessed, one changes.
    expect(of(LISTED + 1n)).toEqual([[], [], [], [], []])
    expect(of(WITHDRAWER)).toEqual([[], [], [['0x03', '0x3b9aca00']], [], []])
    expect(of(LISTED)).toBeUndefined()
    expect(of(0xfffffffffffffffffffffffffffffffffffffffen)).toBeUndefined()
    // Four that the protocol asks after the transactions, two before them.
    expect(list).toHaveLength(6 + 2 + 1 + 1 + 2)
  })
})

/** What EthereumJS 10.1.3 would list otherwise; see docs/execution.md. */
describe.each(['tuned', 'stock'] as const)('%s, by the EIP and not as EthereumJS has it:', (engine) => {
  async function listOf(
    transactions: readonly TestTransaction['fields'][],
    accounts: readonly [bigint, TestAccount][],
  ) {
    const state = new Map([
      ...systemContracts('amsterdam'),
      [sender(0).key, { balance: 10n ** 18n }] as const,
      ...accounts,
    ])
    const signed = transactions.map((fields, nonce) => ({ from: sender(0), fields: { ...fields, nonce } }))
    const { blockAccessList } = await runTestBlock(engine, testBlock('amsterdam', signed), await memoryReader(state))
    const list = plain(RLP.decode(blockAccessList)) as [string, ...unknown[]][]
    return { list, of: (key: bigint) => list.find(([shown]) => shown === keyOf(key))?.slice(1) }
  }

  const legacy = (to: bigint, value = 0n): TestTransaction['fields'] => ({
    ...{ type: 0, gasPrice: 10n, gasLimit: 1_000_000n, to: new Address(address(to)), value },
  })

  test('a slot that is written back in a call that is reverted has changed, and has not been read', async () => {
    // Called with a byte of data it clears what it has set, and reverts.
    const clears = code(op(0x55, 1n, 0n), op(0xfd, 0n, 0n))
    const sets = code(op(0x55, 1n, 5n), [...op(0xf1, 100_000n, FIRST, 0n, 0n, 1n, 0n, 0n), 0x50, 0x00])
    const branch = (to: number): number[] => [0x36, ...push(BigInt(to)), 0x57]
    const program = code(branch(4 + sets.length), [...sets], [0x5b], [...clears])
    const { of } = await listOf([legacy(FIRST)], [[FIRST, { nonce: 1n, code: program }]])
    expect(of(FIRST)).toEqual([[['0x01', [['0x01', '0x05']]]], [], [], [], []])
  })

  test('an authorization that is taken back for want of gas is an access', async () => {
    const authorization = {
      ...{ chainId: '0x0', address: keyOf(FIRST), nonce: '0x0', yParity: '0x1' },
      ...{ r: `0x${'22'.repeat(32)}`, s: `0x${'22'.repeat(32)}` },
    } as const
    const fields = {
      ...{ type: 4, chainId: 7331, maxFeePerGas: 20n, maxPriorityFeePerGas: 2n, gasLimit: 300_000n },
      // An account that does not exist, which costs more than is left.
      ...{ to: new Address(address(SECOND)), value: 1n, authorizationList: [authorization] },
    } as const
    const { list, of } = await listOf([fields], [])
    expect(of(SECOND)).toBeUndefined()
    const others = list.filter(([, ...changes]) => changes.every((part) => (part as unknown[]).length === 0))
    // The authority (some key's: any point of the curve makes a signature), and the contracts asked for requests.
    expect(others).toHaveLength(5)
    expect(list.filter(([, , , , nonces, codes]) => [nonces, codes].flat().length > 0)).toHaveLength(1)
  })

  test('what an earlier transaction did to an account stays when a later one makes and destroys it', async () => {
    // It gets a wei, passes that on, and destroys itself with what it had before.
    const initCode = code(op(0xf1, 0n, SECOND, 1n, 0n, 0n, 0n, 0n), [0x30, 0xff])
    const program = code(op(0x52, 0n, bytesToBigInt(initCode) << BigInt(8 * (32 - initCode.length))), [
      ...op(0xf5, 1n, 0n, BigInt(initCode.length), 0n),
      0x00,
    ])
    const keccak = await loadKeccak()
    const child = bytesToBigInt(
      keccak(concatBytes(Uint8Array.of(0xff), address(FIRST), new Uint8Array(32), keccak(initCode))).subarray(12),
    )
    const { of } = await listOf(
      [legacy(child, 5n), legacy(FIRST)],
      [
        [FIRST, { nonce: 1n, balance: 1n, code: program }],
        [SECOND, { balance: 1n }],
      ],
    )
    expect(of(FIRST)).toEqual([[], [], [['0x02', '0x']], [['0x02', '0x02']], []])
    expect(of(SECOND)).toEqual([[], [], [['0x02', '0x02']], [], []])
    expect(of(child)).toEqual([[], [], [['0x01', '0x05']], [], []])
  })
})

test('an account or a slot takes 2,000 gas of the limit', async () => {
  const state = new FlatState(await memoryReader(new Map()))
  const recorder = new AccessRecorder(state)
  for (const key of [FIRST, SECOND]) {
    await state.load(state.entry(key))
    for (const slot of [1n, 2n]) recorder.slot(state.entry(key), slot)
  }
  recorder.close(0)
  expect(RLP.decode(encodeBlockAccessList(recorder, 12_000n))).toEqual(
    [FIRST, SECOND].map((key) => [hexToBytes(keyOf(key)), [], [Uint8Array.of(1), Uint8Array.of(2)], [], [], []]),
  )
  expect(() => encodeBlockAccessList(recorder, 11_999n)).toThrow(AccessListSizeError)
})

test('nothing accessed is an empty list', async () => {
  const recorder = new AccessRecorder(new FlatState(await memoryReader(new Map())))
  expect(encodeBlockAccessList(recorder, 0n)).toEqual(Uint8Array.of(0xc0))
})

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : 1)
