/** What the interpreter needs to know of bytecode besides its bytes, found once per code instead of once per call. */
import { bytesToWord } from '../words.ts'

/** PUSH1 reads its constant from here: a bigint for each byte, made once. */
const BYTE_WORDS = Array.from({ length: 256 }, (_, byte) => BigInt(byte))

const PUSH1 = 0x60
const PUSH32 = 0x7f
const JUMPDEST = 0x5b

export class CodeAnalysis {
  private destinations: Uint8Array | undefined
  private readonly constants = new Map<number, bigint>()

  constructor(readonly code: Uint8Array) {}

  /** Whether a jump may land on `pc`: a JUMPDEST that is not a PUSH's data. */
  isJumpDestination(pc: number): boolean {
    this.destinations ??= findDestinations(this.code)
    return this.destinations[pc] === 1
  }

  /** The constant of the PUSH at `pc` with `size` data bytes; code that ends early is continued with zeros. */
  constant(pc: number, size: number): bigint {
    if (size === 1) return BYTE_WORDS[this.code[pc + 1] ?? 0]!
    let value = this.constants.get(pc)
    if (value === undefined) {
      value = readConstant(this.code, pc + 1, size)
      this.constants.set(pc, value)
    }
    return value
  }
}

/** Keyed by the code's array, which lives as long as its owner keeps the code: nothing to bound here. */
const analyses = new WeakMap<Uint8Array, CodeAnalysis>()

export function analyse(code: Uint8Array): CodeAnalysis {
  let analysis = analyses.get(code)
  if (analysis === undefined) analyses.set(code, (analysis = new CodeAnalysis(code)))
  return analysis
}

function findDestinations(code: Uint8Array): Uint8Array {
  const destinations = new Uint8Array(code.length)
  for (let pc = 0; pc < code.length; pc++) {
    const op = code[pc]!
    if (op === JUMPDEST) destinations[pc] = 1
    else if (op >= PUSH1 && op <= PUSH32) pc += op - PUSH1 + 1
  }
  return destinations
}

function readConstant(code: Uint8Array, start: number, size: number): bigint {
  const bytes = code.subarray(start, start + size)
  const value = bytesToWord(bytes)
  return bytes.length === size ? value : value << BigInt(8 * (size - bytes.length))
}
