/** The devnet's programs on EthereumJS: that they do what they say. */
import { createEVM, type EVM, type ExecResult } from '@ethereumjs/evm'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { SimpleStateManager } from '@ethereumjs/statemanager'
import { Account, Address, bytesToBigInt, bytesToHex, hexToBytes } from '@ethereumjs/util'
import { sha256 } from '@noble/hashes/sha2.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { beforeEach, describe, expect, test } from 'vitest'
import { asAddress, type AddressBytes } from '../../../../src/chain/bytes.ts'
import { loadKzg } from '../../../../src/execution/crypto/kzg.ts'
import { initCode, topic } from '../assembler.ts'
import { ANCESTORS, CALLER, CODES, DELEGATE, FACTORY, FAILURE, PAIR, PROXY, SLOTS, TOKENS } from './contracts.ts'
import { DEPOSIT_CODE, depositData } from './deposit.ts'
import { factoryData } from './factory.ts'
import { swapData } from './pair.ts'
import { IMPLEMENTATION_SLOT } from './proxy.ts'
import { PRECOMPILE_CALLS } from './precompile-inputs.ts'
import { ancestorsData, callerData, FAILURES, failureData } from './probes.ts'
import { slotsData } from './slots.ts'
import { allowanceSlot, approveData, balanceSlot, TOKEN_CODE, transferData, UNLIMITED } from './token.ts'
import { word } from './words.ts'

const ALICE = asAddress(new Uint8Array(20).fill(0xa1))
const BOB = asAddress(new Uint8Array(20).fill(0xb0))
const DEPOSITS = asAddress(new Uint8Array(20).fill(0xde))
const BLOCK_NUMBER = 300n

let state: SimpleStateManager
let evm: EVM

beforeEach(async () => {
  const common = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka, customCrypto: { kzg: await loadKzg() } })
  state = new SimpleStateManager({ common })
  const blockchain = {
    getBlock: async (number: number) => ({ hash: () => word(number) }),
    putBlock: async () => undefined,
    shallowCopy: () => blockchain,
  }
  evm = await createEVM({ common, stateManager: state, blockchain })
  for (const [address, code] of [...CODES, [DEPOSITS, DEPOSIT_CODE] as const]) {
    await state.putAccount(new Address(address), new Account(1n))
    await state.putCode(new Address(address), code)
  }
  await state.putAccount(new Address(ALICE), new Account(0n, 10n ** 18n))
})

async function call(to: AddressBytes, data: Uint8Array, from = ALICE, value = 0n): Promise<ExecResult> {
  const block = { header: { ...BLOCK_HEADER, number: BLOCK_NUMBER } }
  const { execResult } = await evm.runCall({
    ...{ to: new Address(to), caller: new Address(from), data, value, gasLimit: 5_000_000n },
    block: block as never,
  })
  await evm.journal.cleanup()
  return execResult
}

const BLOCK_HEADER = { coinbase: new Address(BOB), timestamp: 1n, gasLimit: 30_000_000n, difficulty: 0n }

async function worked(...args: Parameters<typeof call>): Promise<ExecResult> {
  const result = await call(...args)
  expect(result.exceptionError).toBeUndefined()
  return result
}

const slot = async (of: AddressBytes, key: Uint8Array): Promise<bigint> =>
  bytesToBigInt(await state.getStorage(new Address(of), key))
const balance = (token: AddressBytes, of: AddressBytes) => slot(token, balanceSlot(of, keccak_256))
const give = (token: AddressBytes, to: AddressBytes, amount: bigint) =>
  state.putStorage(new Address(token), balanceSlot(to, keccak_256), word(amount))

describe('token', () => {
  const [token] = TOKENS

  test('moves what there is, and says so', async () => {
    await give(token, ALICE, 100n)
    const { logs, returnValue } = await worked(token, transferData(BOB, 30n))
    expect([await balance(token, ALICE), await balance(token, BOB)]).toEqual([70n, 30n])
    expect(returnValue).toEqual(word(1))
    const topics = [topic('Transfer(address,address,uint256)'), word(ALICE), word(BOB)]
    expect(logs).toEqual([[token, topics, word(30)]])
    expect((await call(token, transferData(BOB, 71n))).exceptionError?.error).toBe('revert')
    await worked(token, transferData(ALICE, 70n))
    expect(await balance(token, ALICE)).toBe(70n)
  })

  test('lets others move what they are allowed to', async () => {
    const from = hexToBytes('0x23b872dd')
    const transferFrom = (amount: number) => Uint8Array.from([...from, ...word(ALICE), ...word(BOB), ...word(amount)])
    await give(token, ALICE, 100n)
    expect((await call(token, transferFrom(1), BOB)).exceptionError?.error).toBe('revert')
    await worked(token, approveData(BOB, 40n))
    await worked(token, transferFrom(30), BOB)
    expect(await slot(token, allowanceSlot(ALICE, BOB, keccak_256))).toBe(10n)
    expect((await call(token, transferFrom(11), BOB)).exceptionError?.error).toBe('revert')
    await worked(token, approveData(BOB, UNLIMITED))
    await worked(token, transferFrom(70), BOB)
    expect(await slot(token, allowanceSlot(ALICE, BOB, keccak_256))).toBe(UNLIMITED)
    expect(await balance(token, BOB)).toBe(100n)
  })

  test('tells balances, and refuses what it does not know', async () => {
    await give(token, BOB, 5n)
    const balanceOf = Uint8Array.from([...hexToBytes('0x70a08231'), ...word(BOB)])
    expect((await worked(token, balanceOf)).returnValue).toEqual(word(5))
    expect((await call(token, hexToBytes('0x12345678'))).exceptionError?.error).toBe('revert')
  })
})

test('the proxy is a token of its own, by the program of another', async () => {
  await state.putStorage(new Address(PROXY), IMPLEMENTATION_SLOT, TOKENS[0])
  await give(PROXY, ALICE, 100n)
  expect((await worked(PROXY, transferData(BOB, 30n))).logs?.[0]?.[0]).toEqual(PROXY)
  expect([await balance(PROXY, BOB), await balance(TOKENS[0], BOB)]).toEqual([30n, 0n])
  expect((await call(PROXY, transferData(BOB, 71n))).exceptionError?.error).toBe('revert')
})

test('the pair swaps both ways at a constant product', async () => {
  for (const [side, token] of TOKENS.entries()) {
    await give(token, PAIR, 1_000_000n)
    await state.putStorage(new Address(PAIR), word(side), word(1_000_000))
    await give(token, ALICE, 10_000n)
    await worked(token, approveData(PAIR, 10_000n))
  }
  for (const side of [0, 1] as const) {
    const [reserveIn, reserveOut] = [await slot(PAIR, word(side)), await slot(PAIR, word(1 - side))]
    const out = (997n * 1000n * reserveOut) / (reserveIn * 1000n + 997n * 1000n)
    const before = await balance(TOKENS[1 - side]!, ALICE)
    expect((await worked(PAIR, swapData(1000n, side))).returnValue).toEqual(word(out))
    expect(await balance(TOKENS[1 - side]!, ALICE)).toBe(before + out)
    expect(await slot(PAIR, word(side))).toBe(reserveIn + 1000n)
    expect(await slot(PAIR, word(1 - side))).toBe(reserveOut - out)
    for (const [at, token] of TOKENS.entries()) expect(await balance(token, PAIR)).toBe(await slot(PAIR, word(at)))
  }
  expect((await call(PAIR, swapData(1_000_000n, 0))).exceptionError?.error).toBe('revert')
})

test('runs of slots are filled and cleared', async () => {
  const read = () => Promise.all([9, 10, 11, 12, 13].map((key) => slot(SLOTS, word(key))))
  await worked(SLOTS, slotsData(10, 3, 5n))
  expect(await read()).toEqual([0n, 15n, 16n, 17n, 0n])
  await worked(SLOTS, slotsData(10, 2, 0n))
  expect(await read()).toEqual([0n, 0n, 0n, 17n, 0n])
})

test('the factory leaves one contract and destroys another, over and over', async () => {
  const survivors: string[] = []
  for (let round = 0; round < 2; round++) {
    const { selfdestruct, createdAddresses } = await worked(FACTORY, factoryData(1), ALICE, 1n)
    const survivor = bytesToHex(await state.getStorage(new Address(FACTORY), word(0)))
    survivors.push(survivor)
    const destroyed = [...selfdestruct!.keys()].filter((address) => createdAddresses!.has(address))
    expect(createdAddresses!.size).toBe(2)
    expect(destroyed).toHaveLength(1)
    expect(destroyed[0]).not.toBe(survivor)
    // From the second round on the older survivor was told to go as well.
    expect(selfdestruct!.size).toBe(round + 1)
    await state.deleteAccount(new Address(hexToBytes(destroyed[0] as `0x${string}`)))
  }
  expect(new Set(survivors).size).toBe(2)
})

test.each(PRECOMPILE_CALLS)('precompile $address takes its input', async ({ address, input, gas }) => {
  const precompile = new Address(word(address).subarray(12))
  const { execResult } = await evm.runCall({ to: precompile, data: input, gasLimit: gas })
  expect(execResult.exceptionError).toBeUndefined()
  await worked(CALLER, callerData(address, input))
  const expected = (bytesToBigInt(keccak_256(execResult.returnValue)) + 1n) % 2n ** 256n
  expect(await slot(CALLER, word(address))).toBe(expected)
})

test('checks that pass are among the inputs of precompiles', async () => {
  for (const address of [0x08n, 0x100n]) {
    const { input, gas } = PRECOMPILE_CALLS.find((each) => each.address === address)!
    const precompile = new Address(word(address).subarray(12))
    const { execResult } = await evm.runCall({ to: precompile, data: input, gasLimit: gas })
    expect(execResult.returnValue).toEqual(word(1))
  }
})

test('ancestors are read as far as BLOCKHASH reaches', async () => {
  await worked(ANCESTORS, ancestorsData([1, 256, 257, 10]))
  expect(await slot(ANCESTORS, word(0))).toBe(299n ^ 44n ^ 290n)
})

test('the delegate counts its calls', async () => {
  for (let calls = 1n; calls <= 2n; calls++) {
    const { logs } = await worked(DELEGATE, new Uint8Array())
    expect(await slot(DELEGATE, word(0))).toBe(calls)
    expect(logs).toEqual([[DELEGATE, [word(DELEGATE)], word(calls)]])
  }
})

test('failures are of three kinds, and leave nothing', async () => {
  const errors: unknown[] = []
  for (const how of FAILURES) errors.push((await call(FAILURE, failureData(how))).exceptionError?.error)
  expect(errors).toEqual(['revert', 'invalid opcode', 'out of gas'])
  expect(await slot(FAILURE, word(BLOCK_NUMBER))).toBe(0n)
})

test('deposits are logged as EIP-6110 wants them, whatever the data', async () => {
  const part = (length: number, name: string) =>
    Uint8Array.from({ length }, (_, i) => sha256(new TextEncoder().encode(name))[i % 32]!)
  const deposit = {
    ...{ pubkey: part(48, 'key'), withdrawalCredentials: part(32, 'to') },
    ...{ amount: part(8, 'gwei'), signature: part(96, 'signed') },
  }
  await state.putStorage(new Address(DEPOSITS), word(0), word(0x010203))
  const [[, topics, data]] = (await worked(DEPOSITS, depositData(deposit))).logs as [
    [Uint8Array, Uint8Array[], Uint8Array],
  ]
  expect(topics).toEqual([topic('DepositEvent(bytes,bytes,bytes,bytes,bytes)')])
  const field = (head: number) => {
    const at = Number(bytesToBigInt(data.subarray(head, head + 32)))
    return data.slice(at + 32, at + 32 + Number(bytesToBigInt(data.subarray(at, at + 32))))
  }
  expect([0, 32, 64, 96].map(field)).toEqual(Object.values(deposit))
  expect(field(128)).toEqual(Uint8Array.of(3, 2, 1, 0, 0, 0, 0, 0))
  const [[, , other]] = (await worked(DEPOSITS, Uint8Array.of(1, 2))).logs as [[Uint8Array, Uint8Array[], Uint8Array]]
  expect(other).toHaveLength(576)
})

test('init code deploys its program', async () => {
  const { createdAddress } = await evm.runCall({ data: initCode(TOKEN_CODE), gasLimit: 5_000_000n })
  expect(await state.getCode(createdAddress!)).toEqual(TOKEN_CODE)
})
