/** Fills or clears a run of slots: to write a lot, and to make branches of a storage trie collapse. */
import { concatBytes } from '@ethereumjs/util'
import { assemble } from '../assembler.ts'
import { word } from './words.ts'

export const SLOTS_CODE = assemble(`
  32 CALLDATALOAD PUSH0 CALLDATALOAD                ; [count slot]
  DUP1 SWAP2 ADD                                    ; [slot end]
next:
  DUP1 DUP3 LT ISZERO @done JUMPI
  64 CALLDATALOAD DUP1 ISZERO ISZERO DUP4 MUL ADD   ; [slot end value], value + slot unless it is 0
  DUP3 SSTORE
  SWAP1 1 ADD SWAP1 @next JUMP
done:
  STOP
`)

/** @param value 0 clears; else each slot gets this and its own number, added */
export const slotsData = (first: number, count: number, value: bigint): Uint8Array =>
  concatBytes(word(first), word(count), word(value))
