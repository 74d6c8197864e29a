/**
 * Executes one block against flat values of its parent state: system calls, transactions, rewards, withdrawals, requests.
 * Says what came out and compares nothing. Knows no trie: its reader may answer from another thread.
 */
import { createBlockFromRLP, type Block } from '@ethereumjs/block'
import { Hardfork, type Common } from '@ethereumjs/common'
import { EVM, NobleBLS, NobleBN254, type EVMMockBlockchainInterface } from '@ethereumjs/evm'
import { EthereumJSError, type BlockLevelAccessList, type KZG } from '@ethereumjs/util'
import { createVM, encodeReceipt, runTx, type RunTxResult, type VM } from '@ethereumjs/vm'
import { asHash, type Hash } from '../../chain/bytes.ts'
import { commonAt } from '../../chain/execution-common.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import { DataFaultError } from '../../state/data-fault.ts'
import type { FlatReader } from '../../state/flat-reader.ts'
import type { StateWrites } from '../../state/state-writes.ts'
import { loadKzg } from '../crypto/kzg.ts'
import { precompilesOf } from '../crypto/precompiles.ts'
import type { WasmCrypto } from '../crypto/wasm-crypto.ts'
import type { BlockHashLookup, Log } from '../evm/environment.ts'
import { TunedEvm } from '../evm/tuned-evm.ts'
import { AccessRecorder } from '../state/access-recorder.ts'
import { FlatStateManager } from '../state/flat-state-manager.ts'
import { FlatState } from '../state/flat-state.ts'
import { RecordedAccessList } from '../state/recorded-access-list.ts'
import { ImpossibleBalanceError, takeWrites } from '../state/take-writes.ts'
import { bytesToWord } from '../words.ts'
import { AccessListSizeError, encodeBlockAccessList } from './block-access-list.ts'
import { BlockGas } from './block-gas.ts'
import { applyDaoFork } from './dao-fork.ts'
import { DepositLogError, requestsHash } from './requests.ts'
import { payRewards, payWithdrawals } from './rewards.ts'
import { callBeforeTransactions, SystemCallError, type SystemCaller } from './system-calls.ts'

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
  readonly ms: { readonly senders: number; readonly evm: number }
}

/** The block breaks a rule. */
export class InvalidBlockError extends Error {
  override name = 'InvalidBlockError'
  constructor(
    readonly code: 'invalid-block' | 'invalid-transaction',
    message: string,
  ) {
    super(message)
  }
}

const BLOOM_BYTES = 256

/** @throws {InvalidBlockError} @throws {DataFaultError} when the reader has not what execution needs */
export async function executeBlock(
  job: ExecutionJob,
  from: ExecutionState,
  tools: ExecutionTools,
): Promise<ExecutionOutcome> {
  const start = tools.now()
  const common = await executionCommon(job, tools)
  const block = decodeBlock(job.block, common)
  recoverSenders(block)
  const recovered = tools.now()

  const state = new FlatState(from.reader)
  const accesses = common.isActivatedEIP(7928) ? new AccessRecorder(state) : undefined
  const { vm, evm } = await createEngine(job, from, { state, accesses }, common, tools)
  try {
    const outcome = await runBlock({ state, evm, block, accesses }, vm, job.network)
    return { ...outcome, writes: takeWrites(state), ms: { senders: recovered - start, evm: tools.now() - recovered } }
  } catch (error) {
    if (error instanceof ImpossibleBalanceError || error instanceof AccessListSizeError)
      throw new InvalidBlockError('invalid-block', error.message)
    throw error
  }
}

async function executionCommon(job: ExecutionJob, { crypto }: ExecutionTools): Promise<Common> {
  if (job.engine === 'tuned') return commonAt(job.network, job.position, { ...crypto.customCrypto, kzg: UNUSED_KZG })
  // EthereumJS has no default for point evaluation; all other cryptography is its own.
  return commonAt(job.network, job.position, { kzg: await loadKzg() })
}

/**
 * EthereumJS makes no blob transaction without a KZG library, though only blobs, which blocks do not carry, would need it.
 * The point evaluation precompile loads the real one for itself.
 */
const UNUSED_KZG: KZG = {
  blobToKzgCommitment: unused,
  computeBlobProof: unused,
  verifyProof: unused,
  verifyBlobProofBatch: unused,
  computeCells: unused,
  computeCellsAndProofs: unused,
  recoverCellsAndProofs: unused,
  verifyCellKzgProofBatch: unused,
}

function unused(): never {
  throw new Error('this KZG library is only there to be named')
}

function decodeBlock(rlp: Uint8Array, common: Common): Block {
  let block: Block
  try {
    block = createBlockFromRLP(rlp, { common, freeze: true })
  } catch (error) {
    throw new InvalidBlockError('invalid-block', (error as Error).message)
  }
  const [problem] = block.getTransactionsValidationErrors()
  if (problem !== undefined) throw new InvalidBlockError('invalid-transaction', problem)
  return block
}

/** Recovered senders stay with the transactions. */
function recoverSenders(block: Block): void {
  for (const [index, transaction] of block.transactions.entries()) {
    try {
      transaction.getSenderPublicKey()
    } catch (error) {
      throw new InvalidBlockError(
        'invalid-transaction',
        `transaction ${index} has no valid signature: ${(error as Error).message}`,
      )
    }
  }
}

interface Engine {
  readonly vm: VM
  readonly evm: EVM
}

async function createEngine(
  job: ExecutionJob,
  from: ExecutionState,
  { state, accesses }: Pick<SystemCaller, 'state' | 'accesses'>,
  common: Common,
  { crypto }: ExecutionTools,
): Promise<Engine> {
  const stateManager = new FlatStateManager(state, crypto.keccak, () => from.intermediateRoot(takeWrites(state)))
  const blockHash: BlockHashLookup = (number) => bytesToWord(ancestorHash(job, number))
  const blockchain = ancestorsAsBlockchain(job)
  const options = {
    ...{ common, stateManager, blockchain, bn254: new NobleBN254() },
    ...(accesses && {
      blockLevelAccessList: new RecordedAccessList(state, accesses) as unknown as BlockLevelAccessList,
    }),
  }
  const evm =
    job.engine === 'tuned'
      ? new TunedEvm(options, { stateManager, keccak: crypto.keccak, blockHash, precompiles: precompilesOf, accesses })
      : new EVM({ ...options, bls: new NobleBLS() })
  return { evm, vm: await createVM({ common, stateManager, evm }) }
}

function ancestorHash({ ancestors }: ExecutionJob, number: number): Hash {
  const hash = ancestors.get(number)
  if (hash === undefined) throw new DataFaultError({ kind: 'header', number })
  return hash
}

/** How the stock interpreter asks for a block's hash. */
function ancestorsAsBlockchain(job: ExecutionJob): EVMMockBlockchainInterface {
  const blockchain: EVMMockBlockchainInterface = {
    getBlock: async (number) => ({ hash: () => ancestorHash(job, number) }),
    putBlock: async () => undefined,
    shallowCopy: () => blockchain,
  }
  return blockchain
}

async function runBlock(
  system: SystemCaller,
  vm: VM,
  network: ExecutionNetwork,
): Promise<Omit<ExecutionOutcome, 'writes' | 'ms'>> {
  const { state, block, accesses } = system
  const { common, header, transactions } = block
  if (common.hardforkBlock(Hardfork.Dao) === header.number) await applyDaoFork(state)
  await callBeforeTransactions(system)
  accesses?.close(0)

  const gas = new BlockGas(header)
  const receipts: Uint8Array[] = []
  const logs: Log[] = []
  const logsBloom = new Uint8Array(BLOOM_BYTES)
  for (const [index, tx] of transactions.entries()) {
    const problem = gas.problem(tx)
    if (problem !== undefined) throw new InvalidBlockError('invalid-transaction', `transaction ${index} ${problem}`)
    const result = await runTransaction(vm, block, index, gas.paid)
    accesses?.close(index + 1)
    gas.add(result)
    receipts.push(encodeReceipt(result.receipt, tx.type))
    logs.push(...((result.execResult.logs ?? []) as Log[]))
    for (let i = 0; i < BLOOM_BYTES; i++) logsBloom[i]! |= result.bloom.bitvector[i]!
  }

  await payWithdrawals(system)
  await payRewards(state, block, vm.common)
  // These payments touch accounts in the flat state itself, whatever journal the engine keeps.
  if (common.gteHardfork(Hardfork.SpuriousDragon)) state.deleteTouchedEmpty()
  state.resetTransaction()
  const requests = await readRequestsHash(system, logs, network)
  accesses?.close(transactions.length + 1)
  const blockAccessList = accesses && encodeBlockAccessList(accesses, header.gasLimit)
  return { gasUsed: gas.total, receipts, logsBloom, requestsHash: requests, blockAccessList }
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
