/** Jobs that are ended before they are done, and jobs beside each other in one EVM worker; all in this thread. */
import { Address } from '@ethereumjs/util'
import { expect, test } from 'vitest'
import {
  address,
  code,
  memoryReader,
  op,
  push,
  sender,
  systemContracts,
  testBlock,
  testJob,
  type TestState,
} from '../execution.fixtures.ts'
import type { KnownValues, ReadAnswer, StateHome } from './evm-messages.ts'
import { createEvmService } from './evm-service.ts'

const NOTHING: KnownValues = { accounts: new Map(), slots: new Map() }
const COUNTER = 0xc0117e4n
const LOOP = 0x100bn
const ETHER = 10n ** 20n

const state: TestState = new Map([
  ...systemContracts('prague'),
  [COUNTER, { nonce: 1n, code: code(op(0x54, 0n), push(1n), [0x01], push(0n), [0x55]), storage: new Map([[0n, 5n]]) }],
  [LOOP, { nonce: 1n, code: code([0x5b], push(0n), [0x56]) }],
  [sender(0).key, { balance: ETHER }],
])

const jobOf = (to: bigint, gasLimit: bigint) => {
  const fields = { type: 0, to: new Address(address(to)), nonce: 0n, gasPrice: 10n, gasLimit } as const
  return testJob('tuned', testBlock('prague', [{ from: sender(0), fields }]))
}
const counting = jobOf(COUNTER, 100_000n)
/** Some seconds of a whole core. */
const looping = jobOf(LOOP, 29_000_000n)

async function home(): Promise<StateHome> {
  const reader = await memoryReader(state)
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

/** Answers nothing, and tells when it is first asked. */
function silentHome() {
  let asked = () => undefined as void
  const isAsked = new Promise<void>((resolve) => (asked = resolve))
  const silent: StateHome = {
    read: () => {
      asked()
      return new Promise<never>(() => undefined)
    },
    intermediateRoot: () => new Promise<never>(() => undefined),
  }
  return { silent, isAsked }
}

test('a job that waits for a read is dropped at once, however long the answer takes', async () => {
  const evm = await createEvmService()
  const { silent, isAsked } = silentHome()
  const waiting = evm.execute(counting, NOTHING, silent, { name: 1, kind: 'import' })
  await isAsked
  await evm.cancel(1)
  await expect(waiting).rejects.toThrow('cancelled')
  expect((await evm.execute(counting, NOTHING, await home(), { name: 1, kind: 'import' })).kind).toBe('done')
})

test('a job that computes is ended, and others are done beside it', async () => {
  const evm = await createEvmService()
  const loop = evm.execute(looping, NOTHING, await home(), { name: 1, kind: 'call' })
  const ended = loop.then(
    () => 'done',
    (error: Error) => error.name,
  )
  const block = await evm.execute(counting, NOTHING, await home(), { name: 2, kind: 'import' })
  expect(block.kind).toBe('done')
  await evm.cancel(1)
  expect(await ended).toBe('JobCancelledError')
})

test('a job that has not begun, one that is over, and one that never was are no trouble to cancel', async () => {
  const evm = await createEvmService()
  const first = evm.execute(counting, NOTHING, await home(), { name: 1, kind: 'import' })
  const second = evm.execute(counting, NOTHING, await home(), { name: 2, kind: 'import' })
  await evm.cancel(2)
  await expect(second).rejects.toThrow('cancelled')
  expect((await first).kind).toBe('done')
  await evm.cancel(1)
  await evm.cancel(77)
})

test('two jobs of one name are refused, and the first goes on', async () => {
  const evm = await createEvmService()
  const first = evm.execute(counting, NOTHING, await home(), { name: 1, kind: 'call' })
  await expect(evm.execute(counting, NOTHING, await home(), { name: 1, kind: 'call' })).rejects.toThrow('job 1')
  expect((await first).kind).toBe('done')
})

test('cancelled openings leave no session behind', async () => {
  const evm = await createEvmService()
  for (let name = 0; name < 20; name++) {
    const opening = evm.open(name, { job: counting, known: NOTHING, earlier: NOTHING }, { name, kind: 'speculation' })
    await evm.cancel(name)
    await expect(opening).rejects.toThrow('cancelled')
  }
  for (let name = 100; name < 108; name++) await evm.open(name, { job: counting, known: NOTHING, earlier: NOTHING })
  expect((await evm.speculate(107, [0], 1_000)).unfinished).toEqual([])
})

test('closing a session ends what it computes and what waits in it', async () => {
  const evm = await createEvmService()
  await evm.open(1, { job: looping, known: NOTHING, earlier: NOTHING })
  const calls = [evm.speculate(1, [0], 60_000), evm.rehearse(1, [], 60_000), evm.learn(1, [])]
  await evm.close(1)
  for (const result of await Promise.allSettled(calls)) expect(result.status).toBe('rejected')
  await evm.open(1, { job: counting, known: NOTHING, earlier: NOTHING })
})

test('a session whose call was cancelled goes on with the next', async () => {
  const evm = await createEvmService()
  const whole = await createEvmService()
  const speculation = { job: counting, known: NOTHING, earlier: NOTHING }
  await Promise.all([evm.open(1, speculation), whole.open(1, speculation)])
  const cut = evm.speculate(1, [0], 60_000, { name: 5, kind: 'speculation' })
  await evm.cancel(5)
  await cut.catch(() => undefined)
  const [again, expected] = [await evm.speculate(1, [0], 60_000), await whole.speculate(1, [0], 60_000)]
  expect(again.missing).toEqual(expected.missing)
  expect(again.unfinished).toEqual([])
})
