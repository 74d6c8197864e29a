/** SLOAD and SSTORE with the gas of each fork, TLOAD and TSTORE. */
import type { Frame } from '../frame.ts'
import {
  COLD_SLOAD_GAS,
  LEGACY_CLEAR_REFUND,
  STORAGE_RESET_GAS,
  STORAGE_SET_GAS,
  WARM_ACCESS_GAS,
  type ForkRules,
  type StorageGas,
} from '../fork-rules.ts'
import type { Machine } from '../machine.ts'
import { CONTINUE } from '../signal.ts'
import type { OpDefinition, Run } from '../operation.ts'

export function storageOps(rules: ForkRules): OpDefinition[] {
  return [
    [0x54, 1, 1, rules.accessLists ? loadWithAccess : loadFlatPrice],
    [0x55, 2, 0, store(rules)],
    [0x5c, 1, 1, loadTransient],
    [0x5d, 2, 0, storeTransient],
  ]
}

function store({ storageGas, accessLists, stateGas }: ForkRules): Run {
  switch (storageGas.kind) {
    case 'legacy':
      return storeLegacy
    case 'net':
      return storeNet(storageGas, accessLists)
    case 'flat':
      return storeFlat(storageGas, stateGas?.newSlot ?? 0)
  }
}

const loadFlatPrice: Run = (frame, machine) => {
  const top = frame.height - 1
  const value = machine.state.slot(frame.message.target, frame.stack[top]!)
  if (value instanceof Promise) return machine.wait(value)
  frame.stack[top] = value
  return CONTINUE
}

/** EIP-2929. */
const loadWithAccess: Run = (frame, machine) => {
  const { target } = frame.message
  const top = frame.height - 1
  const slot = frame.stack[top]!
  const gas = target.warmSlots.has(slot) ? WARM_ACCESS_GAS : COLD_SLOAD_GAS
  if (frame.gas < gas) return machine.fail(frame, 'out of gas')
  const value = machine.state.slot(target, slot)
  if (value instanceof Promise) return machine.wait(value)
  frame.gas -= gas
  machine.state.warmSlot(target, slot)
  machine.accesses?.slot(target, slot)
  frame.stack[top] = value
  return CONTINUE
}

const storeLegacy: Run = (frame, machine) => {
  const { target, access } = frame.message
  if (access === 'static') return machine.fail(frame, 'static state change')
  const top = frame.height - 1
  const slot = frame.stack[top]!
  const value = frame.stack[top - 1]!
  if (frame.gas < STORAGE_RESET_GAS) return machine.fail(frame, 'out of gas')
  const current = machine.state.slot(target, slot)
  if (current instanceof Promise) return machine.wait(current)
  const gas = current === 0n && value !== 0n ? STORAGE_SET_GAS : STORAGE_RESET_GAS
  if (frame.gas < gas) return machine.fail(frame, 'out of gas')
  frame.gas -= gas
  if (current !== 0n && value === 0n) machine.refund += LEGACY_CLEAR_REFUND
  machine.state.setSlot(target, slot, current, value)
  frame.height = top - 1
  return CONTINUE
}

function storeNet(prices: StorageGas & { kind: 'net' }, accessLists: boolean): Run {
  return (frame, machine) => {
    const { target, access } = frame.message
    if (access === 'static') return machine.fail(frame, 'static state change')
    if (frame.gas <= prices.sentry) return machine.fail(frame, 'out of gas')
    const top = frame.height - 1
    const slot = frame.stack[top]!
    const value = frame.stack[top - 1]!
    const current = machine.state.slot(target, slot)
    if (current instanceof Promise) return machine.wait(current)
    const original = machine.state.originalSlot(target, slot, current)
    const accessGas = accessLists && !target.warmSlots.has(slot) ? COLD_SLOAD_GAS : 0
    const gas = accessGas + writeGas(prices, original, current, value)
    if (frame.gas < gas) return machine.fail(frame, 'out of gas')
    frame.gas -= gas
    if (accessLists) machine.state.warmSlot(target, slot)
    machine.refund += writeRefund(prices, original, current, value)
    if (current !== value) machine.state.setSlot(target, slot, current, value)
    frame.height = top - 1
    return CONTINUE
  }
}

function writeGas(prices: StorageGas & { kind: 'net' }, original: bigint, current: bigint, value: bigint): number {
  if (current === value || original !== current) return prices.load
  return original === 0n ? STORAGE_SET_GAS : prices.reset
}

/** EIP-1283 and EIP-2200, in their own order of cases; may be negative. */
function writeRefund(prices: StorageGas & { kind: 'net' }, original: bigint, current: bigint, value: bigint): number {
  if (current === value) return 0
  if (original === current) return original !== 0n && value === 0n ? prices.clearRefund : 0
  let refund = 0
  if (original !== 0n) {
    if (current === 0n) refund -= prices.clearRefund
    else if (value === 0n) refund += prices.clearRefund
  }
  if (original === value) refund += (original === 0n ? STORAGE_SET_GAS : prices.reset) - prices.load
  return refund
}

/** EIP-8038, with EIP-8037's gas for slots that are new. */
function storeFlat(prices: StorageGas & { kind: 'flat' }, newSlotGas: number): Run {
  return (frame, machine) => {
    const { target, access } = frame.message
    if (access === 'static') return machine.fail(frame, 'static state change')
    const top = frame.height - 1
    const slot = frame.stack[top]!
    const value = frame.stack[top - 1]!
    const accessGas = target.warmSlots.has(slot) ? WARM_ACCESS_GAS : COLD_SLOAD_GAS
    // The slot is read only by who can pay for that and has more than a stipend.
    if (frame.gas <= prices.sentry || frame.gas < accessGas) return machine.fail(frame, 'out of gas')
    const current = machine.state.slot(target, slot)
    if (current instanceof Promise) return machine.wait(current)
    machine.accesses?.slot(target, slot)
    const original = machine.state.originalSlot(target, slot, current)
    const gas = accessGas + (current === original && current !== value ? prices.write : 0)
    if (frame.gas < gas) return machine.fail(frame, 'out of gas')
    frame.gas -= gas
    machine.state.warmSlot(target, slot)
    frame.height = top - 1
    if (current === value) return CONTINUE
    machine.refund += flatRefund(prices, original, current, value)
    machine.state.setSlot(target, slot, current, value)
    if (original !== 0n) return CONTINUE
    if (current === 0n) return machine.stateGas.charge(frame, newSlotGas) ? CONTINUE : machine.fail(frame, 'out of gas')
    if (value === 0n) machine.stateGas.refund(frame, newSlotGas)
    return CONTINUE
  }
}

/** For a value that changes; may be negative. */
function flatRefund(prices: StorageGas & { kind: 'flat' }, original: bigint, current: bigint, value: bigint): number {
  let refund = original === value ? prices.write : 0
  if (original === 0n) return refund
  if (current === 0n) refund -= prices.clearRefund
  else if (value === 0n) refund += prices.clearRefund
  return refund
}

const loadTransient: Run = (frame, machine) => {
  const top = frame.height - 1
  frame.stack[top] = machine.state.transientSlot(frame.message.target, frame.stack[top]!)
  return CONTINUE
}

const storeTransient: Run = (frame: Frame, machine: Machine) => {
  if (frame.message.access === 'static') return machine.fail(frame, 'static state change')
  const top = (frame.height -= 2)
  machine.state.setTransientSlot(frame.message.target, frame.stack[top + 1]!, frame.stack[top]!)
  return CONTINUE
}
