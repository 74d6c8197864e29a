/** Simulations as JSON-RPC brings them, and what is answered (execution-apis, "EthSimulatePayload", "EthSimulateResult"). */
import { bytesToHex } from '@ethereumjs/util'
import { asHash, type Hash } from '../../../chain/bytes.ts'
import { presentMembers } from '../../../chain/present-members.ts'
import { CallError } from '../call-error.ts'
import { address, flag, hash, quantity64, type JsonInput } from '../json/json-input.ts'
import { readBlockOverrides, readCall, readStateOverrides } from '../json/read-call.ts'
import type { Json } from '../tracers/tracer.ts'
import type { SimulatedCalls, SimulatedOverrides, Withdrawal } from './block-plan.ts'
import { logJson } from './log-tracer.ts'
import type { Simulation } from './simulate.ts'
import type { SimulatedBlock, SimulatedCall } from './simulate-block.ts'
import { quantity, transactionJson } from './simulated-transaction.ts'

/** execution-apis; more are refused by name. */
const MAX_BLOCKS = 256
const CLIENT_LIMIT = -38026
/** Calls of one block, and its withdrawals: more run out of any gas, or of any use. */
const MAX_CALLS = 10_000

/** UTF-16 units of what calls give back and log, as JSON: in memory it takes a few times as much, in three threads. */
const MAX_RESULT_SIZE = 67_108_864
/** Of a call's result and of a log without their data. */
const [CALL_SIZE, LOG_SIZE] = [160, 640]

export interface SimulationRequest {
  readonly simulation: Simulation
  readonly transactions: 'hashes' | 'whole'
}

/** @throws {CallError} */
export function readSimulation(input: JsonInput): SimulationRequest {
  const isSet = (name: string): boolean => input.member(name, flag) === true
  const blocks = input.member('blockStateCalls', (list) => {
    if (Array.isArray(list.value) && list.value.length > MAX_BLOCKS)
      throw new CallError(CLIENT_LIMIT, 'too many blocks')
    return list.list(readBlock, MAX_BLOCKS)
  })
  return {
    simulation: {
      blocks: blocks ?? [],
      transfers: isSet('traceTransfers') ? 'told' : 'leftOut',
      validation: isSet('validation') ? 'full' : 'none',
    },
    transactions: isSet('returnFullTransactions') ? 'whole' : 'hashes',
  }
}

/** @throws {CallError} where it is too much for an answer */
export function simulationJson(
  blocks: readonly SimulatedBlock[],
  transactions: 'hashes' | 'whole',
  maxSize = MAX_RESULT_SIZE,
): Json {
  const size = blocks.reduce((sum, { calls }) => sum + calls.reduce((all, call) => all + sizeOf(call), 0), 0)
  if (size > maxSize) {
    const problem = `the calls give back and log more than ${maxSize} bytes, the most that is answered; simulate fewer at once`
    throw new CallError(CLIENT_LIMIT, problem)
  }
  return blocks.map((block) => blockJson(block, transactions))
}

function sizeOf({ returnData, logs }: SimulatedCall): number {
  return logs.reduce((sum, { log }) => sum + LOG_SIZE + 2 * log[2].length, CALL_SIZE + 2 * returnData.length)
}

function readBlock(input: JsonInput): SimulatedCalls {
  return {
    overrides: input.member('blockOverrides', readOverrides) ?? {},
    state: input.member('stateOverrides', readStateOverrides),
    calls: input.member('calls', (calls) => calls.list(readCall, MAX_CALLS)) ?? [],
  }
}

function readOverrides(input: JsonInput): SimulatedOverrides {
  return {
    ...readBlockOverrides(input),
    parentBeaconBlockRoot: input.member('beaconRoot', hash),
    withdrawals: input.member('withdrawals', (list) => list.list(readWithdrawal, MAX_CALLS)),
  }
}

function readWithdrawal(input: JsonInput): Withdrawal {
  return {
    index: input.member('index', quantity64) ?? 0n,
    validatorIndex: input.member('validatorIndex', quantity64) ?? 0n,
    address: input.member('address', address) ?? new Uint8Array(20),
    amount: input.member('amount', quantity64) ?? 0n,
  }
}

function blockJson({ header, calls, withdrawals, size }: SimulatedBlock, transactions: 'hashes' | 'whole'): Json {
  const blockHash = asHash(header.hash())
  const place = { blockHash, blockNumber: header.number, blockTimestamp: header.timestamp }
  return presentMembers<Json>({
    hash: bytesToHex(blockHash),
    ...renamed(header.toJSON() as HeaderJson),
    size: quantity(size),
    transactions: calls.map(({ transaction }, index) =>
      transactions === 'whole' ? transactionJson(transaction, { ...place, index }) : bytesToHex(transaction.hash),
    ),
    uncles: [],
    withdrawals: withdrawals?.map(({ index, validatorIndex, address: to, amount }) => ({
      ...{ index: quantity(index), validatorIndex: quantity(validatorIndex) },
      ...{ address: bytesToHex(to), amount: quantity(amount) },
    })),
    calls: calls.map((call, index) => callJson(call, index, place)),
  })
}

/** Members of later forks are undefined. */
interface HeaderJson {
  readonly [name: string]: Json | undefined
}

/** What EthereumJS calls otherwise. */
function renamed({ uncleHash, coinbase, transactionsTrie, receiptTrie, ...same }: HeaderJson): HeaderJson {
  return {
    ...same,
    sha3Uncles: uncleHash,
    miner: coinbase,
    transactionsRoot: transactionsTrie,
    receiptsRoot: receiptTrie,
  }
}

function callJson(
  { transaction, returnData, logs, gasUsed, maxUsedGas, error }: SimulatedCall,
  transactionIndex: number,
  place: { readonly blockHash: Hash; readonly blockNumber: bigint; readonly blockTimestamp: bigint },
): Json {
  return presentMembers<Json>({
    returnData: bytesToHex(returnData),
    logs: logs.map((log) => logJson(log, { ...place, transactionHash: transaction.hash, transactionIndex })),
    gasUsed: quantity(gasUsed),
    maxUsedGas: quantity(maxUsedGas),
    status: error === undefined ? '0x1' : '0x0',
    error: error && presentMembers<Json>({ message: error.message, code: error.code, data: error.data }),
  })
}
