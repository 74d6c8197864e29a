/** EIP-7685 requests: deposits as EIP-6110 lays them out, and what the request contracts answer. */
import { Address, hexToBytes } from '@ethereumjs/util'
import { sha256 } from '@noble/hashes/sha2.js'
import { expect, test } from 'vitest'
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

/** Mainnet's, which a network without one of its own has. */
const DEPOSIT_CONTRACT = 0x00000000219ab540356cbb839cbe05303d7705fan
const DEPOSIT_EVENT = 0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5n
const WITHDRAWALS = 0x00000961ef480eb55e80d19ad83579a64c007002n
const CONSOLIDATIONS = 0x0000bbddc7ce488642fb579f8b00f3a590007251n
const BUILDER_DEPOSITS = 0x0000bff46984e3725691fa540a8c7589300d8282n
const BUILDER_EXITS = 0x000064d678505ad48f8ccb093bc65613800e8282n

const FIELDS = [48, 32, 8, 96, 8].map((length, i) => new Uint8Array(length).fill(0x41 + i))

/** The event's data as the ABI encodes five byte strings. */
function depositLog(): Uint8Array {
  const log = new Uint8Array(576)
  let at = 160
  for (const [i, field] of FIELDS.entries()) {
    new DataView(log.buffer).setUint32(32 * i + 28, at)
    new DataView(log.buffer).setUint32(at + 28, field.length)
    log.set(field, at + 32)
    at += 32 + 32 * Math.ceil(field.length / 32)
  }
  return log
}

/** Copies its call data into a log with the deposit event's topic. */
const logsInput = (topic: bigint): Uint8Array =>
  code([0x36], push(0n), push(0n), [0x37], push(topic), [0x36], push(0n), [0xa1, 0x00])

async function requestsOf(
  logs: readonly Uint8Array[],
  changes: readonly (readonly [bigint, TestAccount])[] = [],
  fork: TestFork = 'prague',
) {
  const transactions = logs.map((data, nonce) => {
    const to = new Address(address(DEPOSIT_CONTRACT))
    return { from: sender(0), fields: { type: 0, to, nonce, gasPrice: 10n, gasLimit: 200_000n, data } as const }
  })
  const state = new Map([
    ...systemContracts(fork),
    [sender(0).key, { balance: 10n ** 20n }] as const,
    [DEPOSIT_CONTRACT, { nonce: 1n, code: logsInput(DEPOSIT_EVENT) }] as const,
    ...changes,
  ])
  return (await runTestBlock('tuned', testBlock(fork, transactions), await memoryReader(state))).requestsHash
}

const request = (type: number, ...parts: Uint8Array[]): Uint8Array =>
  sha256(Uint8Array.from([type, ...parts.flatMap((part) => [...part])]))
const hashed = (...requests: Uint8Array[]): Uint8Array => sha256(Uint8Array.from(requests.flatMap((part) => [...part])))

test('no requests hash as none', async () => {
  expect(await requestsOf([])).toEqual(sha256(new Uint8Array(0)))
})

test('deposits are the fields of their events one after another, all deposits one request', async () => {
  expect(await requestsOf([depositLog(), depositLog()])).toEqual(hashed(request(0, ...FIELDS, ...FIELDS)))
})

const answers = (byte: bigint): TestAccount => ({ nonce: 1n, code: code(op(0x53, 0n, byte), op(0xf3, 0n, 1n)) })

test('what the contracts answer follows under types 1 and 2; types without data are left out', async () => {
  const both = [
    [WITHDRAWALS, answers(0xaan)],
    [CONSOLIDATIONS, answers(0xbbn)],
  ] as const
  expect(await requestsOf([depositLog()], both)).toEqual(
    hashed(request(0, ...FIELDS), request(1, bytes('aa')), request(2, bytes('bb'))),
  )
  expect(await requestsOf([], both.slice(1))).toEqual(hashed(request(2, bytes('bb'))))
})

test('since Amsterdam builders have types 3 and 4 (EIP-8282), and contracts that have to be there', async () => {
  const builders = [
    [BUILDER_DEPOSITS, answers(0xccn)],
    [BUILDER_EXITS, answers(0xddn)],
  ] as const
  const changes = [[CONSOLIDATIONS, answers(0xbbn)], ...builders] as const
  expect(await requestsOf([], changes, 'amsterdam')).toEqual(
    hashed(request(2, bytes('bb')), request(3, bytes('cc')), request(4, bytes('dd'))),
  )
  expect(await requestsOf([], builders)).toEqual(sha256(new Uint8Array(0)))
  for (const [contract] of builders)
    await expect(requestsOf([], [[contract, { balance: 1n }]], 'amsterdam')).rejects.toMatchObject({
      code: 'invalid-block',
      message: expect.stringMatching(/request contract 0x0000.{32}8282 has no code/i) as string,
    })
})

test('another event of the contract, or the event of another contract, is no deposit', async () => {
  const other = [[DEPOSIT_CONTRACT, { nonce: 1n, code: logsInput(DEPOSIT_EVENT + 1n) }]] as const
  expect(await requestsOf([depositLog()], other)).toEqual(sha256(new Uint8Array(0)))
  // The contract calls another, which logs.
  const logger = 0x10663n
  const forwards = code(
    [0x36],
    push(0n),
    push(0n),
    [0x37],
    push(0n),
    push(0n),
    [0x36],
    push(0n),
    push(0n),
    push(logger),
    [0x5a, 0xf1, 0x00],
  )
  const through = [
    [DEPOSIT_CONTRACT, { nonce: 1n, code: forwards }],
    [logger, { nonce: 1n, code: logsInput(DEPOSIT_EVENT) }],
  ] as const
  expect(await requestsOf([depositLog()], through)).toEqual(sha256(new Uint8Array(0)))
})

test('a deposit event laid out in any other way makes the block invalid, and says where', async () => {
  const invalid = (message: RegExp) => ({
    name: 'InvalidBlockError',
    code: 'invalid-block',
    message: expect.stringMatching(message) as string,
  })
  await expect(requestsOf([depositLog().subarray(0, 575)])).rejects.toMatchObject(invalid(/575 bytes; expected 576/))
  for (const at of [0, 31, 32, 63, 128, 159, 160, 191, 256, 320, 384, 512, 543]) {
    const log = depositLog()
    log[at]! ^= 1
    await expect(requestsOf([log])).rejects.toMatchObject(
      invalid(/a deposit event holds another word than \d+ at byte \d+/),
    )
  }
  // Padding is not looked at (EIP-6110, is_valid_deposit_event_data).
  const padded = depositLog()
  padded[160 + 32 + 48] = 1
  expect(await requestsOf([padded])).toEqual(hashed(request(0, ...FIELDS)))
})

test('a request contract without code, or one that fails, makes the block invalid', async () => {
  for (const account of [{ balance: 1n }, { nonce: 1n, code: hexToBytes('0xfe') }])
    await expect(requestsOf([], [[WITHDRAWALS, account]])).rejects.toMatchObject({
      name: 'InvalidBlockError',
      code: 'invalid-block',
      message: expect.stringMatching(/request contract 0x00000961/) as string,
    })
})
