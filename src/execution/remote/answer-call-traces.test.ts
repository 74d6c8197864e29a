/** Recorded blocks traced in an EVM worker: as on the whole state, in a few trips, and on no more than the block reads. */
import { beforeAll, expect, test } from 'vitest'
import { DataFaultError } from '../../state/data-fault.ts'
import type { StateTrie } from '../../state/state-trie.ts'
import { describeWithData } from '../../testing/data.ts'
import { tracedRecording } from '../call/tracers/real-blocks.fixtures.ts'
import { blockTraceJson, traceBlock } from '../call/tracers/trace-block.ts'
import type { TraceConfig } from '../call/tracers/trace-config.ts'
import type { MissingValue } from '../speculation/missing-values.ts'
import { learnedFrom } from './answer-call.fixtures.ts'
import type { CallHome, CallJob } from './call-messages.ts'
import type { SpeculativeEvmService } from './evm-messages.ts'
import { createEvmService } from './evm-service.ts'

const CALLS: TraceConfig = { kind: 'call', options: { calls: 'all', logs: 'told' } }
const PRESTATES: TraceConfig = {
  kind: 'prestate',
  options: { mode: 'diff', code: 'told', storage: 'told', empty: 'told' },
}

describeWithData('recorded blocks, traced in a worker', (data) => {
  let evm: SpeculativeEvmService
  beforeAll(async () => {
    evm = await createEvmService()
  })

  /** With the trips that it may take: one more than it does where reads follow from reads. */
  test.each([
    ['mainnet-4370000', CALLS, 13],
    ['mainnet-19426587', PRESTATES, 13],
    ['holesky-2971846', CALLS, 24],
    ['hoodi-1265656', PRESTATES, 50],
  ])('%s', async (name, config, most) => {
    const { input, header, parent } = await tracedRecording(data, name)
    const whole = await traceBlock(input, config)
    const trips: number[] = []
    const home: CallHome = {
      values: async (missing, needed) => {
        trips.push(missing.length)
        return structuredClone(
          missing.flatMap((value, place) =>
            orNothing(input.reader as StateTrie, value, needed === 'first' && place === 0),
          ),
        )
      },
      blockHash: async (number) => input.job.ancestors.get(number)!,
      stateRoot: () => Promise.reject(new Error('nothing is written')),
    }
    const job: CallJob = {
      ...{ method: 'traceBlock', block: input.job.block, position: header, transaction: 'all', config },
      ...{ limitMs: 600_000, network: input.job.network, header: parent, gasCap: 0n },
    }
    const answer = structuredClone(await evm.call(structuredClone(job), home))
    expect(answer.kind === 'json' ? answer.json : answer).toEqual(blockTraceJson(whole))
    expect(trips.length).toBeLessThanOrEqual(most)

    const last = Math.floor(whole.length / 2)
    const one = await evm.call({ ...job, transaction: last }, home)
    expect(one.kind === 'json' ? one.json : one).toEqual(whole[last]!.result)
  })
})

/** A recorded bag holds what the block reads; what a guess asks for beside it cannot be had. */
function orNothing(state: StateTrie, value: MissingValue, isNeeded: boolean) {
  try {
    return learnedFrom(state, value)
  } catch (error) {
    if (!(error instanceof DataFaultError) || isNeeded) throw error
    return []
  }
}
