/**
 * CALL and its kin.
 *
 * Since Amsterdam a call pays for the account it makes out of another pocket (EIP-8037), which is the frame's own gas once
 * the reservoir is empty. EthereumJS counts what the callee gets before that, so a callee may have more gas than its
 * caller has left; the caller then fails when it comes back. What it would otherwise be, no network has settled yet.
 */
import { MASK_160 } from '../../words.ts'
import type { AccountEntry } from '../../state/account-entry.ts'
import { delegate } from '../delegation.ts'
import type { Frame, Message, PrecompileResult } from '../frame.ts'
import { WARM_ACCESS_GAS, type ForkRules } from '../fork-rules.ts'
import type { Machine } from '../machine.ts'
import { CONTINUE, type Signal } from '../signal.ts'
import { toOffset, type Memory } from '../memory.ts'
import { affords, isNewAccount, startCall, startPrecompile } from '../messages.ts'
import type { MessageType } from '../observer.ts'
import type { OpDefinition, Run } from '../operation.ts'
import { accountAccessGas, loadCode } from './environment.ts'

const NOTHING = new Uint8Array(0)
/** Yellow Paper: calls nest this deep. */
export const CALL_DEPTH_LIMIT = 1024
/** Yellow Paper G_callstipend. */
const STIPEND = 2300

type CallKind = 'call' | 'callcode' | 'delegatecall' | 'staticcall'

const TYPES: Readonly<Record<CallKind, MessageType>> = {
  call: 'CALL',
  callcode: 'CALLCODE',
  delegatecall: 'DELEGATECALL',
  staticcall: 'STATICCALL',
}

export function callOps(rules: ForkRules): OpDefinition[] {
  return [
    [0xf1, 7, 1, call('call', rules)],
    [0xf2, 7, 1, call('callcode', rules)],
    [0xf4, 6, 1, call('delegatecall', rules)],
    [0xfa, 6, 1, call('staticcall', rules)],
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
      (args.value === 0n ? 0 : rules.valueTransferGas)
    if (frame.gas < gas) return machine.fail(frame, 'out of gas')
    machine.accesses?.account(args.codeAccount)
    let stateGas = 0
    if (kind === 'call' && (args.value !== 0n || !rules.spuriousDragon)) {
      const loading = machine.state.load(args.codeAccount)
      if (loading !== undefined) return machine.wait(loading)
      if (isNewAccount(machine, args.codeAccount)) {
        gas += rules.newAccountGas.call
        stateGas = rules.stateGas?.newAccount ?? 0
      }
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
    if (delegated !== undefined && frame.gas >= gas) machine.accesses?.account(delegated)
    if (childGas < 0 || !machine.stateGas.affords(frame, gas, stateGas)) return failPastTarget(frame, machine)

    const self = frame.message.target
    const enters = frame.message.depth < CALL_DEPTH_LIMIT && affords(machine, self, args.value)
    const stipend = args.value === 0n ? 0 : STIPEND
    let callee: Callee | undefined
    if (enters) {
      const found = prepareCallee(frame, machine, args, kind, delegated, childGas + stipend)
      if (found instanceof Promise) return machine.wait(found)
      callee = found
    }

    // From here on nothing waits: the call happens.
    frame.gas -= gas
    machine.stateGas.charge(frame, stateGas)
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
      if (machine.observer !== undefined) {
        tellRefused(machine, callMessage(frame, args, kind, childGas + stipend, stateGas), args, kind)
      }
      frame.gas += stipend
      machine.stateGas.refund(frame, stateGas)
      frame.push(0n)
      return CONTINUE
    }
    frame.gas -= childGas
    const message = callMessage(frame, args, kind, childGas + stipend, stateGas)
    if (machine.observer !== undefined) tellEntered(machine, message, args, kind)
    const payer = kind === 'delegatecall' ? undefined : self
    if (callee.kind === 'precompile') startPrecompile(machine, message, payer, callee.result)
    else startCall(machine, message, payer, callee.code)
    return CONTINUE
  }
}

function tellEntered(machine: Machine, message: Message, args: CallArguments, kind: CallKind): void {
  const { data: input, gas, depth } = message
  machine.observer?.entered({
    ...{ type: TYPES[kind], input, gas, depth, to: args.codeAccount.key },
    from: kind === 'delegatecall' ? message.target.key : message.caller,
    value: kind === 'staticcall' ? undefined : message.value,
  })
}

function tellRefused(machine: Machine, message: Message, args: CallArguments, kind: CallKind): void {
  tellEntered(machine, message, args, kind)
  const refusal = message.depth > CALL_DEPTH_LIMIT ? 'max call depth exceeded' : 'insufficient balance for transfer'
  machine.observer?.left({ kind: 'refused', refusal, gasLeft: message.gas })
}

/** Out of gas when the target has been reached and more has to be paid (EIP-7928 lists the target then). */
function failPastTarget(frame: Frame, machine: Machine): Signal {
  machine.failedPastTarget = true
  return machine.fail(frame, 'out of gas')
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
  machine.hasWorked(Infinity)
  if (!(result instanceof Promise)) return { kind: 'precompile', result }
  return result.then((value) => (frame.precompiled = value))
}

function callMessage(frame: Frame, args: CallArguments, kind: CallKind, gas: number, stateGas: number): Message {
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
    stateGas,
    spilled: 0,
  }
}
