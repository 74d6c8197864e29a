/** What a frame can ask of its message, its transaction, the block, and other accounts. */
import { bytesToWord, MASK_160 } from '../../words.ts'
import { hasNoCode, isEmptyAccount, type AccountEntry } from '../../state/account-entry.ts'
import type { Frame } from '../frame.ts'
import { WARM_ACCESS_GAS, type ForkRules } from '../fork-rules.ts'
import type { Machine } from '../machine.ts'
import { CONTINUE, type Signal } from '../signal.ts'
import { toOffset } from '../memory.ts'
import type { OpDefinition, Run } from '../operation.ts'
import { copyIn, COPY_WORD_GAS, wordsOf } from './memory.ts'

export function environmentOps(rules: ForkRules): OpDefinition[] {
  return [
    [0x30, 0, 1, push((frame) => frame.message.target.key)],
    [0x31, 1, 1, account(rules, balance)],
    [0x32, 0, 1, push((_, machine) => machine.transaction.origin)],
    [0x33, 0, 1, push((frame) => frame.message.caller)],
    [0x34, 0, 1, push((frame) => frame.message.value)],
    [0x35, 1, 1, callDataLoad],
    [0x36, 0, 1, push((frame) => BigInt(frame.message.data.length))],
    [0x38, 0, 1, push((frame) => BigInt(frame.analysis.code.length))],
    [0x3a, 0, 1, push((_, machine) => machine.transaction.gasPrice)],
    [0x3b, 1, 1, externalCodeSize(rules)],
    [0x3c, 4, 0, externalCodeCopy(rules)],
    [0x3d, 0, 1, push((frame) => BigInt(frame.returnData.length))],
    [0x3f, 1, 1, account(rules, codeHash)],
    [0x40, 1, 1, blockHash],
    [0x41, 0, 1, push((_, machine) => machine.block.coinbase)],
    [0x42, 0, 1, push((_, machine) => machine.block.timestamp)],
    [0x43, 0, 1, push((_, machine) => machine.block.number)],
    [
      0x44,
      0,
      1,
      push(rules.prevRandao ? (_, machine) => machine.block.prevRandao : (_, machine) => machine.block.difficulty),
    ],
    [0x45, 0, 1, push((_, machine) => machine.block.gasLimit)],
    [0x46, 0, 1, push(() => rules.chainId)],
    [0x47, 0, 1, push((frame, machine) => balance(frame.message.target, machine))],
    [0x48, 0, 1, push((_, machine) => machine.block.baseFee)],
    [0x49, 1, 1, blobHash],
    [0x4a, 0, 1, push((_, machine) => machine.block.blobBaseFee)],
    [0x4b, 0, 1, push((_, machine) => machine.block.slotNumber)],
  ]
}

function push(value: (frame: Frame, machine: Machine) => bigint): Run {
  return (frame, machine) => {
    frame.push(value(frame, machine))
    return CONTINUE
  }
}

/** EIP-2929's and EIP-8038's price of reaching an account; earlier forks have it in the static price. */
export function accountAccessGas(rules: ForkRules, entry: AccountEntry): number {
  if (!rules.accessLists) return 0
  return entry.warm ? WARM_ACCESS_GAS : rules.coldAccountGas
}

function account(rules: ForkRules, value: (entry: AccountEntry, machine: Machine) => bigint): Run {
  return (frame, machine) => {
    const top = frame.height - 1
    const entry = machine.state.entry(frame.stack[top]! & MASK_160)
    const gas = accountAccessGas(rules, entry)
    if (frame.gas < gas) return machine.fail(frame, 'out of gas')
    const loading = machine.state.load(entry)
    if (loading !== undefined) return machine.wait(loading)
    frame.gas -= gas
    if (rules.accessLists) machine.state.warm(entry)
    machine.accesses?.account(entry)
    frame.stack[top] = value(entry, machine)
    return CONTINUE
  }
}

function balance(entry: AccountEntry, { state }: Machine): bigint {
  state.reads?.balance(entry)
  return entry.current?.balance ?? 0n
}

/** EIP-1052: zero for an account that does not exist or is empty. */
function codeHash(entry: AccountEntry, { state }: Machine): bigint {
  const { current } = entry
  state.reads?.deadness(entry)
  state.reads?.codeHash(entry)
  return current === undefined || isEmptyAccount(current) ? 0n : bytesToWord(current.codeHash)
}

function externalCodeSize(rules: ForkRules): Run {
  return (frame, machine) => {
    const top = frame.height - 1
    const entry = machine.state.entry(frame.stack[top]! & MASK_160)
    const gas = accountAccessGas(rules, entry) + rules.codeReadGas
    if (frame.gas < gas) return machine.fail(frame, 'out of gas')
    const code = loadCode(machine, entry)
    if (code instanceof Promise) return machine.wait(code)
    frame.gas -= gas
    if (rules.accessLists) machine.state.warm(entry)
    machine.accesses?.account(entry)
    frame.stack[top] = BigInt(code.length)
    return CONTINUE
  }
}

function externalCodeCopy(rules: ForkRules): Run {
  return (frame, machine): Signal => {
    const { stack, memory } = frame
    const top = frame.height - 1
    const entry = machine.state.entry(stack[top]! & MASK_160)
    const length = toOffset(stack[top - 3]!)
    const to = toOffset(stack[top - 1]!)
    const gas = accountAccessGas(rules, entry) + rules.codeReadGas
    if (frame.gas < gas + COPY_WORD_GAS * wordsOf(length) + memory.expansionGas(to, length))
      return machine.fail(frame, 'out of gas')
    const code = loadCode(machine, entry)
    if (code instanceof Promise) return machine.wait(code)
    frame.gas -= gas
    if (rules.accessLists) machine.state.warm(entry)
    machine.accesses?.account(entry)
    frame.height = top - 3
    return copyIn(frame, machine, code, toOffset(stack[top - 2]!), to, length)
  }
}

/** The account's code; a promise while account or code has to be fetched. */
export function loadCode(machine: Machine, entry: AccountEntry): Uint8Array | Promise<unknown> {
  const loading = machine.state.load(entry)
  if (loading !== undefined) return loading
  machine.state.reads?.codeHash(entry)
  if (entry.current === undefined || hasNoCode(entry.current)) return EMPTY
  return machine.state.code(entry)
}

const EMPTY = new Uint8Array(0)

const callDataLoad: Run = (frame) => {
  const { stack } = frame
  const { data } = frame.message
  const top = frame.height - 1
  const offset = toOffset(stack[top]!)
  if (offset >= data.length) stack[top] = 0n
  else {
    const bytes = data.subarray(offset, offset + 32)
    const word = bytesToWord(bytes)
    stack[top] = bytes.length === 32 ? word : word << BigInt(8 * (32 - bytes.length))
  }
  return CONTINUE
}

/** Only the 256 blocks before this one have a hash. */
const blockHash: Run = (frame, machine) => {
  const top = frame.height - 1
  const age = machine.block.number - frame.stack[top]!
  if (age <= 0n || age > 256n) {
    frame.stack[top] = 0n
    return CONTINUE
  }
  const hash = machine.block.blockHash(Number(frame.stack[top]!))
  if (hash instanceof Promise) return machine.wait(hash)
  frame.stack[top] = hash
  return CONTINUE
}

const blobHash: Run = (frame, machine) => {
  const top = frame.height - 1
  frame.stack[top] = machine.transaction.blobHashes[toOffset(frame.stack[top]!)] ?? 0n
  return CONTINUE
}
