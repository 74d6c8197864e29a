/**
 * ENS in small (EIP-137, EIP-181): a registry of who owns a name and which contract resolves it, and a resolver. Whoever comes
 * first owns a name, and anybody may write to the resolver: what is tested is reading.
 */
import { assemble } from '../../../server/devnet/execution/assembler.ts'

export const REGISTRY_ABI = [
  'function setRecord(bytes32 node, address owner, address resolver, uint64 ttl)',
  'function owner(bytes32 node) view returns (address)',
  'function resolver(bytes32 node) view returns (address)',
  'function recordExists(bytes32 node) view returns (bool)',
] as const

/** A record is three slots from the hash of its node on. */
export const REGISTRY_CODE = assemble(`
  4 CALLDATALOAD PUSH0 MSTORE 32 PUSH0 KECCAK256
  PUSH0 CALLDATALOAD 224 SHR                        ; [record selector]
  DUP1 #resolver(bytes32) EQ @resolver JUMPI
  DUP1 #owner(bytes32) EQ @owner JUMPI
  DUP1 #recordExists(bytes32) EQ @recordExists JUMPI
  #setRecord(bytes32,address,address,uint64) EQ @setRecord JUMPI
fail:
  PUSH0 PUSH0 REVERT

resolver:                                           ; [record selector]
  POP 1 ADD SLOAD @word JUMP
recordExists:                                       ; [record selector]
  POP SLOAD ISZERO ISZERO @word JUMP
owner:                                              ; [record selector]
  POP SLOAD
word:                                               ; [value]
  PUSH0 MSTORE 32 PUSH0 RETURN

setRecord:                                          ; [record]
  DUP1 SLOAD DUP1 ISZERO SWAP1 CALLER EQ OR ISZERO @fail JUMPI
  36 CALLDATALOAD DUP2 SSTORE
  68 CALLDATALOAD DUP2 1 ADD SSTORE
  100 CALLDATALOAD SWAP1 2 ADD SSTORE
  STOP
`)

export const RESOLVER_ABI = [
  'function setAddr(bytes32 node, address owner)',
  'function setName(bytes32 node, string name)',
  'function addr(bytes32 node) view returns (address)',
  'function name(bytes32 node) view returns (string)',
] as const

/** Addresses under slot 0, names (up to 32 bytes) under slot 1 with their length before them. */
export const RESOLVER_CODE = assemble(`
  4 CALLDATALOAD PUSH0 MSTORE
  PUSH0 CALLDATALOAD 224 SHR
  DUP1 #addr(bytes32) EQ @addr JUMPI
  DUP1 #addr(bytes32,uint256) EQ @addrOfCoin JUMPI
  DUP1 #name(bytes32) EQ @name JUMPI
  DUP1 #supportsInterface(bytes4) EQ @supportsInterface JUMPI
  DUP1 #setAddr(bytes32,address) EQ @setAddr JUMPI
  #setName(bytes32,string) EQ @setName JUMPI
fail:
  PUSH0 PUSH0 REVERT

addr:
  64 PUSH0 KECCAK256 SLOAD
word:                                               ; [value]
  PUSH0 MSTORE 32 PUSH0 RETURN
addrOfCoin:                                         ; of ether alone (ENSIP-9), nothing of others
  64 PUSH0 KECCAK256 SLOAD 96 SHL
  36 CALLDATALOAD 60 EQ 20 MUL
bytes:                                              ; [word length]
  32 PUSH0 MSTORE 32 MSTORE 64 MSTORE 96 PUSH0 RETURN
name:
  1 32 MSTORE 64 PUSH0 KECCAK256
  DUP1 1 ADD SLOAD SWAP1 SLOAD @bytes JUMP
supportsInterface:
  4 CALLDATALOAD 224 SHR
  DUP1 #addr(bytes32) EQ SWAP1
  DUP1 #name(bytes32) EQ SWAP1
  #supportsInterface(bytes4) EQ
  OR OR @word JUMP

setAddr:
  36 CALLDATALOAD 64 PUSH0 KECCAK256 SSTORE
  STOP
setName:
  1 32 MSTORE 64 PUSH0 KECCAK256
  36 CALLDATALOAD 4 ADD DUP1 CALLDATALOAD           ; [slot at length]
  DUP1 32 LT @fail JUMPI
  DUP3 SSTORE                                       ; [slot at]
  32 ADD CALLDATALOAD SWAP1 1 ADD SSTORE
  STOP
`)
