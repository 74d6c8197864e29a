/**
 * A small assembler for EVM programs, so that the devnet's contracts can be read.
 *
 * Source is a list of words with comments from `;` to the end of a line:
 * - a mnemonic of the yellow paper is that instruction (`ADD`, `SSTORE`, `DUP2`);
 * - a number, decimal or 0x-hex, is pushed with as few bytes as it needs, zero as PUSH0. Hex keeps its leading zeros, so
 *   that an address stays 20 bytes long;
 * - `name:` is a JUMPDEST called `name`; `@name` pushes its position (2 bytes: programs are shorter than 64 KiB);
 * - `#text` pushes the function selector of a signature, `##text` the topic of an event's.
 * Operands come before their instruction, the last pushed on top, as the machine takes them.
 */
import { bytesToHex, hexToBytes, type PrefixedHexString } from '@ethereumjs/util'
import { keccak_256 } from '@noble/hashes/sha3.js'

/** The source has a word that means nothing, or a label that is not there exactly once. */
export class AssemblyError extends Error {
  override name = 'AssemblyError'
}

/** @throws {AssemblyError} that names the word */
export function assemble(source: string): Uint8Array {
  const items = words(source).map(item)
  const positions = new Map<string, number>()
  let size = 0
  for (const piece of items) {
    if (piece.kind === 'label') {
      if (positions.has(piece.name)) throw new AssemblyError(`the label ${piece.name} is there twice`)
      positions.set(piece.name, size)
    }
    size += piece.kind === 'bytes' ? piece.bytes.length : LENGTHS[piece.kind]
  }
  return Uint8Array.from(items.flatMap((piece) => encode(piece, positions)))
}

/** First four bytes of a call's data (Solidity ABI). @param signature as `transfer(address,uint256)` */
export const selector = (signature: string): Uint8Array => topic(signature).subarray(0, 4)

/** First topic of an event's logs (Solidity ABI). */
export const topic = (signature: string): Uint8Array => keccak_256(new TextEncoder().encode(signature))

/** A creation's code that deploys `runtime` as it is. */
export function initCode(runtime: Uint8Array): Uint8Array {
  const prefix = (length: number) => assemble(`${runtime.length} DUP1 ${length} PUSH0 CODECOPY PUSH0 RETURN`)
  // How long the prefix is depends on the numbers in it, which are one byte or two.
  const length = prefix(prefix(0xff).length).length
  return Uint8Array.from([...prefix(length), ...runtime])
}

type Item =
  | { readonly kind: 'bytes'; readonly bytes: readonly number[] }
  | { readonly kind: 'label' | 'reference'; readonly name: string }

/** A JUMPDEST; PUSH2 and its two bytes. */
const LENGTHS = { label: 1, reference: 3 }
const JUMPDEST = 0x5b
const PUSH2 = 0x61
const PUSH0 = 0x5f

function words(source: string): string[] {
  return source
    .split('\n')
    .flatMap((line) => line.replace(/;.*$/, '').split(/\s+/))
    .filter((word) => word.length > 0)
}

function item(word: string): Item {
  const opcode = OPCODES.get(word)
  if (opcode !== undefined) return { kind: 'bytes', bytes: [opcode] }
  if (/^\w+:$/.test(word)) return { kind: 'label', name: word.slice(0, -1) }
  if (/^@\w+$/.test(word)) return { kind: 'reference', name: word.slice(1) }
  if (word.startsWith('##')) return { kind: 'bytes', bytes: push(topic(word.slice(2))) }
  if (word.startsWith('#')) return { kind: 'bytes', bytes: push(selector(word.slice(1))) }
  if (/^0x([0-9a-f]{2}){1,32}$/i.test(word))
    return { kind: 'bytes', bytes: push(hexToBytes(word as PrefixedHexString)) }
  if (/^\d+$/.test(word)) return { kind: 'bytes', bytes: pushNumber(BigInt(word)) }
  throw new AssemblyError(`"${word}" is no instruction, number, label or signature`)
}

function encode(piece: Item, positions: ReadonlyMap<string, number>): readonly number[] {
  if (piece.kind === 'bytes') return piece.bytes
  if (piece.kind === 'label') return [JUMPDEST]
  const position = positions.get(piece.name)
  if (position === undefined) throw new AssemblyError(`there is no label ${piece.name}`)
  return [PUSH2, position >> 8, position & 0xff]
}

function pushNumber(value: bigint): readonly number[] {
  if (value === 0n) return [PUSH0]
  const digits = value.toString(16)
  const bytes = hexToBytes(`0x${digits.length % 2 === 0 ? digits : `0${digits}`}`)
  if (bytes.length > 32) throw new AssemblyError(`${bytesToHex(bytes)} is no word: it has ${bytes.length} bytes`)
  return push(bytes)
}

function push(bytes: Uint8Array): readonly number[] {
  return [PUSH0 + bytes.length, ...bytes]
}

/** Yellow paper, appendix H, with PUSH0 (EIP-3855). Bytes with pushed data are what numbers are for. */
const OPCODES = new Map<string, number>([
  ...table(0x00, 'STOP ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP SIGNEXTEND'),
  ...table(0x10, 'LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR'),
  ...table(0x20, 'KECCAK256'),
  ...table(0x30, 'ADDRESS BALANCE ORIGIN CALLER CALLVALUE CALLDATALOAD CALLDATASIZE CALLDATACOPY CODESIZE CODECOPY'),
  ...table(0x3a, 'GASPRICE EXTCODESIZE EXTCODECOPY RETURNDATASIZE RETURNDATACOPY EXTCODEHASH'),
  ...table(0x40, 'BLOCKHASH COINBASE TIMESTAMP NUMBER PREVRANDAO GASLIMIT CHAINID SELFBALANCE BASEFEE'),
  ...table(0x50, 'POP MLOAD MSTORE MSTORE8 SLOAD SSTORE JUMP JUMPI PC MSIZE GAS JUMPDEST'),
  ...table(0x5f, 'PUSH0'),
  ...Array.from({ length: 16 }, (_, i) => [`DUP${i + 1}`, 0x80 + i] as const),
  ...Array.from({ length: 16 }, (_, i) => [`SWAP${i + 1}`, 0x90 + i] as const),
  ...table(0xa0, 'LOG0 LOG1 LOG2 LOG3 LOG4'),
  ...table(0xf0, 'CREATE CALL CALLCODE RETURN DELEGATECALL CREATE2'),
  ...table(0xfa, 'STATICCALL'),
  ...table(0xfd, 'REVERT INVALID SELFDESTRUCT'),
])

function table(first: number, names: string): (readonly [string, number])[] {
  return names.split(' ').map((name, i) => [name, first + i] as const)
}
