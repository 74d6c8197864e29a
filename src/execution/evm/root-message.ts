/** A transaction's own message: the outermost call or creation. What it needs is awaited, then the machine runs to its end. */
import type { AccountEntry } from '../state/account-entry.ts'
import { delegate } from './delegation.ts'
import type { Message, PrecompileResult } from './frame.ts'
import type { Machine } from './machine.ts'
import { isNewAccount, startCall, startCreate, startPrecompile } from './messages.ts'
import { createAddress } from './ops/creations.ts'
import { accountAccessGas } from './ops/environment.ts'

export interface RootMessage {
  readonly caller: AccountEntry
  readonly value: bigint
  readonly data: Uint8Array
  readonly gas: number
  readonly access: 'write' | 'static'
}

/** What is left of a root message's gas when it has paid for the account it makes, and what of that came out of its gas. */
interface Paid {
  readonly gas: number
  readonly spilled: number
}

export async function startRootCall(machine: Machine, root: RootMessage, to: bigint): Promise<void> {
  const { state } = machine
  const target = state.entry(to)
  await state.load(target)
  tellEntered(machine, root, 'CALL', to)
  const paid = payForAccount(machine, root, root.value > 0n ? target : undefined)
  if (paid === undefined) return
  machine.accesses?.account(target)
  const precompile = machine.precompiles.get(to)
  if (precompile !== undefined) {
    const result: PrecompileResult = await precompile(root.data, paid.gas)
    return startPrecompile(machine, rootMessage(root, paid, 'call', target, root.data), root.caller, result)
  }
  let code = await state.code(target)
  const delegated = machine.rules.delegations ? delegate(state, code) : undefined
  let { gas } = paid
  if (delegated !== undefined && machine.rules.chargesRootCall) {
    gas -= accountAccessGas(machine.rules, delegated)
    if (gas < 0) return failBeforeFrame(machine)
  }
  if (delegated !== undefined) {
    // EIP-7702: the delegate of a transaction's own target is warm from the start.
    state.warm(delegated)
    machine.accesses?.account(delegated)
    await state.load(delegated)
    code = await state.code(delegated)
  }
  startCall(machine, rootMessage(root, { ...paid, gas }, 'call', target, root.data), root.caller, code)
  await machine.run()
}

/** Answers the new account's entry. The caller's nonce has been raised already; the address comes from the one before. */
export async function startRootCreate(machine: Machine, root: RootMessage): Promise<AccountEntry> {
  const { state } = machine
  const nonce = root.caller.current!.nonce - 1n
  const target = state.entry(createAddress(machine.keccak, root.caller.address, nonce))
  if (machine.rules.accessLists) state.warm(target)
  state.reads?.creation(target)
  await state.load(target)
  tellEntered(machine, root, 'CREATE', target.key)
  const paid = payForAccount(machine, root, target)
  if (paid === undefined) return target
  startCreate(machine, rootMessage(root, paid, 'create', target, new Uint8Array(0)), root.caller, root.data)
  await machine.run()
  return target
}

/** EIP-8037, EIP-2780: undefined when the account's state gas cannot be paid; the machine has its result then. */
function payForAccount(machine: Machine, root: RootMessage, account: AccountEntry | undefined): Paid | undefined {
  const prices = machine.rules.stateGas
  if (prices === undefined || account === undefined || !isNewAccount(machine, account))
    return { gas: root.gas, spilled: 0 }
  const spilled = machine.stateGas.take(prices.newAccount, root.gas)
  return spilled === undefined ? failBeforeFrame(machine) : { gas: root.gas - spilled, spilled }
}

function failBeforeFrame(machine: Machine): undefined {
  machine.failedBeforeFrame = true
  const outcome = { kind: 'failure', failure: 'out of gas' } as const
  machine.observer?.left({ kind: 'done', outcome, gasLeft: 0 })
  machine.result = { outcome, gasLeft: 0 }
}

function tellEntered({ observer }: Machine, root: RootMessage, type: 'CALL' | 'CREATE', to: bigint): void {
  const { caller, data: input, gas, value } = root
  observer?.entered({ type, from: caller.key, to, input, gas, value, depth: 0 })
}

function rootMessage(
  { caller, value, access }: RootMessage,
  { gas, spilled }: Paid,
  kind: Message['kind'],
  target: AccountEntry,
  data: Uint8Array,
): Message {
  const output = { outputOffset: 0, outputLength: 0 }
  return { kind, target, caller: caller.key, value, data, gas, access, depth: 0, stateGas: 0, spilled, ...output }
}
