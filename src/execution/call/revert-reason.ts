/** What a contract says with a revert, where it says it as Solidity does. */
import { bytesToWord, equalBytes } from '../words.ts'

/** Selectors of `Error(string)` and `Panic(uint256)`. */
const ERROR = Uint8Array.of(0x08, 0xc3, 0x79, 0xa0)
const PANIC = Uint8Array.of(0x4e, 0x48, 0x7b, 0x71)
const SELECTOR_BYTES = 4
const WORD_BYTES = 32

/** Solidity's manual, "Panic via assert and Error via require"; in geth's words. */
const PANICS: ReadonlyMap<bigint, string> = new Map([
  [0x00n, 'generic panic'],
  [0x01n, 'assert(false)'],
  [0x11n, 'arithmetic underflow or overflow'],
  [0x12n, 'division or modulo by zero'],
  [0x21n, 'enum overflow'],
  [0x22n, 'invalid encoded storage byte array accessed'],
  [0x31n, 'out-of-bounds array access; popping on an empty array'],
  [0x32n, 'out-of-bounds access of an array or bytesN'],
  [0x41n, 'out of memory'],
  [0x51n, 'uninitialized function'],
])

/** Undefined for any other data, which only the contract's users can read. */
export function revertReason(output: Uint8Array): string | undefined {
  const selector = output.subarray(0, SELECTOR_BYTES)
  const args = output.subarray(SELECTOR_BYTES)
  if (equalBytes(selector, ERROR)) return textOf(args)
  if (!equalBytes(selector, PANIC) || args.length < WORD_BYTES) return undefined
  const code = bytesToWord(args.subarray(0, WORD_BYTES))
  return PANICS.get(code) ?? `unknown panic code: 0x${code.toString(16)}`
}

function textOf(args: Uint8Array): string | undefined {
  const offset = lengthAt(args, 0)
  if (offset === undefined) return undefined
  const length = lengthAt(args, offset)
  if (length === undefined) return undefined
  const start = offset + WORD_BYTES
  if (start + length > args.length) return undefined
  return new TextDecoder().decode(args.subarray(start, start + length))
}

/** A word that says where, or how much: undefined where it is not there, or beyond all data. */
function lengthAt(args: Uint8Array, at: number): number | undefined {
  if (at + WORD_BYTES > args.length) return undefined
  const word = bytesToWord(args.subarray(at, at + WORD_BYTES))
  return word > BigInt(args.length) ? undefined : Number(word)
}
