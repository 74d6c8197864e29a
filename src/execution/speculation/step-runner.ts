/** Runs single steps of a block on what is known and guessed of the state before them, and says what they read and did. */
import { EthereumJSError } from '@ethereumjs/util'
import type { TypedTransaction } from '@ethereumjs/tx'
import { runTx, type RunTxResult } from '@ethereumjs/vm'
import { DataFaultError } from '../../state/data-fault.ts'
import type { BlockEngine } from '../block/prepare-block.ts'
import { DepositLogError, requestsHash } from '../block/requests.ts'
import { payWithdrawals } from '../block/rewards.ts'
import { callBeforeTransactions, SystemCallError } from '../block/system-calls.ts'
import { bytesToWord } from '../words.ts'
import { RunStoppedError, type GuessingReader } from './guessing-reader.ts'
import { ReadRecorder } from './read-recorder.ts'
import type { StateRead, StepResult, TransactionResult } from './transaction-result.ts'

/** A run of a step. What it says of reads holds whether it came to an end or not. */
export interface StepRun {
  readonly step: StepResult
  /** Undefined for a step that is no transaction, and where the run has nothing to give: it failed or was stopped. */
  readonly transaction: TransactionResult | undefined
  readonly end: StepEnd
  /** Whether code that was run was only guessed: no read tells. */
  readonly code: 'known' | 'guessed'
}

/**
 * `failed`: as an invalid transaction does, or on a value that nobody can give. `stopped` by the bound on guesses, or `out
 * of time`. After all three the state has to be made anew.
 */
export type StepEnd = 'done' | 'failed' | 'stopped' | 'out of time'

/** What of a step is run, and what of it is kept. */
interface Step {
  readonly payee: bigint | undefined
  readonly run: (recorder: ReadRecorder) => Promise<RunTxResult | undefined>
}

export class StepRunner {
  private readonly coinbase: bigint

  constructor(
    private readonly engine: BlockEngine,
    private readonly reader: GuessingReader,
  ) {
    this.coinbase = bytesToWord(engine.block.header.coinbase.bytes)
  }

  /** What the protocol does before the transactions. */
  opening(): Promise<StepRun> {
    return this.run({ payee: undefined, run: () => this.asNothing(callBeforeTransactions(this.engine)) })
  }

  /** What it does after them, as if there had been none. */
  closing(): Promise<StepRun> {
    return this.run({ payee: undefined, run: () => this.asNothing(this.close()) })
  }

  async transaction(index: number): Promise<StepRun> {
    const { block, state, vm } = this.engine
    const tx = block.transactions[index]!
    const run = await this.run({
      payee: 'authorizationList' in tx ? undefined : this.coinbase,
      run: async (recorder) => {
        const sender = state.entry(bytesToWord(tx.getSenderAddress().bytes))
        await state.load(sender)
        recorder.sufficiency(sender, mostItCosts(tx))
        return runTx(vm, { tx, block, blockGasUsed: 0n })
      },
    })
    return run.transaction === undefined ? run : { ...run, transaction: { ...run.transaction, index } }
  }

  private async run(step: Step): Promise<StepRun> {
    const { state, accesses, pace } = this.engine
    await pace.pause()
    const recorder = new ReadRecorder(state, {
      payee: step.payee,
      onCreation: (entry) => this.reader.expectCreation(entry),
    })
    state.reads = recorder
    let result: RunTxResult | undefined
    let end: StepEnd = 'done'
    try {
      result = await step.run(recorder)
    } catch (error) {
      end = endOf(error)
    } finally {
      state.reads = undefined
    }
    const accessed = accesses?.takeAccesses().map(({ entry, slots }) => ({ key: entry.key, slots }))
    const { reads } = recorder
    const isGuessed = (read: StateRead) => read.kind === 'codeHash' && this.reader.hasGuessedCode(read.hash)
    const code = reads.some(isGuessed) ? 'guessed' : 'known'
    if (end !== 'done')
      return { step: { reads, effects: [], emptied: [], accessed }, transaction: undefined, end, code }
    state.resetTransaction()
    const done = { reads, effects: recorder.effects(), emptied: recorder.emptied(), accessed }
    const transaction = result === undefined || !recorder.isWhole() ? undefined : transactionResult(done, result)
    return { step: done, transaction, end, code }
  }

  private async close(): Promise<void> {
    const { state, block } = this.engine
    await payWithdrawals(this.engine)
    await state.load(state.entry(this.coinbase))
    if (block.common.isActivatedEIP(7685)) await requestsHash(this.engine, [], undefined)
  }

  private async asNothing(step: Promise<void>): Promise<undefined> {
    await step
  }
}

/** @throws what is none of the outcomes that a run on guesses can have: a defect */
function endOf(error: unknown): StepEnd {
  if (error instanceof RunStoppedError) return error.limit === 'time' ? 'out of time' : 'stopped'
  const outcomes = [EthereumJSError, DataFaultError, SystemCallError, DepositLogError]
  if (outcomes.some((outcome) => error instanceof outcome)) return 'failed'
  throw error
}

function transactionResult(step: StepResult, run: RunTxResult): TransactionResult {
  const { totalGasSpent, blockGasSpent, txRegularGas, txStateGas, execResult, bloom } = run
  return {
    ...step,
    index: 0,
    status: execResult.exceptionError === undefined ? 1 : 0,
    gas: { totalGasSpent, blockGasSpent, txRegularGas, txStateGas },
    logs: execResult.logs ?? [],
    bloom: bloom.bitvector,
  }
}

/** What `runTx` wants a sender to have, or more: all gas at the highest price, the value, and blobs at theirs. */
function mostItCosts(tx: TypedTransaction): bigint {
  const price = 'maxFeePerGas' in tx ? tx.maxFeePerGas : tx.gasPrice
  const gas = tx.value + tx.gasLimit * price
  if (!('maxFeePerBlobGas' in tx)) return gas
  return gas + tx.common.param('blobGasPerBlob') * BigInt(tx.numBlobs()) * tx.maxFeePerBlobGas
}
