/** Memory, copies into it, KECCAK256 and LOG over it. */
import { bytesToWord, wordToBytes32 } from '../../words.ts'
import type { Frame } from '../frame.ts'
import type { Machine } from '../machine.ts'
import { CONTINUE, type Signal } from '../signal.ts'
import { toOffset } from '../memory.ts'
import type { OpDefinition, Run } from '../operation.ts'

/** Yellow Paper: G_copy, G_keccak256word, G_logdata, G_logtopic. */
export const COPY_WORD_GAS = 3
export const KECCAK_WORD_GAS = 6
const LOG_BYTE_GAS = 8
const LOG_TOPIC_GAS = 375

export function memoryOps(): OpDefinition[] {
  const ops: OpDefinition[] = [
    [0x20, 2, 1, keccak256],
    [0x37, 3, 0, copy((frame) => frame.message.data)],
    [0x39, 3, 0, copy((frame) => frame.analysis.code)],
    [0x3e, 3, 0, returnDataCopy],
    [0x51, 1, 1, load],
    [0x52, 2, 0, store],
    [0x53, 2, 0, storeByte],
    [0x59, 0, 1, size],
    [0x5e, 3, 0, memoryCopy],
  ]
  for (let topics = 0; topics <= 4; topics++) ops.push([0xa0 + topics, 2 + topics, 0, log(topics)])
  return ops
}

/** Pays `gas` and the growth to hold `length` bytes at `offset`. */
export function payForMemory(frame: Frame, offset: number, length: number, gas: number): boolean {
  const total = gas + frame.memory.expansionGas(offset, length)
  if (frame.gas < total) return false
  frame.gas -= total
  frame.memory.grow(offset, length)
  return true
}

export function wordsOf(length: number): number {
  return Math.ceil(length / 32)
}

const load: Run = (frame, machine) => {
  const top = frame.height - 1
  const offset = toOffset(frame.stack[top]!)
  if (!payForMemory(frame, offset, 32, 0)) return machine.fail(frame, 'out of gas')
  frame.stack[top] = frame.memory.load(offset)
  return CONTINUE
}

const store: Run = (frame, machine) => {
  const top = (frame.height -= 2)
  const offset = toOffset(frame.stack[top + 1]!)
  if (!payForMemory(frame, offset, 32, 0)) return machine.fail(frame, 'out of gas')
  frame.memory.store(offset, frame.stack[top]!)
  return CONTINUE
}

const storeByte: Run = (frame, machine) => {
  const top = (frame.height -= 2)
  const offset = toOffset(frame.stack[top + 1]!)
  if (!payForMemory(frame, offset, 1, 0)) return machine.fail(frame, 'out of gas')
  frame.memory.bytes[offset] = Number(frame.stack[top]! & 0xffn)
  return CONTINUE
}

const size: Run = (frame) => {
  frame.push(BigInt(32 * frame.memory.words))
  return CONTINUE
}

const keccak256: Run = (frame, machine) => {
  const { stack } = frame
  const top = --frame.height
  const length = toOffset(stack[top - 1]!)
  const offset = length === 0 ? 0 : toOffset(stack[top]!)
  const gas = KECCAK_WORD_GAS * wordsOf(length)
  if (!payForMemory(frame, offset, length, gas)) return machine.fail(frame, 'out of gas')
  machine.hasWorked(gas)
  stack[top - 1] = bytesToWord(machine.keccak(frame.memory.bytes.subarray(offset, offset + length)))
  return CONTINUE
}

function copy(source: (frame: Frame) => Uint8Array): Run {
  return (frame, machine) => {
    const top = (frame.height -= 3)
    const length = toOffset(frame.stack[top]!)
    return copyIn(
      frame,
      machine,
      source(frame),
      toOffset(frame.stack[top + 1]!),
      toOffset(frame.stack[top + 2]!),
      length,
    )
  }
}

/** EIP-211: reading past the end of return data fails, even for no bytes. */
const returnDataCopy: Run = (frame, machine) => {
  const top = (frame.height -= 3)
  const length = toOffset(frame.stack[top]!)
  const from = toOffset(frame.stack[top + 1]!)
  if (from + length > frame.returnData.length) return machine.fail(frame, 'return data out of bounds')
  return copyIn(frame, machine, frame.returnData, from, toOffset(frame.stack[top + 2]!), length)
}

export function copyIn(
  frame: Frame,
  machine: Machine,
  source: Uint8Array,
  from: number,
  to: number,
  length: number,
): Signal {
  const gas = COPY_WORD_GAS * wordsOf(length)
  if (!payForMemory(frame, to, length, gas)) return machine.fail(frame, 'out of gas')
  machine.hasWorked(gas)
  frame.memory.copyFrom(source, from, to, length)
  return CONTINUE
}

/** EIP-5656: may overlap. */
const memoryCopy: Run = (frame, machine) => {
  const top = (frame.height -= 3)
  const length = toOffset(frame.stack[top]!)
  const from = toOffset(frame.stack[top + 1]!)
  const to = toOffset(frame.stack[top + 2]!)
  const gas = COPY_WORD_GAS * wordsOf(length)
  if (!payForMemory(frame, Math.max(from, to), length, gas)) return machine.fail(frame, 'out of gas')
  machine.hasWorked(gas)
  if (length > 0) frame.memory.bytes.copyWithin(to, from, from + length)
  return CONTINUE
}

function log(count: number): Run {
  return (frame, machine) => {
    const { stack, message } = frame
    if (message.access === 'static') return machine.fail(frame, 'static state change')
    const top = frame.height - 1
    const length = toOffset(stack[top - 1]!)
    const offset = length === 0 ? 0 : toOffset(stack[top]!)
    if (!payForMemory(frame, offset, length, LOG_TOPIC_GAS * count + LOG_BYTE_GAS * length))
      return machine.fail(frame, 'out of gas')
    const topics: Uint8Array[] = []
    for (let i = 0; i < count; i++) topics.push(wordToBytes32(stack[top - 2 - i]!))
    machine.logs.push([message.target.address, topics, frame.memory.slice(offset, length)])
    frame.height = top - 1 - count
    return CONTINUE
  }
}
