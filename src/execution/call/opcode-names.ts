/** Names of the operations by opcode, as traces show them: the Yellow Paper's and the EIPs', KECCAK256 for SHA3. */

const SINGLE: readonly (readonly [first: number, names: string])[] = [
  [0x00, 'STOP ADD MUL SUB DIV SDIV MOD SMOD ADDMOD MULMOD EXP SIGNEXTEND'],
  [0x10, 'LT GT SLT SGT EQ ISZERO AND OR XOR NOT BYTE SHL SHR SAR CLZ'],
  [0x20, 'KECCAK256'],
  [0x30, 'ADDRESS BALANCE ORIGIN CALLER CALLVALUE CALLDATALOAD CALLDATASIZE CALLDATACOPY CODESIZE CODECOPY GASPRICE'],
  [0x3b, 'EXTCODESIZE EXTCODECOPY RETURNDATASIZE RETURNDATACOPY EXTCODEHASH'],
  [0x40, 'BLOCKHASH COINBASE TIMESTAMP NUMBER DIFFICULTY GASLIMIT CHAINID SELFBALANCE BASEFEE BLOBHASH BLOBBASEFEE'],
  [0x4b, 'SLOTNUM'],
  [0x50, 'POP MLOAD MSTORE MSTORE8 SLOAD SSTORE JUMP JUMPI PC MSIZE GAS JUMPDEST TLOAD TSTORE MCOPY PUSH0'],
  [0xa0, 'LOG0 LOG1 LOG2 LOG3 LOG4'],
  [0xe6, 'DUPN SWAPN EXCHANGE'],
  [0xf0, 'CREATE CALL CALLCODE RETURN DELEGATECALL CREATE2'],
  [0xfa, 'STATICCALL'],
  [0xfd, 'REVERT INVALID SELFDESTRUCT'],
]

/** Of a kind, numbered from 1. */
const NUMBERED: readonly (readonly [first: number, count: number, name: string])[] = [
  [0x60, 32, 'PUSH'],
  [0x80, 16, 'DUP'],
  [0x90, 16, 'SWAP'],
]

export const OPCODE_NAMES: ReadonlyMap<number, string> = new Map([
  ...SINGLE.flatMap(([first, names]) => names.split(' ').map((name, at) => [first + at, name] as const)),
  ...NUMBERED.flatMap(([first, count, name]) =>
    Array.from({ length: count }, (_, at) => [first + at, `${name}${at + 1}`] as const),
  ),
])
