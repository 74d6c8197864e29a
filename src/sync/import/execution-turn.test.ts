import { expect, test } from 'vitest'
import { loadKeccak } from '../../chain/keccak.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import type { ExecutionStats } from './import-status.ts'
import { startTurn, type TurnOutcome } from './execution-turn.ts'
import { NO_COSTS, type ExecutionResult, type ImportTask, type SecondOpinion } from './import-tools.ts'
import { madeUpBlock } from './simulated-world.fixtures.ts'

const keccak = await loadKeccak()
const parent = madeUpBlock(keccak, undefined, 1)
const block = madeUpBlock(keccak, parent, 2)
const problem = { field: 'stateRoot', expected: '0x01', actual: '0x02', message: 'stateRoot is 0x02, not 0x01' }

function turn(execute: (task: ImportTask, clock: SimulatedClock) => Promise<ExecutionResult>) {
  const clock = new SimulatedClock(1_000)
  const outcomes: TurnOutcome[] = []
  const run = startTurn({
    block,
    parent: parent.header,
    caps: { nodes: 100, bytes: 1_000, ms: 5_000 },
    tools: {
      clock,
      executor: { prepare: async () => undefined, execute: (_block, _on, task) => execute(task, clock) },
    },
    onStage: () => undefined,
    onEnd: (outcome) => outcomes.push(outcome),
  })
  return { clock, outcomes, run }
}

const stats: ExecutionStats = {
  ...{ fork: 'osaka', transactions: 0, gasUsed: 0, nodes: 0, adopted: 0 },
  ms: { decode: 0, hash: 0, senders: 0, evm: 0, root: 0, total: 0 },
}

const never = <T>() => new Promise<T>(() => undefined)
const contradicted = (opinion: Promise<SecondOpinion>): ExecutionResult => ({
  kind: 'contradicted',
  costs: NO_COSTS,
  problem,
  secondOpinion: () => opinion,
})

test('what predictions brought is no reason to pass the block', async () => {
  const { clock, outcomes } = turn(async (task) => {
    const predictions = { ...NO_COSTS, nodesFetched: 5_000, bytes: 50_000 }
    task.onProgress('fetching', predictions)
    task.onProgress('executing', { ...predictions, nodesFetched: 5_050, nodesFromStore: 50, bytes: 51_000 })
    task.onProgress('executing', { ...predictions, nodesFetched: 5_050, nodesFromStore: 51, bytes: 51_000 })
    return never()
  })
  await clock.advance(1)
  const reason = expect.stringMatching(/more than 100 nodes \(101/) as string
  expect(outcomes).toMatchObject([{ kind: 'over-cap', reason }])
})

test.each([
  ['nodes', { nodesFetched: 60, nodesFromStore: 41 }, /more than 100 nodes \(101/],
  ['bytes', { bytes: 1_001 }, /more than 1000 bytes/],
])('over its cap on %s it is ended at once, and aborted', async (_, costs, reason) => {
  let signal: AbortSignal | undefined
  const { clock, outcomes, run } = turn(async (task) => {
    signal = task.signal
    task.onProgress('executing', { ...NO_COSTS, ...costs })
    return never()
  })
  await clock.advance(1)
  expect(outcomes).toMatchObject([{ kind: 'over-cap', reason: expect.stringMatching(reason) as string }])
  expect(signal?.aborted).toBe(true)
  expect(run.costs()).toMatchObject(costs)
  expect(clock.waiting).toBe(0)
})

test('what is verified stays so whatever it cost', async () => {
  const costs = { ...NO_COSTS, nodesFetched: 1_000 }
  const { clock, outcomes } = turn(async () => ({ kind: 'verified', costs, stats, keep: async () => undefined }))
  await clock.advance(1)
  expect(outcomes).toMatchObject([{ kind: 'verified' }])
})

test('a second opinion that does not come in time leaves the block undecided, not passed', async () => {
  const { clock, outcomes } = turn(async () => contradicted(never()))
  await clock.advance(4_999)
  expect(outcomes).toEqual([])
  await clock.advance(10)
  expect(outcomes).toMatchObject([{ kind: 'unavailable', reason: 'the second opinion is not in after 5000 ms' }])
})

test('an undecided second opinion names both', async () => {
  const { clock, outcomes } = turn(async () =>
    contradicted(Promise.resolve({ kind: 'undecided', reason: 'a node is missing' })),
  )
  await clock.advance(1)
  expect(outcomes).toMatchObject([
    { kind: 'unavailable', reason: `${problem.message}; the second opinion is undecided: a node is missing` },
  ])
})

test('an executor that throws has not decided anything; one that is cancelled is not heard any more', async () => {
  const thrown = turn(() => Promise.reject(new Error('the worker died')))
  await thrown.clock.advance(1)
  expect(thrown.outcomes).toEqual([{ kind: 'unavailable', reason: 'the worker died' }])
  const cancelled = turn(async () => contradicted(Promise.resolve({ kind: 'invalid', problem, bundle: undefined })))
  cancelled.run.cancel()
  await cancelled.clock.advance(10_000)
  expect(cancelled.outcomes).toEqual([])
  expect(cancelled.clock.waiting).toBe(0)
})
