/** One EVM worker in a thread of its own, as on a machine of one core: what is asked of it at the same time, and cancelled. */
import { RLP } from '@ethereumjs/rlp'
import { Address, bigIntToUnpaddedBytes } from '@ethereumjs/util'
import { proxy, releaseProxy, wrap } from 'comlink'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { nodePlatform } from '../../client/node-platform.ts'
import type { WorkerHandle } from '../../client/platform.ts'
import {
  address,
  code,
  memoryReader,
  push,
  sender,
  systemContracts,
  testBlock,
  testJob,
  type TestState,
} from '../../execution/execution.fixtures.ts'
import type { ExecutionJob } from '../../execution/block/execute-block.ts'
import type { SpeculativeEvmService } from '../../execution/remote/evm-messages.ts'
import { executeRemotely } from '../../execution/remote/remote-executor.ts'
import { NO_VALUES } from '../known-values.ts'
import { EvmPool } from './evm-pool.ts'
import { EvmLostError, timerLimit, type Limit, type SeatWork } from './evm-seat.ts'

const LOOP = 0x100bn
/** Two years of computing. */
const ENDLESS_GAS = 2n ** 43n
/** A second or so. */
const BLOCK_GAS = 20_000_000n

const state: TestState = new Map([
  ...systemContracts('prague'),
  [LOOP, { nonce: 1n, code: code([0x5b], push(0n), [0x56]) }],
  [sender(0).key, { balance: 10n ** 20n }],
])
const reader = await memoryReader(state)

function loopOf(gasLimit: bigint): ExecutionJob {
  const fields = { type: 0, to: new Address(address(LOOP)), nonce: 0n, gasPrice: 10n, gasLimit } as const
  const job = testJob('tuned', testBlock('prague', [{ from: sender(0), fields }]))
  const [header, ...body] = RLP.decode(job.block) as [Uint8Array[], ...Uint8Array[]]
  header[9] = bigIntToUnpaddedBytes(2n * ENDLESS_GAS)
  return { ...job, block: RLP.encode([header, ...body]) }
}

let worker: WorkerHandle
let evm: ReturnType<typeof wrap<SpeculativeEvmService>>
let pool: EvmPool
/** Ends the limits of all calls under way. */
let endLimits: () => void
let hung: number
let portsAtRest: number

const limit: Limit = (ms) => {
  const timer = timerLimit(ms)
  const ended = new Promise<never>((_, reject) => {
    const before = endLimits
    endLimits = () => {
      before()
      reject(new Error('over'))
    }
  })
  return { reached: Promise.race([timer.reached, ended]), cancel: timer.cancel }
}

beforeAll(async () => {
  worker = nodePlatform().spawn('evm')
  await new Promise((resolve) => worker.onReady(resolve))
  const { port1, port2 } = new MessageChannel()
  worker.hello({ ports: [port2] })
  evm = wrap<SpeculativeEvmService>(port1)
  // The first answer shows that the worker listens.
  await evm.cancel(0)
  portsAtRest = ports()
})
beforeEach(() => {
  endLimits = () => undefined
  hung = 0
  pool = new EvmPool([evm], limit, () => (hung += 1))
})
afterAll(async () => {
  evm[releaseProxy]()
  await worker.terminate()
})

/** @param onRead told of each read before it is answered */
function execute(job: ExecutionJob, work: SeatWork, onRead: () => Promise<void> | void = () => undefined) {
  const from = {
    reader: {
      ...reader,
      account: async (of: Parameters<typeof reader.account>[0]) => {
        await onRead()
        return reader.account(of)
      },
    },
    intermediateRoot: () => Promise.reject(new Error('no receipt of this fork holds a root')),
  }
  return pool.run(
    (evm, ticket) =>
      executeRemotely(
        (home) => evm.execute(job, NO_VALUES, home, ticket),
        from,
        proxy,
        () => undefined,
      ),
    work,
  )
}

const ports = () => process.getActiveResourcesInfo().filter((kind) => kind === 'MessagePort').length

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}

test('a block is done beside an endless call, which ends when nobody wants it, and the worker is as good as new', async () => {
  const block = loopOf(BLOCK_GAS)
  await execute(block, { kind: 'import' })
  const alone = await timeOf(() => execute(block, { kind: 'import' }))
  const asking = new AbortController()
  const call = execute(loopOf(ENDLESS_GAS), { kind: 'call', signal: asking.signal })
  const beside = await timeOf(() => execute(block, { kind: 'import' }))
  // Half of the time is its own; the rest is for a machine that is busy.
  expect(beside).toBeLessThan(5 * alone + 500)
  const gone = new Error('nobody wants it')
  asking.abort(gone)
  await expect(call).rejects.toBe(gone)
  expect(pool.seats[0]!.load).toBe(0)
  expect((await execute(block, { kind: 'import' })).gasUsed).toBe(BLOCK_GAS)
  await vi.waitFor(() => expect(ports()).toBe(portsAtRest))
  expect(hung).toBe(0)
})

test('endless calls do not keep a short one waiting, nor does a block', async () => {
  const ended = new AbortController()
  const { signal } = ended
  const others = [
    execute(loopOf(ENDLESS_GAS), { kind: 'call', signal }),
    execute(loopOf(ENDLESS_GAS), { kind: 'import', signal }),
    execute(loopOf(ENDLESS_GAS), { kind: 'speculation', signal }),
  ]
  expect((await execute(loopOf(100_000n), { kind: 'call' })).gasUsed).toBe(100_000n)
  ended.abort(new Error('enough'))
  for (const other of others) await expect(other).rejects.toThrow('enough')
  expect((await execute(loopOf(100_000n), { kind: 'import' })).gasUsed).toBe(100_000n)
})

test('a job that waits for a read that never comes is dropped, with its way back', async () => {
  await execute(loopOf(100_000n), { kind: 'import' })
  const ended = new AbortController()
  const reading = new Promise<void>((resolve) => {
    const never = () => {
      resolve()
      return new Promise<never>(() => undefined)
    }
    execute(loopOf(100_000n), { kind: 'import', signal: ended.signal }, never).catch(() => undefined)
  })
  await reading
  ended.abort(new Error('enough'))
  await execute(loopOf(100_000n), { kind: 'import' })
  await vi.waitFor(() => expect(ports()).toBe(portsAtRest))
})

test('a worker that does not end what was cancelled in time is given up', async () => {
  const ended = new AbortController()
  const call = execute(loopOf(ENDLESS_GAS), { kind: 'call', signal: ended.signal })
  await execute(loopOf(100_000n), { kind: 'import' })
  const { tenure } = pool.seats[0]!
  await worker.terminate()
  ended.abort(new Error('enough'))
  await expect(call).rejects.toThrow('enough')
  const waiting = execute(loopOf(100_000n), { kind: 'import' })
  endLimits()
  await expect(waiting).rejects.toThrow(EvmLostError)
  expect([hung, pool.seats[0]!.tenure]).toEqual([1, tenure + 1])
})
