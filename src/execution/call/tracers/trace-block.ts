/** `debug_traceBlock…`, `debug_traceTransaction`: a block's transactions in order, watched. */
import { Hardfork } from '@ethereumjs/common'
import { bytesToHex } from '@ethereumjs/util'
import { runTx, type RunTxResult } from '@ethereumjs/vm'
import { asHash, type Hash } from '../../../chain/bytes.ts'
import type { FlatReader, MaybePromise } from '../../../state/flat-reader.ts'
import { applyDaoFork } from '../../block/dao-fork.ts'
import type { ExecutionJob } from '../../block/execute-block.ts'
import { createEngine, prepareBlock, type BlockEngine } from '../../block/prepare-block.ts'
import { callBeforeTransactions } from '../../block/system-calls.ts'
import type { WasmCrypto } from '../../crypto/wasm-crypto.ts'
import type { Outcome } from '../../evm/frame.ts'
import { coveredFork, TunedEvm } from '../../evm/tuned-evm.ts'
import type { Pace } from '../../pace.ts'
import { EMPTY_TRIE_ROOT } from '../../state/account-entry.ts'
import { FlatState } from '../../state/flat-state.ts'
import { CallError, INVALID_INPUT } from '../call-error.ts'
import { tracerOf, type TraceConfig } from './trace-config.ts'
import { TraceSize } from './trace-size.ts'
import type { Json, Tracer } from './tracer.ts'

export interface TraceBlockInput {
  /** The engine has to be the tuned one: nothing else is watched. */
  readonly job: ExecutionJob
  /** The state of the block's parent. */
  readonly reader: FlatReader
  readonly crypto: WasmCrypto
  readonly pace: Pace
  /** Default: as much as an answer may be. */
  readonly size?: TraceSize
}

export interface TransactionTrace {
  readonly hash: Hash
  /** For receipts: of this transaction alone. */
  readonly gasUsed: bigint
  readonly result: Json
}

/** Of all transactions. @throws {CallError} for the genesis block @throws what executing the block throws */
export async function traceBlock(input: TraceBlockInput, config: TraceConfig): Promise<TransactionTrace[]> {
  const traces: TransactionTrace[] = []
  await run(input, config, Infinity, 'all', (trace) => traces.push(trace))
  return traces
}

/** Of one: those before it are only run. @throws {RangeError} where the block has no such transaction */
export async function traceTransaction(
  input: TraceBlockInput,
  index: number,
  config: TraceConfig,
): Promise<TransactionTrace> {
  let found: TransactionTrace | undefined
  await run(input, config, index, 'last', (trace) => (found = trace))
  if (found === undefined) throw new RangeError(`the block has no transaction ${index}`)
  return found
}

/** As `debug_traceBlock…` answers. */
export const blockTraceJson = (traces: readonly TransactionTrace[]): Json =>
  traces.map(({ hash, result }) => ({ txHash: bytesToHex(hash), result }))

/** Traces up to the last that is asked for, and what comes before it unless only that one is. */
async function run(
  input: TraceBlockInput,
  config: TraceConfig,
  last: number,
  traced: 'all' | 'last',
  tell: (trace: TransactionTrace) => void,
): Promise<void> {
  if (input.job.position.number === 0) throw new CallError(INVALID_INPUT, 'genesis is not traceable')
  let tracer: Tracer | undefined
  const { reader, size = new TraceSize() } = input
  await watchBlock(input, {
    begin: (index, { evm, state }) => {
      if (index > last) return 'end'
      const isTraced = traced === 'all' || index === last
      const { table } = coveredFork(evm.common)
      return (tracer = isTraced ? tracerOf(config, { table, state, reader, size }) : undefined)
    },
    done: async (index, result, { block, state }) => {
      if (tracer === undefined) return
      const tx = block.transactions[index]!
      const end = { gasLimit: tx.gasLimit, gasUsed: result.totalGasSpent, outcome: outcomeOf(result) }
      tell({ hash: asHash(tx.hash()), gasUsed: result.totalGasSpent, result: await tracer.result(end, state) })
    },
  })
}

export interface BlockWatcher {
  /** Who watches the transaction at `index`, if anybody; `end` where no more are to be run. */
  readonly begin: (index: number, engine: BlockEngine) => Pick<Tracer, 'tracing' | 'reads'> | undefined | 'end'
  readonly done: (index: number, result: RunTxResult, engine: BlockEngine) => MaybePromise<void>
}

/**
 * Runs a block's transactions in order and compares nothing with its header: of a block that is invalid it shows what it
 * comes to here.
 * @returns the state after the last that was run
 */
export async function watchBlock(
  { job, reader, crypto, pace }: TraceBlockInput,
  { begin, done }: BlockWatcher,
): Promise<FlatState> {
  const state = new FlatState(reader)
  // Receipts from before Byzantium hold state roots, which nobody looks at here.
  const engine = await createEngine(await prepareBlock(job, crypto), state, async () => EMPTY_TRIE_ROOT, crypto, pace)
  const { common, header, transactions } = engine.block
  if (common.hardforkBlock(Hardfork.Dao) === header.number) await applyDaoFork(state)
  await callBeforeTransactions(engine)
  let blockGasUsed = 0n
  for (const index of transactions.keys()) {
    const watcher = begin(index, engine)
    if (watcher === 'end') break
    const result = await runWatched(engine, index, blockGasUsed, watcher)
    blockGasUsed += result.totalGasSpent
    await done(index, result, engine)
  }
  return state
}

async function runWatched(
  { block, evm, state, vm }: BlockEngine,
  index: number,
  blockGasUsed: bigint,
  watcher: Pick<Tracer, 'tracing' | 'reads'> | undefined,
): Promise<RunTxResult> {
  if (!(evm instanceof TunedEvm)) throw new Error('only runs on the tuned engine are watched')
  evm.tracing = watcher?.tracing
  state.reads = watcher?.reads
  try {
    return await runTx(vm, { tx: block.transactions[index]!, block, blockGasUsed })
  } finally {
    evm.tracing = undefined
    state.reads = undefined
  }
}

function outcomeOf({ execResult: { exceptionError, returnValue } }: RunTxResult): Outcome {
  if (exceptionError === undefined) return { kind: 'success', output: returnValue }
  if (exceptionError.error === 'revert') return { kind: 'revert', output: returnValue }
  // Which failure it was, tracers have heard for themselves.
  return { kind: 'failure', failure: 'out of gas' }
}
