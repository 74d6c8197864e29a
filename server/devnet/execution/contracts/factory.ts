/**
 * Creates two contracts in a call: one with CREATE that stays, and one with CREATE2 that destroys itself at once, so that
 * the same salt works again. Before that it tells the one that stayed the last time to destroy itself, which it can not
 * any more (EIP-6780; before Cancun it goes).
 */
import { bytesToHex } from '@ethereumjs/util'
import { assemble } from '../assembler.ts'
import { word } from './words.ts'

/** Writes a slot, and leaves `CALLER SELFDESTRUCT` as the contract's code. */
const CHILD = assemble('NUMBER PUSH0 SSTORE 0x33ff PUSH0 MSTORE 2 30 RETURN')

/** In memory the child's code ends with the first word. */
const CHILD_CODE = `${CHILD.length} ${32 - CHILD.length}`

export const FACTORY_CODE = assemble(`
  PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 SLOAD GAS CALL POP
  ${bytesToHex(CHILD)} PUSH0 MSTORE
  ${CHILD_CODE} PUSH0 CREATE PUSH0 SSTORE
  PUSH0 CALLDATALOAD ${CHILD_CODE} CALLVALUE CREATE2 ; [child]
  PUSH0 PUSH0 PUSH0 PUSH0 PUSH0 DUP6 GAS CALL
  STOP
`)

/** The value sent along goes to the contract that destroys itself, and back to the factory. */
export const factoryData = (salt: number): Uint8Array => word(salt)
