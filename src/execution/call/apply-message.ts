/**
 * A message applied to a state as a transaction of a block would be (Yellow Paper 6; geth, core: state transition): gas
 * bought, code run, gas given back, the block's producer paid. It needs no signature, so it can be anybody's.
 */
import { createEIP7708BurnLog } from '@ethereumjs/evm'
import { Address } from '@ethereumjs/util'
import type { Log } from '../evm/environment.ts'
import type { Outcome } from '../evm/frame.ts'
import { Machine } from '../evm/machine.ts'
import { startRootCall, startRootCreate } from '../evm/root-message.ts'
import type { MachineTracing } from '../evm/tuned-evm.ts'
import { EMPTY_CODE_HASH, type AccountEntry } from '../state/account-entry.ts'
import type { FlatState } from '../state/flat-state.ts'
import { bytesToWord } from '../words.ts'
import { applyAuthorizations } from './authorizations.ts'
import type { CallBlock } from './call-block.ts'
import { intrinsicGas } from './intrinsic-gas.ts'
import { blobGas, checkMessage, isFree, MessageError, type MessagePolicy } from './message-checks.ts'
import { MessageGas, type GasUsed } from './message-gas.ts'
import { FailureWords } from './failure-words.ts'
import { shownAddress } from './state-overrides.ts'
import type { Message } from './transaction-call.ts'

/** What came of a message that was taken. */
export interface AppliedMessage {
  readonly outcome: Outcome
  /** Why it failed, in geth's words; empty where it did not. */
  readonly failure: string
  readonly gas: GasUsed
  /** Of a run that was no failure. */
  readonly logs: readonly Log[]
  /** Of a creation. */
  readonly created: bigint | undefined
}

/**
 * The state holds what the message left; its transaction has ended.
 * @throws {MessageError} for a message that no block could take @throws what the state's reader throws
 */
export async function applyMessage(
  block: CallBlock,
  state: FlatState,
  message: Message,
  policy: MessagePolicy,
  tracing?: MachineTracing,
): Promise<AppliedMessage> {
  const sender = state.entry(message.from)
  await state.load(sender)
  checkMessage(block, message, sender, policy)
  const intrinsic = intrinsicGas(message, block.common)
  checkIntrinsic(block, message, intrinsic)
  const gas = new MessageGas(message.gas, intrinsic)
  buyGas(block, state, message, sender)
  warmUp(block, state, message)
  const run = await runMessage(block, state, message, gas, tracing)
  const used = gas.used(block.rules)
  state.setBalance(sender, sender.current!.balance + (message.gas - BigInt(used.paid)) * message.gasPrice)
  if (!isFree(message, policy)) await payProducer(block, state, message, used)
  const logs = [...run.logs, ...(await destroyAccounts(block, state, run.machine))]
  if (block.rules.spuriousDragon) state.deleteTouchedEmpty()
  state.resetTransaction()
  return { outcome: run.outcome, failure: run.failure, gas: used, logs, created: run.created }
}

function checkIntrinsic({ rules }: CallBlock, message: Message, { gas, floor }: { gas: bigint; floor: bigint }): void {
  if (message.gas < gas) throw new MessageError('intrinsic gas too low', `: have ${message.gas}, want ${gas}`)
  if (message.gas < floor) {
    throw new MessageError('insufficient gas for floor data gas cost', `: have ${message.gas}, want ${floor}`)
  }
  const { maxInitCodeSize } = rules
  if (message.to === undefined && maxInitCodeSize !== undefined && message.data.length > maxInitCodeSize) {
    throw new MessageError('max initcode size exceeded', `: code size ${message.data.length} limit ${maxInitCodeSize}`)
  }
}

function buyGas({ environment }: CallBlock, state: FlatState, message: Message, sender: AccountEntry): void {
  const price = message.gas * message.gasPrice + blobGas(message) * environment.blobBaseFee
  state.touch(sender)
  state.setBalance(sender, (sender.current?.balance ?? 0n) - price)
}

/** EIP-2929, EIP-2930, EIP-3651. */
function warmUp({ rules, common, warm, environment }: CallBlock, state: FlatState, message: Message): void {
  if (!rules.accessLists) return
  for (const address of warm) state.warm(state.entry(address))
  state.warm(state.entry(message.from))
  if (message.to !== undefined) state.warm(state.entry(message.to))
  if (common.isActivatedEIP(3651)) state.warm(state.entry(environment.coinbase))
  for (const { address, slots } of message.accessList ?? []) {
    const entry = state.entry(bytesToWord(address))
    state.warm(entry)
    for (const slot of slots) state.warmSlot(entry, bytesToWord(slot))
  }
}

interface Run {
  readonly machine: Machine | undefined
  readonly outcome: Outcome
  readonly failure: string
  readonly logs: readonly Log[]
  readonly created: bigint | undefined
}

async function runMessage(
  block: CallBlock,
  state: FlatState,
  message: Message,
  gas: MessageGas,
  tracing: MachineTracing | undefined,
): Promise<Run> {
  const sender = state.entry(message.from)
  // A creation raises the nonce too, in the same place: before it derives its address from the one before.
  state.setNonce(sender, sender.current!.nonce + 1n)
  state.checkpoint()
  if (!(await applyAuthorizations(block, state, message, gas))) {
    state.revert()
    gas.forgetState()
    gas.left = 0
    const outcome = { kind: 'failure', failure: 'out of gas' } as const
    return { machine: undefined, outcome, failure: 'out of gas', logs: [], created: undefined }
  }
  const words = new FailureWords(block.table, tracing?.observer)
  const machine = machineFor(block, state, message, gas, tracing, words)
  const created = await runRoot(machine, state, message, gas)
  const { outcome, gasLeft } = machine.result!
  if (machine.failedBeforeFrame) state.revert()
  else state.commit()
  gas.left = gasLeft
  settleStateGas(machine, gas)
  const failure = words.of(outcome)
  const logs = outcome.kind === 'success' ? machine.logs : []
  return { machine, outcome, failure, logs, created }
}

function machineFor(
  block: CallBlock,
  state: FlatState,
  message: Message,
  gas: MessageGas,
  tracing: MachineTracing | undefined,
  observer: FailureWords,
): Machine {
  const { rules, table, precompiles, environment, keccak, pace } = block
  return new Machine({
    ...{ state, rules, precompiles, keccak, observer, pace },
    table: tracing?.table(table) ?? table,
    block: environment,
    transaction: {
      origin: message.from,
      gasPrice: message.gasPrice,
      blobHashes: (message.blobHashes ?? []).map(bytesToWord),
    },
    accesses: undefined,
    stateGas: { reservoir: gas.reservoir, used: gas.stateUsed },
  })
}

async function runRoot(
  machine: Machine,
  state: FlatState,
  { from, to, value, data }: Message,
  { left: gas }: MessageGas,
): Promise<bigint | undefined> {
  const caller = state.entry(from)
  const root = { caller, value, data, gas, access: 'write' } as const
  if (caller.current!.balance < value) {
    // Gas was bought with it: a price without a cap that covers it lets that happen.
    throw new MessageError('insufficient funds for transfer', `: address ${shownAddress(from)}`)
  }
  if (to === undefined) return (await startRootCreate(machine, root)).key
  await startRootCall(machine, root, to)
  return undefined
}

/** EIP-8037: a failed message has used none. */
function settleStateGas(machine: Machine, gas: MessageGas): void {
  const { result, stateGas, failedBeforeFrame, failedPastTarget } = machine
  if (failedBeforeFrame) gas.forgetState()
  const { outcome } = result!
  if (outcome.kind === 'success') {
    gas.reservoir = stateGas.reservoir
    gas.stateUsed = stateGas.used
    gas.refund += machine.refund
  } else if (failedPastTarget && outcome.kind === 'failure' && outcome.failure === 'out of gas') gas.reservoir = 0
}

async function payProducer(
  { environment, baseFee }: CallBlock,
  state: FlatState,
  { gasPrice }: Message,
  { paid }: GasUsed,
): Promise<void> {
  const producer = state.entry(environment.coinbase)
  await state.load(producer)
  state.touch(producer)
  const tip = gasPrice - (baseFee ?? 0n)
  state.setBalance(producer, (producer.current?.balance ?? 0n) + BigInt(paid) * tip)
}

/** What is left of accounts that destroyed themselves; EIP-7708 tells of ether that goes with them. */
async function destroyAccounts({ rules }: CallBlock, state: FlatState, machine: Machine | undefined): Promise<Log[]> {
  const logs: Log[] = []
  for (const account of new Set(machine?.destroyed.map((destroyed) => destroyed.account).sort(ascending))) {
    if (rules.destroysOnlyCreated && !machine!.created.includes(account)) continue
    const entry = state.entry(account)
    await state.load(entry)
    state.touch(entry)
    const { current } = entry
    if (current === undefined) continue
    if (rules.keepsDestroyedEther) {
      state.clearStorage(entry)
      state.setCode(entry, new Uint8Array(0), EMPTY_CODE_HASH)
      state.setNonce(entry, 0n)
      continue
    }
    if (rules.transferLogs && current.balance > 0n) {
      logs.push(createEIP7708BurnLog(new Address(entry.address), current.balance))
    }
    state.deleteAccount(entry)
  }
  return logs
}

const ascending = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)
