/**
 * Executes one block against flat values of its parent state: system calls, transactions, rewards, withdrawals, requests.
 * Says what came out and compares nothing. Knows no trie: its reader may answer from another thread.
 */
import type { Block } from '@ethereumjs/block'
import { Hardfork } from '@ethereumjs/common'
import { EthereumJSError } from '@ethereumjs/util'
import { encodeReceipt, runTx, type RunTxResult, type TxReceipt, type VM } from '@ethereumjs/vm'
import { asHash, type Hash } from '../../chain/bytes.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import type { FlatReader } from '../../state/flat-reader.ts'
import type { StateWrites } from '../../state/state-writes.ts'
import type { WasmCrypto } from '../crypto/wasm-crypto.ts'
import type { Log } from '../evm/environment.ts'
import { UNPACED, type Pace } from '../pace.ts'
import { adoptResult } from '../speculation/adopt-result.ts'
import type { TransactionResult } from '../speculation/transaction-result.ts'
import { FlatState } from '../state/flat-state.ts'
import { ImpossibleBalanceError, takeWrites } from '../state/take-writes.ts'
import { AccessListSizeError, encodeBlockAccessList } from './block-access-list.ts'
import { BlockGas, type TransactionGas } from './block-gas.ts'
import { applyDaoFork } from './dao-fork.ts'
import { InvalidBlockError } from './invalid-block-error.ts'
import { createEngine, prepareBlock, recoverSenders, type BlockEngine, type PreparedBlock } from './prepare-block.ts'
import { DepositLogError, requestsHash } from './requests.ts'
import { payRewards, payWithdrawals } from './rewards.ts'
import { callBeforeTransactions, SystemCallError, type SystemCaller } from './system-calls.ts'

export { InvalidBlockError }

/** Everything a block's execution starts from but the state. Survives `structuredClone`: it crosses to an EVM worker. */
export interface ExecutionJob {
  readonly network: ExecutionNetwork
  /** The whole block, already checked against its header's roots. */
  readonly block: Uint8Array
  /** Decides the fork, together with the network. */
  readonly position: { readonly number: number; readonly timestamp: number; readonly difficulty: bigint }
  /** Hashes of up to 256 ancestors by number, for BLOCKHASH. */
  readonly ancestors: ReadonlyMap<number, Hash>
  /** `tuned` is for use; `stock` is EthereumJS as it comes, for comparison and for a second opinion. */
  readonly engine: 'tuned' | 'stock'
}

/** Where the state is. */
export interface ExecutionState {
  readonly reader: FlatReader
  /** Applies writes to the state and gives the root; asked after each transaction before Byzantium (EIP-658 ended that). */
  readonly intermediateRoot: (writes: StateWrites) => Promise<Hash>
}

export interface ExecutionTools {
  readonly crypto: WasmCrypto
  /** Milliseconds, for stage times only. */
  readonly now: () => number
  /** Default: the thread is its own. Asked between senders, between transactions, and within those on the tuned engine. */
  readonly pace?: Pace | undefined
}

export interface ExecutionOutcome {
  readonly gasUsed: bigint
  /** As in the receipts trie. */
  readonly receipts: readonly Uint8Array[]
  readonly logsBloom: Uint8Array
  /** Undefined before Prague. */
  readonly requestsHash: Hash | undefined
  /** RLP, as EIP-7928 has it; undefined before Amsterdam. */
  readonly blockAccessList: Uint8Array | undefined
  /** What {@link ExecutionState.intermediateRoot} has not been given yet. */
  readonly writes: StateWrites
  /** Transactions whose earlier results were taken, in order. */
  readonly adopted: readonly number[]
  readonly ms: { readonly senders: number; readonly evm: number }
}

/** What transactions did elsewhere, by their positions. Wrong ones cost time and change nothing. */
export type EarlierResults = ReadonlyMap<number, TransactionResult>

const NO_RESULTS: EarlierResults = new Map()
const BLOOM_BYTES = 256

/**
 * @param earlier what single transactions did on an earlier state: taken where it is what running them would give
 * @throws {InvalidBlockError} @throws {DataFaultError} when the reader has not what execution needs
 */
export async function executeBlock(
  job: ExecutionJob,
  from: ExecutionState,
  tools: ExecutionTools,
  earlier: EarlierResults = NO_RESULTS,
): Promise<ExecutionOutcome> {
  const start = tools.now()
  const prepared = await prepareBlock(job, tools.crypto)
  return executePrepared(prepared, from, tools, earlier, start)
}

/** The same for a block that has been decoded already; `start` is when the work on it began. */
export async function executePrepared(
  prepared: PreparedBlock,
  from: ExecutionState,
  tools: ExecutionTools,
  earlier: EarlierResults = NO_RESULTS,
  start = tools.now(),
): Promise<ExecutionOutcome> {
  const { crypto, pace = UNPACED } = tools
  await recoverSenders(prepared, pace)
  const recovered = tools.now()
  const state = new FlatState(from.reader)
  const engine = await createEngine(prepared, state, () => from.intermediateRoot(takeWrites(state)), crypto, pace)
  try {
    const outcome = await runBlock(engine, prepared.job, earlier)
    return { ...outcome, writes: takeWrites(state), ms: { senders: recovered - start, evm: tools.now() - recovered } }
  } catch (error) {
    if (error instanceof ImpossibleBalanceError || error instanceof AccessListSizeError)
      throw new InvalidBlockError('invalid-block', error.message)
    throw error
  }
}

async function runBlock(
  engine: BlockEngine,
  { network }: ExecutionJob,
  earlier: EarlierResults,
): Promise<Omit<ExecutionOutcome, 'writes' | 'ms'>> {
  const { state, block, accesses, vm } = engine
  const { common, header, transactions } = block
  if (common.hardforkBlock(Hardfork.Dao) === header.number) await applyDaoFork(state)
  await callBeforeTransactions(engine)
  accesses?.close(0)

  const gas = new BlockGas(header)
  const receipts: Uint8Array[] = []
  const logs: Log[] = []
  const adopted: number[] = []
  const logsBloom = new Uint8Array(BLOOM_BYTES)
  for (const [index, tx] of transactions.entries()) {
    const problem = gas.problem(tx)
    if (problem !== undefined) throw new InvalidBlockError('invalid-transaction', `transaction ${index} ${problem}`)
    await engine.pace.pause()
    const result = await transact(engine, index, gas.paid, earlier)
    accesses?.close(index + 1)
    gas.add(result)
    receipts.push(encodeReceipt(result.receipt, tx.type))
    logs.push(...result.logs)
    for (let i = 0; i < BLOOM_BYTES; i++) logsBloom[i]! |= result.bloom[i]!
    if (result.kind === 'adopted') adopted.push(index)
  }

  await payWithdrawals(engine)
  await payRewards(state, block, vm.common)
  // These payments touch accounts in the flat state itself, whatever journal the engine keeps.
  if (common.gteHardfork(Hardfork.SpuriousDragon)) state.deleteTouchedEmpty()
  state.resetTransaction()
  const requests = await readRequestsHash(engine, logs, network)
  accesses?.close(transactions.length + 1)
  const blockAccessList = accesses && encodeBlockAccessList(accesses, header.gasLimit)
  return { gasUsed: gas.total, receipts, logsBloom, requestsHash: requests, blockAccessList, adopted }
}

/** One transaction done, in either way. */
interface Transacted extends TransactionGas {
  readonly kind: 'run' | 'adopted'
  readonly receipt: TxReceipt
  readonly logs: readonly Log[]
  readonly bloom: Uint8Array
}

async function transact(
  engine: BlockEngine,
  index: number,
  gasPaid: bigint,
  earlier: EarlierResults,
): Promise<Transacted> {
  const { state, accesses, block, vm } = engine
  const result = earlier.get(index)
  // Before Byzantium a receipt holds the state's root, which only running in order gives.
  const isAdoptable = result !== undefined && block.common.gteHardfork(Hardfork.Byzantium)
  if (isAdoptable && (await adoptResult(state, accesses, result))) {
    const { status, gas, logs, bloom } = result
    const cumulativeBlockGasUsed = gasPaid + gas.totalGasSpent
    return {
      ...gas,
      kind: 'adopted',
      receipt: { status, cumulativeBlockGasUsed, bitvector: bloom, logs: [...logs] },
      logs,
      bloom,
    }
  }
  const run = await runTransaction(vm, block, index, gasPaid)
  const { totalGasSpent, blockGasSpent, txRegularGas, txStateGas, receipt, bloom, execResult } = run
  const gas = { totalGasSpent, blockGasSpent, txRegularGas, txStateGas }
  return { ...gas, kind: 'run', receipt, logs: execResult.logs ?? [], bloom: bloom.bitvector }
}

async function runTransaction(vm: VM, block: Block, index: number, blockGasUsed: bigint): Promise<RunTxResult> {
  try {
    return await runTx(vm, { tx: block.transactions[index]!, block, blockGasUsed })
  } catch (error) {
    if (!(error instanceof EthereumJSError)) throw error
    throw new InvalidBlockError('invalid-transaction', `transaction ${index}: ${error.message}`)
  }
}

async function readRequestsHash(
  system: SystemCaller,
  logs: readonly Log[],
  network: ExecutionNetwork,
): Promise<Hash | undefined> {
  if (!system.block.common.isActivatedEIP(7685)) return undefined
  try {
    return asHash(await requestsHash(system, logs, network.execution.depositContract))
  } catch (error) {
    if (error instanceof SystemCallError || error instanceof DepositLogError)
      throw new InvalidBlockError('invalid-block', error.message)
    throw error
  }
}
