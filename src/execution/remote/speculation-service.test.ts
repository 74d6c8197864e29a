/** An EVM worker's sessions: what crosses the threads, what belongs together, and what happens to misuse. */
import { Address } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import type { FlatReader } from '../../state/flat-reader.ts'
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
  testJob,
  type TestState,
} from '../execution.fixtures.ts'
import { answer } from '../speculation/rounds.fixtures.ts'
import type { LearnedValue } from '../speculation/parent-values.ts'
import type { TransactionResult } from '../speculation/transaction-result.ts'
import type { KnownValues, ReadAnswer, StateHome } from './evm-messages.ts'
import { createEvmService } from './evm-service.ts'

const NOTHING: KnownValues = { accounts: new Map(), slots: new Map() }
const COUNTER = 0xc0117e4n
const READER = 0x4ead3e4n

/** A contract that counts its calls, one that stores what another returns, and two senders. */
const state: TestState = new Map([
  ...systemContracts('prague'),
  [COUNTER, { nonce: 1n, code: code(op(0x54, 0n), push(1n), [0x01], push(0n), [0x55]), storage: new Map([[0n, 5n]]) }],
  [READER, { nonce: 1n, code: code(op(0x31, COUNTER), push(3n), [0x55]) }],
  [sender(0).key, { balance: 10n ** 20n }],
  [sender(1).key, { balance: 10n ** 20n }],
])

const call = (from: number, nonce: bigint, to: bigint) => ({
  from: sender(from),
  fields: { type: 0, to: new Address(address(to)), nonce, gasPrice: 10n, gasLimit: 100_000n } as const,
})
const block = testBlock('prague', [
  call(0, 0n, COUNTER),
  call(0, 1n, COUNTER),
  call(1, 0n, READER),
  call(1, 1n, COUNTER),
])
const job = testJob('tuned', block)

/** Everything that crosses is cloned, as between threads. */
async function rounds(
  evm: Awaited<ReturnType<typeof createEvmService>>,
  session: number,
  steps: readonly number[],
): Promise<TransactionResult[]> {
  const reader = await memoryReader(state)
  const results: TransactionResult[] = []
  const asked = new Set<string>()
  for (;;) {
    const round = structuredClone(await evm.speculate(session, steps, 60_000))
    results.push(...round.complete)
    const open = round.missing.filter(({ value }) => !asked.has(JSON.stringify(value)))
    if (open.length === 0) return results
    const learned: LearnedValue[] = []
    for (const { value } of open) {
      asked.add(JSON.stringify(value))
      const found = await answer(reader, value)
      if (found !== undefined) learned.push(found)
    }
    await evm.learn(session, structuredClone(learned))
  }
}

function home(reader: FlatReader): StateHome {
  return {
    read: (requests) =>
      Promise.all(
        requests.map(async (request): Promise<ReadAnswer> => {
          if (request.kind === 'account') return { kind: 'account', value: await reader.account(request.address) }
          if (request.kind === 'code')
            return { kind: 'bytes', value: await reader.code(request.codeHash, request.address) }
          return { kind: 'bytes', value: await reader.storage(request.address, request.slot) }
        }),
      ),
    intermediateRoot: () => Promise.reject(new Error('no receipt of this fork holds a root')),
  }
}

test('two workers speculate on a sender each; the third executes with what they found', async () => {
  const [first, second, third] = await Promise.all([createEvmService(), createEvmService(), createEvmService()])
  const opened = await first.open(1, { job, known: NOTHING, earlier: NOTHING })
  expect(opened).toEqual({
    kind: 'open',
    groups: [
      [0, 1],
      [2, 3],
    ],
    lacking: [],
  })
  await second.open(1, { job, known: NOTHING, earlier: NOTHING })
  await third.open(1, { job, known: NOTHING, earlier: NOTHING })
  const results = [...(await rounds(first, 1, [0])), ...(await rounds(second, 1, [2]))]
  expect(results.map(({ index }) => index).sort()).toEqual([0, 1, 2, 3])

  const done = await third.executeOpen(1, results, home(await memoryReader(state)))
  if (done.kind !== 'done') throw new Error(`the block became ${done.kind}`)
  const { adopted: _, taken: _taken, ...expected } = await runTestBlock('tuned', block, await memoryReader(state))
  const { adopted, ms: _ms, ...outcome } = done.outcome
  expect(plain(outcome)).toEqual(plain(expected))
  // The last one reads the counter that the first two have raised.
  expect(adopted).toEqual([0, 1, 2])
  await Promise.all([first, second, third].map((evm) => evm.close(1)))
})

test('a worker that dies takes nothing along: its part is done by another', async () => {
  const [first, second] = await Promise.all([createEvmService(), createEvmService()])
  await first.open(7, { job, known: NOTHING, earlier: NOTHING })
  await first.speculate(7, [0, 2], 60_000)
  await second.open(7, { job, known: NOTHING, earlier: NOTHING })
  expect((await rounds(second, 7, [0, 2])).length).toBe(4)
  const done = await second.executeOpen(7, [], home(await memoryReader(state)))
  expect(done.kind === 'done' && done.outcome.adopted).toEqual([0, 1, 2])
})

test('without time nothing is run, and all is named as unfinished', async () => {
  const evm = await createEvmService()
  await evm.open(1, { job, known: NOTHING, earlier: NOTHING })
  const round = await evm.speculate(1, ['closing', 0, 2], -1)
  expect(round.unfinished).toEqual(['closing', 0, 1, 2, 3])
  expect(round.complete).toEqual([])
})

test('names that are taken or not open, another engine, and one session too many are refused', async () => {
  const evm = await createEvmService()
  const speculation = { job, known: NOTHING, earlier: NOTHING }
  await evm.open(0, speculation)
  await expect(evm.open(0, speculation)).rejects.toThrow('session 0 is open already')
  await expect(evm.speculate(5, [0], 1000)).rejects.toThrow('session 5 is not open')
  await expect(evm.speculate(0, [9], 1000)).rejects.toThrow('no transaction 9')
  await expect(evm.open(1, { ...speculation, job: { ...job, engine: 'stock' } })).rejects.toThrow('tuned engine')
  for (let name = 1; name < 8; name++) await evm.open(name, speculation)
  await expect(evm.open(8, speculation)).rejects.toThrow('8 sessions are open')
  await evm.close(3)
  await evm.open(8, speculation)
})

test('a block that is none is said to be invalid', async () => {
  const evm = await createEvmService()
  const opened = await evm.open(0, {
    ...{ known: NOTHING, earlier: NOTHING },
    job: { ...job, block: Uint8Array.of(0xc0) },
  })
  expect(opened.kind).toBe('invalid')
})
