/** CALL and its kin, CREATE, CREATE2, SELFDESTRUCT. */
import { RLP } from '@ethereumjs/rlp'
import { concatBytes } from '@ethereumjs/util'
import type { Keccak } from '../../../chain/bytes.ts'
import { bytesToWord, MASK_160, wordToBytes32, wordToTrimmedBytes } from '../../words.ts'
import type { AccountEntry } from '../../state/account-entry.ts'
import { delegate } from '../delegation.ts'
import type { Frame, Message, PrecompileResult } from '../frame.ts'
import { COLD_ACCOUNT_GAS, WARM_ACCESS_GAS, type ForkRules } from '../fork-rules.ts'
import type { Machine } from '../machine.ts'
import { CONTINUE, HALT, type Signal } from '../signal.ts'
import { toOffset, type Memory } from '../memory.ts'
import { isNewAccount, startCall, startCreate, startPrecompile } from '../messages.ts'
import type { OpDefinition, Run } from '../operation.ts'
import { accountAccessGas, loadCode } from './environment.ts'
import { KECCAK_WORD_GAS, wordsOf } from './memory.ts'

const NOTHING = new Uint8Array(0)
/** Yellow Paper: calls nest this deep. */
const CALL_DEPTH_LIMIT = 1024
/** Yellow Paper G_callvalue, G_callstipend, G_newaccount. */
const VALUE_TRANSFER_GAS = 9000
const STIPEND = 2300
const NEW_ACCOUNT_GAS = 25000
/** EIP-3860, a word of initcode. */
const INITCODE_WORD_GAS = 2
/** EIP-2681: a nonce never reaches this. */
const MAX_NONCE = 2n ** 64n - 1n

type CallKind = 'call' | 'callcode' | 'delegatecall' | 'staticcall'

export function callOps(rules: ForkRules): OpDefinition[] {
  return [
    [0xf0, 3, 1, create('create', rules)],
    [0xf1, 7, 1, call('call', rules)],
    [0xf2, 7, 1, call('callcode', rules)],
    [0xf4, 6, 1, call('delegatecall', rules)],
    [0xf5, 4, 1, create('create2', rules)],
    [0xfa, 6, 1, call('staticcall', rules)],
    [0xff, 1, 0, selfDestruct(rules)],
  ]
}

/** The arguments of a call, read without popping: the operation may have to run again. */
interface CallArguments {
  readonly requestedGas: bigint
  readonly codeAccount: AccountEntry
  readonly value: bigint
  readonly inOffset: number
  readonly inLength: number
  readonly outOffset: number
  readonly outLength: number
}

function call(kind: CallKind, rules: ForkRules): Run {
  const carriesValue = kind === 'call' || kind === 'callcode'
  const inputs = carriesValue ? 7 : 6
  return (frame, machine) => {
    const args = readArguments(frame, machine, carriesValue)
    if (kind === 'call' && args.value !== 0n && frame.message.access === 'static')
      return machine.fail(frame, 'static state change')

    let gas =
      accountAccessGas(rules, args.codeAccount) +
      memoryGas(frame.memory, args) +
      (args.value === 0n ? 0 : VALUE_TRANSFER_GAS)
    if (frame.gas < gas) return machine.fail(frame, 'out of gas')
    if (kind === 'call' && (args.value !== 0n || !rules.spuriousDragon)) {
      const loading = machine.state.load(args.codeAccount)
      if (loading !== undefined) return machine.wait(loading)
      if (isNewAccount(machine, args.codeAccount)) gas += NEW_ACCOUNT_GAS
    }
    if (frame.gas < gas) return machine.fail(frame, 'out of gas')
    let delegated: AccountEntry | undefined
    if (rules.delegations) {
      const code = loadCode(machine, args.codeAccount)
      if (code instanceof Promise) return machine.wait(code)
      delegated = delegate(machine.state, code)
      // An account that delegates to itself has just been accessed.
      if (delegated === args.codeAccount) gas += WARM_ACCESS_GAS
      else if (delegated !== undefined) gas += accountAccessGas(rules, delegated)
    }
    const childGas = gasForCall(rules, args.requestedGas, frame.gas - gas)
    if (childGas < 0) return machine.fail(frame, 'out of gas')

    const self = frame.message.target
    const enters = frame.message.depth < CALL_DEPTH_LIMIT && self.current!.balance >= args.value
    const stipend = args.value === 0n ? 0 : STIPEND
    let callee: Callee | undefined
    if (enters) {
      const found = prepareCallee(frame, machine, args, kind, delegated, childGas + stipend)
      if (found instanceof Promise) return machine.wait(found)
      callee = found
    }

    // From here on nothing waits: the call happens.
    frame.gas -= gas
    if (rules.accessLists) {
      machine.state.warm(args.codeAccount)
      if (delegated !== undefined) machine.state.warm(delegated)
    }
    frame.memory.grow(args.inOffset, args.inLength)
    frame.memory.grow(args.outOffset, args.outLength)
    frame.height -= inputs
    frame.returnData = NOTHING
    frame.precompiled = undefined
    if (callee === undefined) {
      frame.gas += stipend
      frame.push(0n)
      return CONTINUE
    }
    frame.gas -= childGas
    const message = callMessage(frame, args, kind, childGas + stipend)
    const payer = kind === 'delegatecall' ? undefined : self
    if (callee.kind === 'precompile') startPrecompile(machine, message, payer, callee.result)
    else startCall(machine, message, payer, callee.code)
    return CONTINUE
  }
}

function readArguments(frame: Frame, machine: Machine, carriesValue: boolean): CallArguments {
  const { stack, height } = frame
  const top = height - 1
  const rest = carriesValue ? top - 3 : top - 2
  const inLength = toOffset(stack[rest - 1]!)
  const outLength = toOffset(stack[rest - 3]!)
  return {
    requestedGas: stack[top]!,
    codeAccount: machine.state.entry(stack[top - 1]! & MASK_160),
    value: carriesValue ? stack[top - 2]! : 0n,
    inOffset: inLength === 0 ? 0 : toOffset(stack[rest]!),
    inLength,
    outOffset: outLength === 0 ? 0 : toOffset(stack[rest - 2]!),
    outLength,
  }
}

/** Memory is paid up to the farther of the two ranges. */
function memoryGas(memory: Memory, args: CallArguments): number {
  return Math.max(
    memory.expansionGas(args.inOffset, args.inLength),
    memory.expansionGas(args.outOffset, args.outLength),
  )
}

/** EIP-150: all but a 64th at most; before it, exactly what was asked for. Negative when it cannot be had. */
function gasForCall(rules: ForkRules, requested: bigint, available: number): number {
  if (available < 0) return -1
  if (!rules.tangerineWhistle) return requested > BigInt(available) ? -1 : Number(requested)
  const allowed = available - Math.floor(available / 64)
  return requested > BigInt(allowed) ? allowed : Number(requested)
}

type Callee =
  | { readonly kind: 'code'; readonly code: Uint8Array }
  | { readonly kind: 'precompile'; readonly result: PrecompileResult }

/** Fetches what the call runs; a promise while anything is missing. */
function prepareCallee(
  frame: Frame,
  machine: Machine,
  args: CallArguments,
  kind: CallKind,
  delegated: AccountEntry | undefined,
  gas: number,
): Callee | Promise<unknown> {
  if (kind === 'call' || kind === 'staticcall') {
    const loading = machine.state.load(args.codeAccount)
    if (loading !== undefined) return loading
  }
  const precompile = machine.precompiles.get(args.codeAccount.key)
  if (precompile === undefined) {
    const code = loadCode(machine, delegated ?? args.codeAccount)
    return code instanceof Promise ? code : { kind: 'code', code }
  }
  if (frame.precompiled !== undefined) return { kind: 'precompile', result: frame.precompiled }
  const result = precompile(frame.memory.peek(args.inOffset, args.inLength), gas)
  if (!(result instanceof Promise)) return { kind: 'precompile', result }
  return result.then((value) => (frame.precompiled = value))
}

function callMessage(frame: Frame, args: CallArguments, kind: CallKind, gas: number): Message {
  const parent = frame.message
  const runsAsSelf = kind === 'callcode' || kind === 'delegatecall'
  return {
    kind: 'call',
    target: runsAsSelf ? parent.target : args.codeAccount,
    caller: kind === 'delegatecall' ? parent.caller : parent.target.key,
    value: kind === 'delegatecall' ? parent.value : args.value,
    data: frame.memory.slice(args.inOffset, args.inLength),
    gas,
    access: kind === 'staticcall' ? 'static' : parent.access,
    depth: parent.depth + 1,
    outputOffset: args.outOffset,
    outputLength: args.outLength,
  }
}

function create(kind: 'create' | 'create2', rules: ForkRules): Run {
  return (frame, machine) => {
    const { stack, memory, message } = frame
    if (message.access === 'static') return machine.fail(frame, 'static state change')
    const top = frame.height - 1
    const value = stack[top]!
    const length = toOffset(stack[top - 2]!)
    const offset = length === 0 ? 0 : toOffset(stack[top - 1]!)
    if (rules.maxInitCodeSize !== undefined && length > rules.maxInitCodeSize)
      return machine.fail(frame, 'initcode too large')
    const wordGas =
      (rules.maxInitCodeSize === undefined ? 0 : INITCODE_WORD_GAS) + (kind === 'create2' ? KECCAK_WORD_GAS : 0)
    const gas = wordGas * wordsOf(length) + memory.expansionGas(offset, length)
    if (frame.gas < gas) return machine.fail(frame, 'out of gas')

    const creator = message.target
    const { balance, nonce } = creator.current!
    const enters = message.depth < CALL_DEPTH_LIMIT && balance >= value && nonce < MAX_NONCE
    const initCode = memory.peek(offset, length)
    let target: AccountEntry | undefined
    if (enters) {
      const address =
        kind === 'create'
          ? createAddress(machine.keccak, creator.address, nonce)
          : create2Address(machine.keccak, creator.address, stack[top - 3]!, initCode)
      target = machine.state.entry(address)
      const loading = machine.state.load(target)
      if (loading !== undefined) return machine.wait(loading)
    }

    frame.gas -= gas
    memory.grow(offset, length)
    frame.height -= kind === 'create' ? 3 : 4
    frame.returnData = NOTHING
    if (target === undefined) {
      frame.push(0n)
      return CONTINUE
    }
    const childGas = rules.tangerineWhistle ? frame.gas - Math.floor(frame.gas / 64) : frame.gas
    frame.gas -= childGas
    machine.state.setNonce(creator, nonce + 1n)
    if (rules.accessLists) machine.state.warm(target)
    startCreate(machine, createMessage(message, target, value, childGas), creator, initCode)
    return CONTINUE
  }
}

function createMessage(parent: Message, target: AccountEntry, value: bigint, gas: number): Message {
  return {
    kind: 'create',
    target,
    caller: parent.target.key,
    value,
    data: NOTHING,
    gas,
    access: 'write',
    depth: parent.depth + 1,
    outputOffset: 0,
    outputLength: 0,
  }
}

/** Yellow Paper 7: the low 20 bytes of keccak(rlp([creator, nonce])). */
export function createAddress(keccak: Keccak, creator: Uint8Array, nonce: bigint): bigint {
  return bytesToWord(keccak(RLP.encode([creator, wordToTrimmedBytes(nonce)]))) & MASK_160
}

/** EIP-1014. */
function create2Address(keccak: Keccak, creator: Uint8Array, salt: bigint, initCode: Uint8Array): bigint {
  const preimage = concatBytes(Uint8Array.of(0xff), creator, wordToBytes32(salt), keccak(initCode))
  return bytesToWord(keccak(preimage)) & MASK_160
}

function selfDestruct(rules: ForkRules): Run {
  return (frame, machine): Signal => {
    const { message, stack } = frame
    if (message.access === 'static') return machine.fail(frame, 'static state change')
    const { state } = machine
    const self = message.target
    const heir = state.entry(stack[frame.height - 1]! & MASK_160)
    let gas = rules.accessLists && !heir.warm ? COLD_ACCOUNT_GAS : 0
    if (frame.gas < gas) return machine.fail(frame, 'out of gas')
    const loading = state.load(heir)
    if (loading !== undefined) return machine.wait(loading)
    const { balance } = self.current!
    const charged = rules.spuriousDragon ? balance > 0n : rules.tangerineWhistle
    if (charged && isNewAccount(machine, heir)) gas += NEW_ACCOUNT_GAS
    if (frame.gas < gas) return machine.fail(frame, 'out of gas')

    frame.gas -= gas
    if (rules.accessLists) state.warm(heir)
    if (!machine.destroyed.some((destroyed) => destroyed.account === self.key))
      machine.refund += rules.selfDestructRefund
    machine.destroyed.push({ account: self.key, heir: heir.key })
    const toItself = heir === self
    if (!toItself) {
      state.touch(heir)
      state.setBalance(heir, (heir.current?.balance ?? 0n) + balance)
    }
    // EIP-6780: an older account that names itself keeps its ether.
    if (!toItself || !rules.destroysOnlyCreated || machine.created.includes(self.key)) state.setBalance(self, 0n)
    frame.outcome = { kind: 'success', output: NOTHING }
    return HALT
  }
}
