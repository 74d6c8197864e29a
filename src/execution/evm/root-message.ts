/** A transaction's own message: the outermost call or creation. What it needs is awaited, then the machine runs to its end. */
import type { AccountEntry } from '../state/account-entry.ts'
import { delegate } from './delegation.ts'
import type { Message, PrecompileResult } from './frame.ts'
import type { Machine } from './machine.ts'
import { startCall, startCreate, startPrecompile } from './messages.ts'
import { createAddress } from './ops/calls.ts'

export interface RootMessage {
  readonly caller: AccountEntry
  readonly value: bigint
  readonly data: Uint8Array
  readonly gas: number
  readonly access: 'write' | 'static'
}

export async function startRootCall(machine: Machine, root: RootMessage, to: bigint): Promise<void> {
  const { state } = machine
  const target = state.entry(to)
  await state.load(target)
  const message = rootMessage(root, 'call', target, root.data)
  const precompile = machine.precompiles.get(to)
  if (precompile !== undefined) {
    const result: PrecompileResult = await precompile(root.data, root.gas)
    return startPrecompile(machine, message, root.caller, result)
  }
  let code = await state.code(target)
  const delegated = machine.rules.delegations ? delegate(state, code) : undefined
  if (delegated !== undefined) {
    // EIP-7702: the delegate of a transaction's own target is warm from the start.
    state.warm(delegated)
    await state.load(delegated)
    code = await state.code(delegated)
  }
  startCall(machine, message, root.caller, code)
  await machine.run()
}

/** Answers the new account's entry. The caller's nonce has been raised already; the address comes from the one before. */
export async function startRootCreate(machine: Machine, root: RootMessage): Promise<AccountEntry> {
  const { state } = machine
  const nonce = root.caller.current!.nonce - 1n
  const target = state.entry(createAddress(machine.keccak, root.caller.address, nonce))
  if (machine.rules.accessLists) state.warm(target)
  await state.load(target)
  startCreate(machine, rootMessage(root, 'create', target, new Uint8Array(0)), root.caller, root.data)
  await machine.run()
  return target
}

function rootMessage(root: RootMessage, kind: Message['kind'], target: AccountEntry, data: Uint8Array): Message {
  const { caller, value, gas, access } = root
  return { kind, target, caller: caller.key, value, data, gas, access, depth: 0, outputOffset: 0, outputLength: 0 }
}
