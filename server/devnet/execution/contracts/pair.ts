/**
 * A market of two tokens at a constant product of reserves, with a fee of 0.3 % (the formula of Uniswap v2). Its reserves
 * are in slots 0 and 1; the second token's address follows the first's, so that a side is a number.
 */
import { concatBytes } from '@ethereumjs/util'
import { assemble, selector } from '../assembler.ts'
import { word } from './words.ts'

/** @param token0 address of the first token, 0x-hex */
export const pairCode = (token0: string): Uint8Array =>
  assemble(`
  PUSH0 CALLDATALOAD 224 SHR #swap(uint256,uint256) EQ @swap JUMPI
fail:
  PUSH0 PUSH0 REVERT

swap:
  36 CALLDATALOAD 1 AND                             ; [side]
  DUP1 SLOAD DUP2 ISZERO SLOAD                      ; [side reserveIn reserveOut]
  4 CALLDATALOAD 997 MUL                            ; [side reserveIn reserveOut in]
  DUP1 DUP4 1000 MUL ADD                            ; [side reserveIn reserveOut in divisor]
  SWAP2 MUL DIV                                     ; [side reserveIn out]

  #transferFrom(address,address,uint256) 224 SHL PUSH0 MSTORE
  CALLER 4 MSTORE ADDRESS 36 MSTORE 4 CALLDATALOAD 68 MSTORE
  32 PUSH0 100 PUSH0 PUSH0 DUP8 ${token0} ADD GAS CALL ISZERO @fail JUMPI

  #transfer(address,uint256) 224 SHL PUSH0 MSTORE
  CALLER 4 MSTORE DUP1 36 MSTORE
  32 PUSH0 68 PUSH0 PUSH0 DUP8 ISZERO ${token0} ADD GAS CALL ISZERO @fail JUMPI

  SWAP1 4 CALLDATALOAD ADD DUP3 SSTORE              ; [side out]
  DUP2 ISZERO DUP1 SLOAD DUP3 SWAP1 SUB SWAP1 SSTORE
  PUSH0 MSTORE                                      ; [side]
  CALLER ##Swap(address,uint256,uint256) 32 PUSH0 LOG3
  32 PUSH0 RETURN
`)

/** @param side 0: the first token goes in */
export const swapData = (amountIn: bigint, side: 0 | 1): Uint8Array =>
  concatBytes(selector('swap(uint256,uint256)'), word(amountIn), word(side))
