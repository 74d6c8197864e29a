/** How a message begins (value moved, account created) and how it ends (state kept or reverted, result handed to its caller). */
import { asHash } from '../../chain/bytes.ts'
import { MASK_256 } from '../words.ts'
import { transferLog } from './transfer-log.ts'
import {
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  hasNoCode,
  hasNoStorage,
  isEmptyAccount,
  NEW_ACCOUNT,
  type AccountEntry,
} from '../state/account-entry.ts'
import type { Failure, Frame, Message, Outcome, PrecompileResult, Snapshot } from './frame.ts'
import type { Machine } from './machine.ts'

const NOTHING = new Uint8Array(0)
/** EIP-3541. */
const RESERVED_FIRST_BYTE = 0xef

/** How a message ended: what it leaves of its gas, and what state gas it has taken out of it (EIP-8037). */
interface MessageEnd {
  readonly outcome: Outcome
  readonly gasLeft: number
  readonly spilled: number
}

/** Where the value of a message comes from: a delegate call moves none. */
export type Payer = AccountEntry | undefined

/** Begins a call to bytecode. All entries are loaded. */
export function startCall(machine: Machine, message: Message, payer: Payer, code: Uint8Array): void {
  const snapshot = beginCall(machine, message, payer)
  if (snapshot === undefined) return
  if (code.length > 0) return machine.enter(message, code, snapshot)
  settle(machine, message, machine.frame, snapshot, endedAtOnce(message.gas))
}

/** A call to a precompile whose result is known already. */
export function startPrecompile(machine: Machine, message: Message, payer: Payer, result: PrecompileResult): void {
  const snapshot = beginCall(machine, message, payer)
  if (snapshot === undefined) return
  if (result.kind === 'success') {
    const outcome: Outcome = { kind: 'success', output: result.output }
    return settle(machine, message, machine.frame, snapshot, { outcome, gasLeft: message.gas - result.gas, spilled: 0 })
  }
  settle(machine, message, machine.frame, snapshot, failed('precompile failed'))
}

/** Begins a creation; `message.target` is the new account's entry, loaded, and `message.data` plays no part. */
export function startCreate(machine: Machine, message: Message, creator: AccountEntry, initCode: Uint8Array): void {
  const { state } = machine
  const { target, value } = message
  machine.accesses?.account(target)
  const snapshot = machine.snapshot()
  state.checkpoint()
  machine.created.push(target.key)
  if (collides(machine, target)) return settle(machine, message, machine.frame, snapshot, failed('address collision'))
  state.setBalance(creator, (creator.current?.balance ?? 0n) - value)
  if (machine.rules.transferLogs && value !== 0n) machine.logs.push(transferLog(creator, target, value))
  state.clearStorage(target)
  state.touch(target)
  state.setAccount(target, {
    nonce: machine.rules.spuriousDragon ? 1n : 0n,
    balance: (target.current?.balance ?? 0n) + value,
    storageRoot: EMPTY_TRIE_ROOT,
    codeHash: EMPTY_CODE_HASH,
  })
  if (initCode.length > 0) return machine.enter(message, initCode, snapshot)
  settle(machine, message, machine.frame, snapshot, endedAtOnce(message.gas))
}

/** A frame has its outcome: ends its message. */
export function settleFrame(machine: Machine, frame: Frame): void {
  const { message, parent, snapshot } = frame
  machine.frame = parent
  machine.observer?.halted(frame)
  settle(machine, message, parent, snapshot, endOf(frame))
}

/** A failure takes all gas, what it took for state included; a revert leaves that too, as the state did not grow. */
function endOf({ outcome, message, gas, spilled }: Frame): MessageEnd {
  switch (outcome!.kind) {
    case 'success':
      return { outcome: outcome!, gasLeft: gas, spilled }
    case 'revert':
      return { outcome: outcome!, gasLeft: gas + spilled + message.spilled, spilled: 0 }
    case 'failure':
      return { outcome: outcome!, gasLeft: 0, spilled: 0 }
  }
}

function endedAtOnce(gasLeft: number): MessageEnd {
  return { outcome: { kind: 'success', output: NOTHING }, gasLeft, spilled: 0 }
}

function failed(failure: Failure): MessageEnd {
  return { outcome: { kind: 'failure', failure }, gasLeft: 0, spilled: 0 }
}

/** Whether the account counts as new for the 25,000 gas of CALL and SELFDESTRUCT: dead since EIP-161, missing before. */
export function isNewAccount(machine: Machine, entry: AccountEntry): boolean {
  const { current } = entry
  machine.state.reads?.deadness(entry)
  return current === undefined || (machine.rules.spuriousDragon && isEmptyAccount(current))
}

/** Whether the account holds `value`. */
export function affords({ state }: Machine, entry: AccountEntry, value: bigint): boolean {
  if (value !== 0n) state.reads?.sufficiency(entry, value)
  return entry.current!.balance >= value
}

function beginCall(machine: Machine, message: Message, payer: Payer): Snapshot | undefined {
  const snapshot = machine.snapshot()
  machine.state.checkpoint()
  if (payer === undefined || transfer(machine, payer, message.target, message.value)) return snapshot
  settle(machine, message, machine.frame, snapshot, failed('value overflow'))
  return undefined
}

/** Moves value and touches both ends (EIP-161); before that EIP even a call without value made its target exist. */
function transfer(machine: Machine, payer: AccountEntry, target: AccountEntry, value: bigint): boolean {
  const { state } = machine
  state.touch(payer)
  state.touch(target)
  if (value !== 0n) {
    state.setBalance(payer, payer.current!.balance - value)
    state.reads?.room(target, value)
    const balance = (target.current?.balance ?? 0n) + value
    if (balance > MASK_256) return false
    state.setBalance(target, balance)
    if (machine.rules.transferLogs && payer !== target) machine.logs.push(transferLog(payer, target, value))
  } else if (target.current === undefined && !machine.rules.spuriousDragon) {
    state.setAccount(target, NEW_ACCOUNT)
  }
  return true
}

/** EIP-684 and EIP-7610: an account with a nonce, code or storage is in the way. */
function collides({ state }: Machine, target: AccountEntry): boolean {
  const { current } = target
  state.reads?.nonce(target)
  state.reads?.codeHash(target)
  state.reads?.storageRoot(target)
  return current !== undefined && (current.nonce > 0n || !hasNoCode(current) || !hasNoStorage(current))
}

function settle(
  machine: Machine,
  message: Message,
  parent: Frame | undefined,
  snapshot: Snapshot,
  end: MessageEnd,
): void {
  const settled = message.kind === 'create' ? deploy(machine, message, end) : end
  if (settled.outcome.kind === 'success') machine.state.commit()
  else {
    machine.state.revert()
    machine.restore(snapshot)
  }
  machine.observer?.left({ kind: 'done', outcome: settled.outcome, gasLeft: settled.gasLeft })
  if (parent === undefined) machine.result = settled
  else resume(machine, parent, message, settled)
}

/** Turns a creation's output into the account's code, if it may be and can be paid. */
function deploy(machine: Machine, message: Message, end: MessageEnd): MessageEnd {
  const { outcome, gasLeft } = end
  if (outcome.kind !== 'success') return end
  const { rules } = machine
  const code = outcome.output
  if (rules.spuriousDragon && code.length > rules.maxCodeSize) return failed('code too large')
  const { byte, word } = rules.codeDepositGas
  const gas = byte * code.length + word * Math.ceil(code.length / 32)
  const stateGas = rules.stateGas === undefined ? 0 : rules.stateGas.codeByte * code.length
  const spilled = gas > gasLeft ? undefined : machine.stateGas.take(stateGas, gasLeft - gas)
  if (spilled === undefined && rules.homestead) return failed('out of gas')
  if (rules.rejectsEfCode && code[0] === RESERVED_FIRST_BYTE) return failed('code starts with 0xef')
  if (spilled === undefined) return { outcome: { kind: 'success', output: NOTHING }, gasLeft, spilled: 0 }
  if (code.length > 0) machine.state.setCode(message.target, code, asHash(machine.keccak(code)))
  return { outcome, gasLeft: gasLeft - gas - spilled, spilled: end.spilled + spilled }
}

function resume(machine: Machine, parent: Frame, message: Message, end: MessageEnd): void {
  const { outcome } = end
  parent.gas += end.gasLeft
  // The call has used what its caller no longer had: see `ops/calls.ts`.
  if (parent.gas < 0) {
    machine.fail(parent, 'out of gas')
    return settleFrame(machine, parent)
  }
  if (outcome.kind === 'success') parent.spilled += end.spilled
  else if (message.stateGas > 0) machine.stateGas.refund(parent, message.stateGas)
  if (message.kind === 'create') {
    parent.returnData = outcome.kind === 'revert' ? outcome.output : NOTHING
    parent.push(outcome.kind === 'success' ? message.target.key : 0n)
    return
  }
  parent.returnData = outcome.kind === 'failure' ? NOTHING : outcome.output
  const length = Math.min(message.outputLength, parent.returnData.length)
  parent.memory.copyFrom(parent.returnData, 0, message.outputOffset, length)
  parent.push(outcome.kind === 'success' ? 1n : 0n)
}
