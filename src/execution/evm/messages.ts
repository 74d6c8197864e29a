/** How a message begins (value moved, account created) and how it ends (state kept or reverted, result handed to its caller). */
import { asHash } from '../../chain/bytes.ts'
import { MASK_256 } from '../words.ts'
import {
  EMPTY_CODE_HASH,
  EMPTY_TRIE_ROOT,
  hasNoCode,
  hasNoStorage,
  isEmptyAccount,
  NEW_ACCOUNT,
  type AccountEntry,
} from '../state/account-entry.ts'
import type { Frame, Message, Outcome, PrecompileResult, Snapshot } from './frame.ts'
import type { Machine } from './machine.ts'

const NOTHING = new Uint8Array(0)
/** Yellow Paper G_codedeposit, a byte. */
const DEPOSIT_BYTE_GAS = 200
/** EIP-170. */
const MAX_CODE_SIZE = 24576
/** EIP-3541. */
const RESERVED_FIRST_BYTE = 0xef

/** Where the value of a message comes from: a delegate call moves none. */
export type Payer = AccountEntry | undefined

/** Begins a call to bytecode. All entries are loaded. */
export function startCall(machine: Machine, message: Message, payer: Payer, code: Uint8Array): void {
  const snapshot = beginCall(machine, message, payer)
  if (snapshot === undefined) return
  if (code.length > 0) return machine.enter(message, code, snapshot)
  settle(machine, message, machine.frame, snapshot, { kind: 'success', output: NOTHING }, message.gas)
}

/** A call to a precompile whose result is known already. */
export function startPrecompile(machine: Machine, message: Message, payer: Payer, result: PrecompileResult): void {
  const snapshot = beginCall(machine, message, payer)
  if (snapshot === undefined) return
  if (result.kind === 'success') {
    const outcome: Outcome = { kind: 'success', output: result.output }
    return settle(machine, message, machine.frame, snapshot, outcome, message.gas - result.gas)
  }
  settle(machine, message, machine.frame, snapshot, { kind: 'failure', failure: 'precompile failed' }, 0)
}

/** Begins a creation; `message.target` is the new account's entry, loaded, and `message.data` plays no part. */
export function startCreate(machine: Machine, message: Message, creator: AccountEntry, initCode: Uint8Array): void {
  const { state } = machine
  const { target } = message
  const snapshot = machine.snapshot()
  state.checkpoint()
  machine.created.push(target.key)
  if (collides(target)) {
    return settle(machine, message, machine.frame, snapshot, { kind: 'failure', failure: 'address collision' }, 0)
  }
  state.setBalance(creator, (creator.current?.balance ?? 0n) - message.value)
  state.clearStorage(target)
  state.touch(target)
  state.setAccount(target, {
    nonce: machine.rules.spuriousDragon ? 1n : 0n,
    balance: (target.current?.balance ?? 0n) + message.value,
    storageRoot: EMPTY_TRIE_ROOT,
    codeHash: EMPTY_CODE_HASH,
  })
  if (initCode.length > 0) return machine.enter(message, initCode, snapshot)
  settle(machine, message, machine.frame, snapshot, { kind: 'success', output: NOTHING }, message.gas)
}

/** A frame has its outcome: ends its message. */
export function settleFrame(machine: Machine, frame: Frame): void {
  const { outcome, message, parent, snapshot } = frame
  machine.frame = parent
  settle(machine, message, parent, snapshot, outcome!, outcome!.kind === 'failure' ? 0 : frame.gas)
}

/** Whether the account counts as new for the 25,000 gas of CALL and SELFDESTRUCT: dead since EIP-161, missing before. */
export function isNewAccount(machine: Machine, entry: AccountEntry): boolean {
  const { current } = entry
  return current === undefined || (machine.rules.spuriousDragon && isEmptyAccount(current))
}

function beginCall(machine: Machine, message: Message, payer: Payer): Snapshot | undefined {
  const snapshot = machine.snapshot()
  machine.state.checkpoint()
  if (payer === undefined || transfer(machine, payer, message.target, message.value)) return snapshot
  settle(machine, message, machine.frame, snapshot, { kind: 'failure', failure: 'value overflow' }, 0)
  return undefined
}

/** Moves value and touches both ends (EIP-161); before that EIP even a call without value made its target exist. */
function transfer(machine: Machine, payer: AccountEntry, target: AccountEntry, value: bigint): boolean {
  const { state } = machine
  state.touch(payer)
  state.touch(target)
  if (value !== 0n) {
    state.setBalance(payer, payer.current!.balance - value)
    const balance = (target.current?.balance ?? 0n) + value
    if (balance > MASK_256) return false
    state.setBalance(target, balance)
  } else if (target.current === undefined && !machine.rules.spuriousDragon) {
    state.setAccount(target, NEW_ACCOUNT)
  }
  return true
}

/** EIP-684 and EIP-7610: an account with a nonce, code or storage is in the way. */
function collides(target: AccountEntry): boolean {
  const { current } = target
  return current !== undefined && (current.nonce > 0n || !hasNoCode(current) || !hasNoStorage(current))
}

function settle(
  machine: Machine,
  message: Message,
  parent: Frame | undefined,
  snapshot: Snapshot,
  outcome: Outcome,
  gasLeft: number,
): void {
  const settled = message.kind === 'create' ? deploy(machine, message, outcome, gasLeft) : { outcome, gasLeft }
  if (settled.outcome.kind === 'success') machine.state.commit()
  else {
    machine.state.revert()
    machine.restore(snapshot)
  }
  if (parent === undefined) machine.result = settled
  else resume(parent, message, settled.outcome, settled.gasLeft)
}

/** Turns a creation's output into the account's code, if it may be and can be paid. */
function deploy(
  machine: Machine,
  message: Message,
  outcome: Outcome,
  gasLeft: number,
): { outcome: Outcome; gasLeft: number } {
  if (outcome.kind !== 'success') return { outcome, gasLeft }
  const { rules } = machine
  const code = outcome.output
  const gas = DEPOSIT_BYTE_GAS * code.length
  if (rules.spuriousDragon && code.length > MAX_CODE_SIZE) return failed('code too large')
  if (rules.rejectsEfCode && code[0] === RESERVED_FIRST_BYTE) return failed('code starts with 0xef')
  if (gas > gasLeft)
    return rules.homestead ? failed('out of gas') : { outcome: { kind: 'success', output: NOTHING }, gasLeft }
  if (code.length > 0) machine.state.setCode(message.target, code, asHash(machine.keccak(code)))
  return { outcome, gasLeft: gasLeft - gas }
}

function failed(failure: 'code too large' | 'code starts with 0xef' | 'out of gas'): {
  outcome: Outcome
  gasLeft: number
} {
  return { outcome: { kind: 'failure', failure }, gasLeft: 0 }
}

function resume(parent: Frame, message: Message, outcome: Outcome, gasLeft: number): void {
  parent.gas += gasLeft
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
