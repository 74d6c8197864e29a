import { describe, expect, test } from 'vitest'
import { NETWORK_NAMES } from '../chain/network.ts'
import { ClosedError, WorkerCrashedError } from '../client/errors.ts'
import type { Beamtab } from '../client/public-types.ts'
import { createClientHolder } from './client-holder.ts'
import { clientFactory, HASH_A, source, STATUS } from './fixtures.ts'
import { MAX_CLIENTS_PER_JOB } from './limits.ts'
import { initialState, isBusy, reduce, type PageEvent } from './page-state.ts'
import { createVerificationQueue, type Job } from './verification-queue.ts'

/** A queue over an own client, with the page's state kept beside it. */
function queueing(changes: (network: string) => Partial<Beamtab> = () => ({})) {
  const { createBeamtab, log } = clientFactory(changes)
  const events: PageEvent[] = []
  let state = initialState('mainnet')
  const emit = (event: PageEvent) => {
    events.push(event)
    state = reduce(state, event)
  }
  const stored: string[] = []
  const queue = createVerificationQueue({
    holder: createClientHolder(createBeamtab, emit, () => undefined),
    emit,
    currentNetwork: () => state.network,
    isBuiltIn: (name) => NETWORK_NAMES.includes(name),
    onStored: ({ network }) => stored.push(network),
  })
  const add = (...jobs: Job[]) => {
    const blocks = jobs.map(({ id }) => ({ id, name: String(id), origin: 'input' as const }))
    emit({ type: 'blocks-queued', blocks })
    queue.add(jobs)
  }
  const outcomes = () =>
    state.blocks.map(({ id, progress }) =>
      progress.kind === 'done' ? `${id} ${progress.report.outcome.kind}` : `${id} ${progress.kind}`,
    )
  return { queue, add, log, events, stored, outcomes, state: () => state }
}
const block = (id: number, network = 'mainnet'): Job => ({ id, kind: 'block', source: source(network) })

test('jobs run in their order, and what was verified is told to whoever lists what is kept', async () => {
  const { queue, add, log, outcomes, stored } = queueing()
  add(block(1), block(2))
  add({ id: 3, kind: 'kept-block', hash: HASH_A, network: 'mainnet' })
  await queue.idle()
  const verify = 'verify mainnet on mainnet'
  expect(log.calls).toEqual(['open mainnet', verify, verify, `verify kept ${HASH_A}`])
  expect(outcomes()).toEqual(['3 verified', '1 verified', '2 verified'])
  expect(stored).toEqual(['mainnet', 'mainnet'])
})

test('a block of another network is verified there, by one client after the other', async () => {
  const { queue, add, log, outcomes, state } = queueing()
  add(block(1, 'sepolia'), block(2, 'sepolia'))
  await queue.idle()
  expect(log.calls).toEqual([
    'open mainnet',
    'verify sepolia on mainnet',
    'close mainnet',
    'open sepolia',
    'verify sepolia on sepolia',
    'verify sepolia on sepolia',
  ])
  expect(outcomes()).toEqual(['1 verified', '2 verified'])
  expect(state().network).toBe('sepolia')
})

test('a block of a network that is not built in stays an error, and no client is opened for it', async () => {
  const { queue, add, log, outcomes } = queueing()
  add(block(1, 'gnosis'))
  await queue.idle()
  expect(log.calls).toEqual(['open mainnet', 'verify gnosis on mainnet'])
  expect(outcomes()).toEqual(['1 error'])
})

test('a client that calls every network the wrong one is asked twice, not for ever', async () => {
  const { queue, add, outcomes } = queueing(() => ({
    verifyBlock: () =>
      Promise.resolve({
        network: 'sepolia',
        number: 1,
        hash: HASH_A,
        nodes: { read: 0, fromInput: 0, fromStore: 0 },
        outcome: { kind: 'error', code: 'wrong-network', message: 'no' },
      }),
  }))
  add(block(1))
  await queue.idle()
  expect(outcomes()).toEqual(['1 error'])
})

test('a light-client run goes to its network, with the root it was given', async () => {
  const { queue, log, events } = queueing()
  const sources = [source('holesky'), source('holesky')]
  queue.add([{ id: 1, kind: 'light-client', sources, trustedRoot: HASH_A, network: 'holesky' }])
  await queue.idle()
  expect(log.calls).toEqual(['open holesky', `light client of 2 on holesky, root ${HASH_A}`])
  expect(events.map(({ type }) => type).slice(-3)).toEqual(['chain-begun', 'update-done', 'chain-done'])
})

test('a kept chain that is gone is a failure that says so', async () => {
  const { queue, events } = queueing()
  queue.add([{ id: 1, kind: 'kept-light-client', trustedRoot: undefined, network: 'mainnet' }])
  await queue.idle()
  expect(events.at(-1)).toMatchObject({ type: 'job-failed', id: 1 })
})

describe('failures', () => {
  test('a file that cannot be read fails alone', async () => {
    const { queue, add, outcomes } = queueing()
    const unreadable = { name: 'x', bytes: 1, read: () => Promise.reject(new Error('gone')) }
    add({ id: 1, kind: 'block', source: unreadable }, block(2))
    await queue.idle()
    expect(outcomes()).toEqual(['1 failed', '2 verified'])
  })

  test('after a worker died another client does the rest', async () => {
    let isFirst = true
    const { queue, add, log, outcomes } = queueing(() => {
      const changes: Partial<Beamtab> = isFirst
        ? { verifyBlock: () => Promise.reject(new WorkerCrashedError('the node worker died')) }
        : {}
      isFirst = false
      return changes
    })
    add(block(1), block(2))
    await queue.idle()
    expect(outcomes()).toEqual(['1 failed', '2 verified'])
    expect(log.calls.slice(0, 3)).toEqual(['open mainnet', 'close mainnet', 'open mainnet'])
  })
})

describe('a client that is exchanged under a job', () => {
  test('does not fail it: it begins anew with the next', async () => {
    let clients = 0
    const { queue, add, outcomes } = queueing(() =>
      ++clients === 1
        ? { status: () => ({ ...STATUS, state: 'closed' }), verifyBlock: () => Promise.reject(new ClosedError()) }
        : {},
    )
    add(block(1))
    await queue.idle()
    expect(outcomes()).toEqual(['1 verified'])
    expect(clients).toBe(2)
  })

  test('does not hold it for ever', async () => {
    let attempts = 0
    const { queue, add, outcomes } = queueing(() => ({
      verifyBlock: () => {
        attempts++
        return Promise.reject(new ClosedError())
      },
    }))
    add(block(1))
    await queue.idle()
    expect(outcomes()).toEqual(['1 failed'])
    expect(attempts).toBe(MAX_CLIENTS_PER_JOB)
  })
})

describe('cancel', () => {
  test('ends a job that would never end, drops the others, and the queue goes on working', async () => {
    let calls = 0
    const { queue, add, outcomes, state } = queueing(() => {
      if (calls++ > 0) return {}
      return { verifyKeptBlock: () => new Promise(() => undefined) }
    })
    add({ id: 1, kind: 'kept-block', hash: HASH_A, network: 'mainnet' }, block(2))
    await Promise.resolve()
    queue.cancel()
    expect(outcomes()).toEqual(['1 cancelled', '2 cancelled'])
    await queue.idle()
    expect(queue.pending()).toBe(0)
    add(block(3))
    await queue.idle()
    expect(outcomes()).toEqual(['3 verified', '1 cancelled', '2 cancelled'])
    expect(isBusy(state())).toBe(false)
  })

  test('what a cancelled job still reports is dropped', async () => {
    let finish: () => void = () => undefined
    const { queue, add, events, outcomes } = queueing(() => ({
      verifyBlock: (_file, options) =>
        new Promise((_resolve, reject) => {
          finish = () => {
            options?.onProgress?.('storing')
            reject(new Error('too late'))
          }
        }),
    }))
    add(block(1))
    // Opening the client and reading the file take some turns.
    while (!events.some((event) => event.type === 'client-changed' && event.client.kind === 'ready')) await nextTurn()
    await nextTurn()
    queue.cancel()
    finish()
    await queue.idle()
    expect(outcomes()).toEqual(['1 cancelled'])
    expect(events.at(-1)?.type).toBe('jobs-cancelled')
  })
})

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
