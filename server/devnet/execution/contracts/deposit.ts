/**
 * Stands where the deposit contract is: takes the parts of a deposit and logs them as EIP-6110 wants it, without the
 * Merkle tree of the real one. It lays the event out by itself, whatever it is called with, because a malformed deposit
 * event makes a block invalid.
 */
import { concatBytes } from '@ethereumjs/util'
import { assemble } from '../assembler.ts'

/** Slot 0 counts deposits; the last three statements before the log write the count as 8 bytes, little-endian. */
export const DEPOSIT_CODE = assemble(`
  160 PUSH0 MSTORE 256 32 MSTORE 320 64 MSTORE 384 96 MSTORE 512 128 MSTORE
  48 160 MSTORE 48 PUSH0 192 CALLDATACOPY
  32 256 MSTORE 32 48 288 CALLDATACOPY
  8 320 MSTORE 8 80 352 CALLDATACOPY
  96 384 MSTORE 96 88 416 CALLDATACOPY
  8 512 MSTORE
  PUSH0 SLOAD DUP1 1 ADD PUSH0 SSTORE               ; [index]
  DUP1 544 MSTORE8 DUP1 8 SHR 545 MSTORE8 16 SHR 546 MSTORE8
  ##DepositEvent(bytes,bytes,bytes,bytes,bytes) 576 PUSH0 LOG1
  STOP
`)

export interface Deposit {
  /** 48 bytes. */
  readonly pubkey: Uint8Array
  /** 32 bytes. */
  readonly withdrawalCredentials: Uint8Array
  /** 8 bytes, little-endian, Gwei. */
  readonly amount: Uint8Array
  /** 96 bytes. */
  readonly signature: Uint8Array
}

export const depositData = ({ pubkey, withdrawalCredentials, amount, signature }: Deposit): Uint8Array =>
  concatBytes(pubkey, withdrawalCredentials, amount, signature)
