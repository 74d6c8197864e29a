/** Runs a call in an EVM worker: on guesses until nothing is missing, all that a run missed asked for in one message. */
import { ImpossiblePositionError, UnsupportedForkError } from '../../chain/execution-common.ts'
import type { FlatReader } from '../../state/flat-reader.ts'
import { DepositLogError } from '../block/requests.ts'
import { SystemCallError } from '../block/system-calls.ts'
import type { CallContext } from '../call/call-block.ts'
import { CallError, INVALID_INPUT } from '../call/call-error.ts'
import { createAccessList } from '../call/create-access-list.ts'
import { estimateGas } from '../call/estimate-gas.ts'
import { ethCall } from '../call/eth-call.ts'
import { fillTransaction } from '../call/fill-transaction.ts'
import { Gatherer, GatheringError, type RunState } from '../call/gathering.ts'
import { rememberedHashes } from '../call/remembered-hashes.ts'
import { traceCall } from '../call/tracers/trace-call.ts'
import { TraceSizeError } from '../call/tracers/trace-size.ts'
import type { WasmCrypto } from '../crypto/wasm-crypto.ts'
import { ImpossibleBalanceError } from '../state/take-writes.ts'
import { BoundedJob, COMPUTING_LIMIT_MS, ComputingLimitError } from './answer-call-limits.ts'
import { answerSimulation } from './answer-call-simulation.ts'
import { answerBlockTrace } from './answer-call-traces.ts'
import { answerCallWithin } from './answer-call-within.ts'
import type { CallAnswer, CallHome, CallJob } from './call-messages.ts'
import type { CodeCache } from './code-cache.ts'
import type { SlicedJob } from './sliced-job.ts'

export interface CallTools {
  readonly crypto: WasmCrypto
  readonly codes: CodeCache
  /** Milliseconds. */
  readonly now: () => number
  readonly job: SlicedJob
}

/** EIP-1474. */
const LIMIT_EXCEEDED = -32005

/** @throws what the home throws */
export async function answerCall(work: CallJob, home: CallHome, tools: CallTools): Promise<CallAnswer> {
  const job = new BoundedJob(tools.job, 'limitMs' in work ? work.limitMs : COMPUTING_LIMIT_MS)
  try {
    if (work.method === 'traceBlock')
      return { kind: 'json', json: await answerBlockTrace(work, { ...tools, home, job }) }
    if (work.method === 'traceCallWithin')
      return { kind: 'json', json: await answerCallWithin(work, { ...tools, home, job }) }
    return await answerGathered(work, home, { ...tools, job })
  } catch (error) {
    // An error loses its class on its way to another thread.
    return failureOf(error)
  }
}

type Gathering = Exclude<CallJob, { readonly method: 'traceBlock' | 'traceCallWithin' }>

async function answerGathered(
  work: Gathering,
  home: CallHome,
  { crypto, codes, now, job }: Omit<CallTools, 'job'> & { readonly job: BoundedJob },
): Promise<CallAnswer> {
  const { network, header, gasCap, known = [] } = work
  const gatherer = new Gatherer({
    ...{ keccak: crypto.keccak, codes, now },
    fetch: (missing) => job.away(() => home.values(missing, 'first')),
  })
  gatherer.learn(known)
  const blockHash = rememberedHashes((number) => job.away(() => home.blockHash(number)))
  const context = (reader: FlatReader): CallContext => ({
    ...{ network, header, reader, blockHash, crypto, gasCap, pace: job },
  })
  const run = async <T>(of: (context: CallContext, standing: RunState) => Promise<T>): Promise<T> =>
    (await gatherer.run((reader, standing) => of(context(reader), standing))).result
  switch (work.method) {
    case 'call':
      return { kind: 'output', output: await run((on) => ethCall(work.request, on)) }
    case 'estimateGas':
      // One run finds what all of the search's twenty read; how it ends is the search's affair.
      await run((on) => ethCall(work.request, on)).catch(onlyCallErrors)
      return { kind: 'gas', gas: await run((on) => estimateGas(work.request, on)) }
    case 'createAccessList':
      return { kind: 'access-list', list: await run((on) => createAccessList(work.request, on)) }
    case 'fillTransaction':
      return { kind: 'filled', transaction: await run((on) => fillTransaction(work.call, work.advice, on)) }
    case 'traceCall':
      return { kind: 'json', json: await run((on) => traceCall(work.request, work.config, on)) }
    case 'simulate':
      return { kind: 'json', json: await answerSimulation(work.request, { run, home, job }) }
  }
}

/** @throws what is none of the call's own faults */
function failureOf(error: unknown): CallAnswer {
  if (error instanceof CallError) {
    const { code, message, data } = error
    return { kind: 'failed', code, message, data }
  }
  if (!(error instanceof Error)) throw error
  const { message } = error
  if (LIMITS.some((limit) => error instanceof limit))
    return { kind: 'failed', code: LIMIT_EXCEEDED, message, data: undefined }
  if (MADE_UP.some((fault) => error instanceof fault))
    return { kind: 'failed', code: INVALID_INPUT, message, data: undefined }
  throw error
}

const LIMITS = [GatheringError, TraceSizeError, ComputingLimitError]

/** What overrides can lead to and no chain does. */
const MADE_UP = [
  ...[UnsupportedForkError, ImpossiblePositionError, ImpossibleBalanceError, SystemCallError, DepositLogError],
]

function onlyCallErrors(error: unknown): void {
  if (!(error instanceof CallError)) throw error
}
