/** An ERC-20 token (EIP-20) with Solidity's storage layout: balances under slot 0, allowances under slot 1. */
import { concatBytes } from '@ethereumjs/util'
import type { AddressBytes, Hash, Keccak } from '../../../../src/chain/bytes.ts'
import { asHash } from '../../../../src/chain/bytes.ts'
import { assemble, selector } from '../assembler.ts'
import { word } from './words.ts'

export const TOKEN_CODE = assemble(`
  PUSH0 CALLDATALOAD 224 SHR
  DUP1 #transfer(address,uint256) EQ @transfer JUMPI
  DUP1 #transferFrom(address,address,uint256) EQ @transferFrom JUMPI
  DUP1 #approve(address,uint256) EQ @approve JUMPI
  #balanceOf(address) EQ @balanceOf JUMPI
fail:
  PUSH0 PUSH0 REVERT

transfer:                                           ; [selector]
  POP CALLER 4 CALLDATALOAD 36 CALLDATALOAD         ; [from to amount]
  @move JUMP

transferFrom:                                       ; [selector]
  POP
  4 CALLDATALOAD PUSH0 MSTORE 1 32 MSTORE 64 PUSH0 KECCAK256 32 MSTORE
  CALLER PUSH0 MSTORE 64 PUSH0 KECCAK256            ; [slot] of the allowance
  DUP1 SLOAD DUP1 NOT ISZERO @unlimited JUMPI       ; [slot allowed]
  68 CALLDATALOAD DUP2 DUP2 GT @fail JUMPI          ; [slot allowed amount]
  SWAP1 SUB SWAP1 SSTORE
  @moveFrom JUMP
unlimited:                                          ; [slot allowed]
  POP POP
moveFrom:
  4 CALLDATALOAD 36 CALLDATALOAD 68 CALLDATALOAD

move:                                               ; [from to amount]
  DUP3 PUSH0 MSTORE PUSH0 32 MSTORE 64 PUSH0 KECCAK256
  DUP1 SLOAD                                        ; [from to amount slot balance]
  DUP3 DUP2 LT @fail JUMPI
  DUP3 SWAP1 SUB SWAP1 SSTORE                       ; [from to amount]
  DUP2 PUSH0 MSTORE 64 PUSH0 KECCAK256
  DUP1 SLOAD DUP3 ADD SWAP1 SSTORE                  ; [from to amount]
  PUSH0 MSTORE SWAP1 ##Transfer(address,address,uint256) 32 PUSH0 LOG3
yes:
  1 PUSH0 MSTORE 32 PUSH0 RETURN

approve:                                            ; [selector]
  POP
  CALLER PUSH0 MSTORE 1 32 MSTORE 64 PUSH0 KECCAK256 32 MSTORE
  4 CALLDATALOAD PUSH0 MSTORE 64 PUSH0 KECCAK256    ; [slot]
  36 CALLDATALOAD SWAP1 SSTORE
  @yes JUMP

balanceOf:
  4 CALLDATALOAD PUSH0 MSTORE PUSH0 32 MSTORE 64 PUSH0 KECCAK256
  SLOAD PUSH0 MSTORE 32 PUSH0 RETURN
`)

export const transferData = (to: AddressBytes, amount: bigint): Uint8Array =>
  concatBytes(selector('transfer(address,uint256)'), word(to), word(amount))

export const approveData = (spender: AddressBytes, amount: bigint): Uint8Array =>
  concatBytes(selector('approve(address,uint256)'), word(spender), word(amount))

export const balanceSlot = (owner: AddressBytes, keccak: Keccak): Hash =>
  asHash(keccak(concatBytes(word(owner), word(0n))))

export const allowanceSlot = (owner: AddressBytes, spender: AddressBytes, keccak: Keccak): Hash =>
  asHash(keccak(concatBytes(word(spender), keccak(concatBytes(word(owner), word(1n))))))

/** An allowance that transfers do not use up. */
export const UNLIMITED = 2n ** 256n - 1n
