/** Contracts that do one thing that blocks are to have: call a precompile, look back, run for another account, fail. */
import { concatBytes } from '@ethereumjs/util'
import { assemble } from '../assembler.ts'
import { word } from './words.ts'

/** Calls any address with the rest of its data, and keeps whether that worked and a hash of what came out. */
export const CALLER_CODE = assemble(`
  32 CALLDATASIZE SUB                               ; [length]
  DUP1 32 PUSH0 CALLDATACOPY
  PUSH0 PUSH0 DUP3 PUSH0 PUSH0 CALLDATALOAD GAS STATICCALL
  RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY RETURNDATASIZE PUSH0 KECCAK256
  ADD PUSH0 CALLDATALOAD SSTORE
  STOP
`)

export const callerData = (address: bigint, input: Uint8Array): Uint8Array => concatBytes(word(address), input)

/** Keeps the exclusive or of some ancestors' hashes in slot 0. */
export const ANCESTORS_CODE = assemble(`
  PUSH0 PUSH0                                       ; [sum at]
next:
  DUP1 CALLDATASIZE GT ISZERO @done JUMPI
  DUP1 CALLDATALOAD NUMBER SUB BLOCKHASH            ; [sum at hash]
  SWAP1 SWAP2 XOR SWAP1
  32 ADD @next JUMP
done:
  POP PUSH0 SSTORE
  STOP
`)

/** @param distances of the ancestors; past 256 the hash is zero */
export const ancestorsData = (distances: readonly number[]): Uint8Array => concatBytes(...distances.map(word))

/** What accounts delegate to (EIP-7702): counts its calls in slot 0 of whoever runs it. */
export const DELEGATE_CODE = assemble(`
  PUSH0 SLOAD 1 ADD DUP1 PUSH0 SSTORE
  PUSH0 MSTORE ADDRESS 32 PUSH0 LOG1
  STOP
`)

/** Writes a slot, then fails: by REVERT with a word of data, by INVALID, or by using up all gas. */
export const FAILURE_CODE = assemble(`
  CALLER NUMBER SSTORE
  PUSH0 CALLDATALOAD DUP1 1 EQ @invalid JUMPI 2 EQ @burn JUMPI
  NUMBER PUSH0 MSTORE 32 PUSH0 REVERT
invalid:
  INVALID
burn:
  @burn JUMP
`)

export const FAILURES = ['revert', 'invalid', 'outOfGas'] as const

export const failureData = (how: (typeof FAILURES)[number]): Uint8Array => word(FAILURES.indexOf(how))
