/**
 * ENS's universal resolver in small (ENSIP-23): what viem asks for names, and ethers where its network has one. Looks up in one
 * call what takes several at the registry and resolvers. No wildcards and no gateways: a name's resolver is its own, and has
 * the answer.
 */
import { stringToHex } from 'viem'
import { assemble } from '../../../server/devnet/execution/assembler.ts'

/**
 * Memory: hashing and short calls below 256; from 256 on (a DNS name has at most 255 bytes) the name with a dot before each
 * label; from 1024 on calls to resolvers, and the answer.
 * @param registry as 0x-hex
 */
export const universalResolverCode = (registry: string): Uint8Array =>
  assemble(`
  PUSH0 CALLDATALOAD 224 SHR
  DUP1 #resolveWithGateways(bytes,bytes,string[]) EQ @resolve JUMPI
  DUP1 #resolve(bytes,bytes) EQ @resolve JUMPI
  DUP1 #reverseWithGateways(bytes,uint256,string[]) EQ @reverse JUMPI
  DUP1 #reverse(bytes,uint256) EQ @reverse JUMPI
  DUP1 #findResolver(bytes) EQ @findResolver JUMPI
  #requireResolver(bytes) EQ @requireResolver JUMPI
  PUSH0 PUSH0 REVERT

resolve:
  @nameHashed @nodeOfName JUMP
nameHashed:                                         ; [node]
  @resolverFound SWAP1 @resolverOf JUMP
resolverFound:                                      ; [resolver]
  DUP1 ISZERO @notFound JUMPI
  36 CALLDATALOAD 4 ADD DUP1 CALLDATALOAD           ; [resolver dataAt length]
  DUP1 DUP3 32 ADD 1024 CALLDATACOPY
  PUSH0 PUSH0 DUP3 1024 DUP7 GAS STATICCALL ISZERO @failed JUMPI
  POP POP                                           ; [resolver]
  64 1024 MSTORE 1056 MSTORE
  RETURNDATASIZE 1088 MSTORE RETURNDATASIZE PUSH0 1120 RETURNDATACOPY
  RETURNDATASIZE 96 ADD 1024 RETURN

findResolver:
  @soughtHashed @nodeOfName JUMP
soughtHashed:                                       ; [node]
  DUP1 @soughtFound SWAP1 @resolverOf JUMP
soughtFound:                                        ; [node resolver]
  1024 MSTORE 1056 MSTORE 96 1024 RETURN

requireResolver:
  @requiredHashed @nodeOfName JUMP
requiredHashed:                                     ; [node]
  DUP1 @requiredFound SWAP1 @resolverOf JUMP
requiredFound:                                      ; [node resolver]
  DUP1 ISZERO @notFound JUMPI
  32 1024 MSTORE 160 1056 MSTORE 1152 MSTORE 1120 MSTORE
  4 CALLDATALOAD 4 ADD DUP1 CALLDATALOAD            ; [nameAt length]
  DUP1 1216 MSTORE
  DUP1 SWAP2 32 ADD 1248 CALLDATACOPY               ; [length]
  31 ADD 31 NOT AND 224 ADD 1024 RETURN

reverse:
  4 CALLDATALOAD 36 ADD CALLDATALOAD 96 SHR         ; [address]
  296                                               ; [address at], from the last of 40 digits to the first
nextDigit:
  DUP2 15 AND DUP1 9 LT 39 MUL ADD 48 ADD DUP2 MSTORE8
  SWAP1 4 SHR SWAP1 1 SWAP1 SUB
  DUP1 256 LT @nextDigit JUMPI
  46 256 MSTORE8
  ${stringToHex('.addr.reverse')} 152 SHL 297 MSTORE
  @reverseHashed 256 310 @namehash JUMP
reverseHashed:                                      ; [node]
  DUP1 @reverseFound SWAP1 @resolverOf JUMP
reverseFound:                                       ; [node reverseResolver]
  DUP1 ISZERO @notFound JUMPI
  #name(bytes32) 224 SHL 1024 MSTORE SWAP1 1028 MSTORE
  PUSH0 PUSH0 36 1024 DUP5 GAS STATICCALL ISZERO @failed JUMPI
  32 32 64 RETURNDATACOPY 64 MLOAD                  ; [reverseResolver length]
  32 64 257 RETURNDATACOPY 46 256 MSTORE8
  DUP1 @primaryHashed SWAP1 257 ADD 256 SWAP1 @namehash JUMP
primaryHashed:                                      ; [reverseResolver length node]
  DUP1 @primaryFound SWAP1 @resolverOf JUMP
primaryFound:                                       ; [reverseResolver length node resolver]
  DUP1 ISZERO @notFound JUMPI
  #addr(bytes32) 224 SHL 1024 MSTORE SWAP1 1028 MSTORE
  32 1024 36 1024 DUP5 GAS STATICCALL ISZERO @failed JUMPI
  1024 MLOAD 4 CALLDATALOAD 36 ADD CALLDATALOAD 96 SHR EQ ISZERO @mismatch JUMPI
  96 1024 MSTORE 1056 MSTORE SWAP1 1088 MSTORE      ; [length]
  1120 MSTORE 257 MLOAD 1152 MSTORE
  160 1024 RETURN

nodeOfName:                                         ; [back], of the name as DNS encodes it
  4 CALLDATALOAD 4 ADD DUP1 CALLDATALOAD SWAP1 32 ADD 256 CALLDATACOPY
  256
nextLabel:                                          ; [back at]
  DUP1 MLOAD PUSH0 BYTE                             ; [back at length]
  DUP1 ISZERO @dotted JUMPI
  46 DUP3 MSTORE8 ADD 1 ADD @nextLabel JUMP
dotted:                                             ; [back at 0]
  POP 256 SWAP1

namehash:                                           ; [back start end]
  PUSH0 DUP2
previousByte:                                       ; [back start end node at]
  DUP1 DUP5 LT ISZERO @hashed JUMPI
  1 SWAP1 SUB
  DUP1 MLOAD PUSH0 BYTE 46 EQ ISZERO @previousByte JUMPI
  DUP1 DUP4 SUB 1 SWAP1 SUB DUP2 1 ADD KECCAK256 32 MSTORE
  SWAP1 PUSH0 MSTORE                                ; [back start end at]
  64 PUSH0 KECCAK256 SWAP2 POP                      ; [back start node at]
  SWAP1 DUP2 @previousByte JUMP
hashed:                                             ; [back start end node at]
  POP SWAP3 SWAP2 POP POP JUMP

resolverOf:                                         ; [back node]
  #resolver(bytes32) 224 SHL 64 MSTORE 68 MSTORE
  32 64 36 64 ${registry} GAS STATICCALL ISZERO @failed JUMPI
  64 MLOAD SWAP1 JUMP

notFound:
  #ResolverNotFound(bytes) 224 SHL 1024 MSTORE 32 1028 MSTORE
  4 CALLDATALOAD 4 ADD DUP1 CALLDATALOAD            ; [nameAt length]
  DUP1 1060 MSTORE
  DUP1 SWAP2 32 ADD 1092 CALLDATACOPY               ; [length]
  31 ADD 31 NOT AND 68 ADD 1024 REVERT
failed:
  #ResolverError(bytes) 224 SHL 1024 MSTORE 32 1028 MSTORE
  RETURNDATASIZE 1060 MSTORE RETURNDATASIZE PUSH0 1092 RETURNDATACOPY
  RETURNDATASIZE 31 ADD 31 NOT AND 68 ADD 1024 REVERT
mismatch:                                           ; [reverseResolver length resolver]
  POP
  #ReverseAddressMismatch(string,bytes) 224 SHL 1280 MSTORE 64 1284 MSTORE 128 1316 MSTORE
  1348 MSTORE 257 MLOAD 1380 MSTORE
  20 1412 MSTORE 1024 MLOAD 96 SHL 1444 MSTORE
  196 1280 REVERT
`)
