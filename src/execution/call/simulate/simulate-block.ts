/** One block of a simulation: overrides, the protocol's own calls, the callers' calls, and the header that comes of it. */
import { createBlockFromBytesArray, type BlockHeader } from '@ethereumjs/block'
import { RLP } from '@ethereumjs/rlp'
import { Bloom, encodeReceipt, type TxReceipt } from '@ethereumjs/vm'
import type { Hash } from '../../../chain/bytes.ts'
import { createEngine, type BlockEngine } from '../../block/prepare-block.ts'
import { orderedRoot } from '../../block/ordered-root.ts'
import { requestsHash } from '../../block/requests.ts'
import { payRewards, payWithdrawals } from '../../block/rewards.ts'
import { callBeforeTransactions } from '../../block/system-calls.ts'
import type { BlockHashLookup, Log } from '../../evm/environment.ts'
import type { FlatState } from '../../state/flat-state.ts'
import { takeWrites } from '../../state/take-writes.ts'
import { wordToTrimmedBytes as number } from '../../words.ts'
import { applyMessage, type AppliedMessage } from '../apply-message.ts'
import { openBlock, type CallBlock } from '../call-block.ts'
import { valuesOf } from '../block-values.ts'
import { CallError, INVALID_PARAMS, outcomeError, VM_ERROR } from '../call-error.ts'
import { blobGas, MessageError, type MessagePolicy, type MessageProblem } from '../message-checks.ts'
import { applyOverrides } from '../state-overrides.ts'
import { messageOf, type Message, type TransactionCall } from '../transaction-call.ts'
import type { PlannedBlock, Withdrawal } from './block-plan.ts'
import type { HeaderDraft } from './header-draft.ts'
import { LogTracer, type NumberedLog } from './log-tracer.ts'
import type { Simulation, SimulationContext } from './simulate.ts'
import { simulatedTransaction, type SimulatedTransaction } from './simulated-transaction.ts'

export interface SimulatedCall {
  readonly transaction: SimulatedTransaction
  readonly gasUsed: number
  readonly maxUsedGas: number
  readonly returnData: Uint8Array
  readonly logs: readonly NumberedLog[]
  /** Undefined for a call that came through. */
  readonly error: CallError | undefined
}

export interface SimulatedBlock {
  readonly header: BlockHeader
  readonly calls: readonly SimulatedCall[]
  /** Undefined before Shanghai. */
  readonly withdrawals: readonly Withdrawal[] | undefined
  /** Bytes of its RLP. */
  readonly size: number
}

export interface BlockSetting extends Omit<SimulationContext, 'blockHash'> {
  readonly state: FlatState
  readonly draft: HeaderDraft
  readonly blockHash: BlockHashLookup
  readonly simulation: Simulation
  /** Gas that is left for all calls together. */
  readonly budget: { gas: bigint }
}

interface BlockRun {
  readonly calls: SimulatedCall[]
  readonly receipts: Uint8Array[]
  readonly logs: Log[]
  gasUsed: bigint
  blobGasUsed: bigint
}

export async function simulateBlock(planned: PlannedBlock, setting: BlockSetting): Promise<SimulatedBlock> {
  const { state, draft, crypto } = setting
  const header = draft()
  const block = openSimulated(header, planned, setting)
  const engine = await openEngine(header, planned, setting)
  const { common } = header
  await applyOverrides(state, planned.state ?? new Map(), block.precompiles, crypto.keccak)
  await callBeforeTransactions(engine)
  const tracer = new LogTracer(block.rules.transferLogs ? 'leftOut' : setting.simulation.transfers)
  const run: BlockRun = { calls: [], receipts: [], logs: [], gasUsed: 0n, blobGasUsed: 0n }
  for (const call of planned.calls) await simulateCall(call, block, run, tracer, setting)
  const requests = common.isActivatedEIP(7685)
    ? await requestsHash(engine, run.logs, setting.network.execution.depositContract)
    : undefined
  await payWithdrawals(engine)
  await payRewards(state, engine.block, engine.vm.common)
  if (block.rules.spuriousDragon) state.deleteTouchedEmpty()
  state.resetTransaction()
  const withdrawals = common.isActivatedEIP(4895) ? (planned.overrides.withdrawals ?? []) : undefined
  const transactions = run.calls.map(({ transaction }) => transaction.bytes)
  const bloom = new Bloom(undefined, common)
  for (const log of run.logs) addToBloom(bloom, log)
  const made = draft({
    stateRoot: await setting.stateRoot(takeWrites(state)),
    transactionsRoot: orderedRoot(transactions, crypto.keccak),
    receiptsRoot: orderedRoot(run.receipts, crypto.keccak),
    logsBloom: bloom.bitvector,
    withdrawalsRoot: orderedRoot(
      (withdrawals ?? []).map((withdrawal) => RLP.encode(withdrawalFields(withdrawal))),
      crypto.keccak,
    ),
    gasUsed: run.gasUsed,
    blobGasUsed: run.blobGasUsed,
    requestsHash: requests,
  })
  return { header: made, calls: run.calls, withdrawals, size: sizeOf(made, run.calls, withdrawals) }
}

function openSimulated(header: BlockHeader, { overrides }: PlannedBlock, setting: BlockSetting): CallBlock {
  const values = valuesOf(header)
  return openBlock(setting, { ...values, blobBaseFee: overrides.blobBaseFee ?? values.blobBaseFee }, setting.blockHash)
}

/** For what the protocol does at the block's edges. */
function openEngine(header: BlockHeader, { overrides }: PlannedBlock, setting: BlockSetting): Promise<BlockEngine> {
  const { network, state, stateRoot, crypto, pace } = setting
  const { common, number: height, timestamp, difficulty } = header
  const withdrawals = (overrides.withdrawals ?? []).map(withdrawalFields)
  const parts = [header.raw(), [], [], ...(common.isActivatedEIP(4895) ? [withdrawals] : [])]
  const block = createBlockFromBytesArray(parts as Parameters<typeof createBlockFromBytesArray>[0], {
    common,
    skipConsensusFormatValidation: true,
  })
  const position = { number: Number(height), timestamp: Number(timestamp), difficulty }
  const job = {
    network,
    block: block.serialize(),
    position,
    ancestors: new Map<number, Hash>(),
    engine: 'tuned',
  } as const
  return createEngine({ job, common, block }, state, async () => stateRoot(takeWrites(state)), crypto, pace)
}

async function simulateCall(
  call: TransactionCall,
  block: CallBlock,
  run: BlockRun,
  tracer: LogTracer,
  setting: BlockSetting,
): Promise<void> {
  const { state, simulation, budget, crypto } = setting
  const message = await messageInBlock(call, block, run, setting)
  const transaction = simulatedTransaction(call, message, block.rules.chainId, crypto.keccak)
  const policy: MessagePolicy =
    simulation.validation === 'full' ? { nonce: 'checked', fees: 'charged' } : { nonce: 'ignored', fees: 'waived' }
  const applied = await applyOrRefuse(block, state, message, policy, tracer)
  const { gas, outcome, failure } = applied
  budget.gas -= BigInt(gas.paid)
  run.gasUsed += BigInt(gas.paid)
  run.blobGasUsed += blobGas(message)
  run.logs.push(...applied.logs)
  run.receipts.push(encodeReceipt(await receiptOf(applied, block, run, setting), transaction.type))
  const logs = block.rules.transferLogs ? numbered(applied.logs, run) : tracer.take()
  run.calls.push({
    ...{ transaction, gasUsed: gas.paid, maxUsedGas: gas.peak, logs },
    returnData: outcome.kind === 'success' ? outcome.output : NOTHING,
    error: outcome.kind === 'success' ? undefined : outcomeError(outcome, failure, VM_ERROR),
  })
}

const NOTHING = new Uint8Array(0)

function numbered(logs: readonly Log[], { logs: all }: BlockRun): NumberedLog[] {
  return logs.map((log, at) => ({ log, index: all.length - logs.length + at }))
}

/** -38015: a call asks for more than its block has left. */
const BLOCK_GAS_LIMIT_REACHED = -38015

async function messageInBlock(
  call: TransactionCall,
  { environment, baseFee, rules }: CallBlock,
  { gasUsed }: BlockRun,
  { state, budget }: BlockSetting,
): Promise<Message> {
  const { gasLimit } = environment
  const gas = call.gas ?? gasLimit - gasUsed
  if (gasUsed + gas > gasLimit) {
    throw new CallError(BLOCK_GAS_LIMIT_REACHED, `block gas limit reached: ${gasUsed} >= ${gasLimit}`)
  }
  const message = messageOf({ ...call, gas }, { baseFee, chainId: rules.chainId, gasCap: budget.gas })
  if (call.nonce !== undefined) return message
  const sender = state.entry(message.from)
  await state.load(sender)
  return { ...message, nonce: sender.current?.nonce ?? 0n }
}

/** execution-apis, eth_simulateV1: errors of calls that no block could take; all others are internal. */
const CODES: Partial<Record<MessageProblem, number>> = {
  'nonce too low': -38010,
  'nonce too high': -38011,
  'max fee per gas less than block base fee': -38012,
  'max priority fee per gas higher than max fee per gas': INVALID_PARAMS,
  'intrinsic gas too low': -38013,
  'insufficient gas for floor data gas cost': -38013,
  'insufficient funds for gas * price + value': -38014,
  'insufficient funds for transfer': -38014,
  'max initcode size exceeded': -38025,
}
const INTERNAL = -32603

async function applyOrRefuse(
  block: CallBlock,
  state: FlatState,
  message: Message,
  policy: MessagePolicy,
  tracer: LogTracer,
): Promise<AppliedMessage> {
  try {
    return await applyMessage(block, state, message, policy, tracer.tracing)
  } catch (error) {
    if (!(error instanceof MessageError)) throw error
    throw new CallError(CODES[error.problem] ?? INTERNAL, `err: ${error.message} (supplied gas ${message.gas})`)
  }
}

async function receiptOf(
  { outcome, logs }: AppliedMessage,
  { common }: CallBlock,
  { gasUsed }: BlockRun,
  { state, stateRoot }: BlockSetting,
): Promise<TxReceipt> {
  const bloom = new Bloom(undefined, common)
  for (const log of logs) addToBloom(bloom, log)
  const rest = { cumulativeBlockGasUsed: gasUsed, bitvector: bloom.bitvector, logs: [...logs] }
  if (!common.gteHardfork('byzantium')) return { ...rest, stateRoot: await stateRoot(takeWrites(state)) }
  return { ...rest, status: outcome.kind === 'success' ? 1 : 0 }
}

function addToBloom(bloom: Bloom, [address, topics]: Log): void {
  bloom.add(address)
  for (const topic of topics) bloom.add(topic)
}

function withdrawalFields({ index, validatorIndex, address, amount }: Withdrawal): Uint8Array[] {
  return [number(index), number(validatorIndex), address, number(amount)]
}

function sizeOf(
  header: BlockHeader,
  calls: readonly SimulatedCall[],
  withdrawals: readonly Withdrawal[] | undefined,
): number {
  const transactions = calls.map(({ transaction: { type, bytes } }) => (type === 0 ? RLP.decode(bytes) : bytes))
  const parts = [
    header.raw(),
    transactions,
    [],
    ...(withdrawals === undefined ? [] : [withdrawals.map(withdrawalFields)]),
  ]
  return RLP.encode(parts).length
}
