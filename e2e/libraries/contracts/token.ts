/**
 * An ERC-20 token as today's are: it says its name, and why it refuses, by EIP-6093's error and by Solidity's `Error(string)`.
 * Anybody may mint. Balances under slot 0, supply in slot 2.
 */
import { stringToHex } from 'viem'
import { assemble } from '../../../server/devnet/execution/assembler.ts'

export const TOKEN_ABI = [
  'function symbol() view returns (string)',
  'function decimals() view returns (uint8)',
  'function totalSupply() view returns (uint256)',
  'function balanceOf(address owner) view returns (uint256)',
  'function transfer(address to, uint256 amount) returns (bool)',
  'function mint(address to, uint256 amount)',
  'event Transfer(address indexed from, address indexed to, uint256 amount)',
  'error ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)',
] as const

export const TOKEN_SYMBOL = 'BEAM'
/** What the token says of a transfer to nobody. */
export const NO_RECEIVER = 'no receiver'

export const TOKEN_CODE = assemble(`
  PUSH0 CALLDATALOAD 224 SHR
  DUP1 #transfer(address,uint256) EQ @transfer JUMPI
  DUP1 #balanceOf(address) EQ @balanceOf JUMPI
  DUP1 #mint(address,uint256) EQ @mint JUMPI
  DUP1 #totalSupply() EQ @totalSupply JUMPI
  DUP1 #decimals() EQ @decimals JUMPI
  #symbol() EQ @symbol JUMPI
  PUSH0 PUSH0 REVERT

symbol:
  32 PUSH0 MSTORE ${TOKEN_SYMBOL.length} 32 MSTORE
  ${stringToHex(TOKEN_SYMBOL)} ${256 - 8 * TOKEN_SYMBOL.length} SHL 64 MSTORE
  96 PUSH0 RETURN
decimals:
  18 @word JUMP
totalSupply:
  2 SLOAD @word JUMP
balanceOf:
  4 CALLDATALOAD PUSH0 MSTORE 64 PUSH0 KECCAK256 SLOAD
word:                                               ; [value]
  PUSH0 MSTORE 32 PUSH0 RETURN

mint:
  4 CALLDATALOAD PUSH0 MSTORE 64 PUSH0 KECCAK256
  DUP1 SLOAD 36 CALLDATALOAD ADD SWAP1 SSTORE
  2 SLOAD 36 CALLDATALOAD ADD 2 SSTORE
  36 CALLDATALOAD PUSH0 MSTORE
  4 CALLDATALOAD PUSH0 ##Transfer(address,address,uint256) 32 PUSH0 LOG3
  STOP

transfer:
  4 CALLDATALOAD ISZERO @noReceiver JUMPI
  CALLER PUSH0 MSTORE 64 PUSH0 KECCAK256
  DUP1 SLOAD 36 CALLDATALOAD                        ; [slot balance amount]
  DUP1 DUP3 LT @tooPoor JUMPI
  DUP1 SWAP2 SUB                                    ; [slot amount balance-amount]
  SWAP1 SWAP2 SSTORE                                ; [amount]
  4 CALLDATALOAD PUSH0 MSTORE 64 PUSH0 KECCAK256
  DUP1 SLOAD DUP3 ADD SWAP1 SSTORE                  ; [amount]
  PUSH0 MSTORE
  4 CALLDATALOAD CALLER ##Transfer(address,address,uint256) 32 PUSH0 LOG3
  1 @word JUMP
tooPoor:                                            ; [slot balance amount]
  #ERC20InsufficientBalance(address,uint256,uint256) 224 SHL PUSH0 MSTORE
  CALLER 4 MSTORE 68 MSTORE 36 MSTORE
  100 PUSH0 REVERT
noReceiver:
  #Error(string) 224 SHL PUSH0 MSTORE
  32 4 MSTORE ${NO_RECEIVER.length} 36 MSTORE
  ${stringToHex(NO_RECEIVER)} ${256 - 8 * NO_RECEIVER.length} SHL 68 MSTORE
  100 PUSH0 REVERT
`)
