/** A contract that does nothing itself: whose program it runs on its own storage stands in a slot (EIP-1967). */
import { hexToBytes } from '@ethereumjs/util'
import { assemble } from '../assembler.ts'

const IMPLEMENTATION = '0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc'

/** keccak256 of `eip1967.proxy.implementation`, less one. */
export const IMPLEMENTATION_SLOT = hexToBytes(IMPLEMENTATION)

export const PROXY_CODE = assemble(`
  CALLDATASIZE PUSH0 PUSH0 CALLDATACOPY
  PUSH0 PUSH0 CALLDATASIZE PUSH0 ${IMPLEMENTATION} SLOAD GAS DELEGATECALL
  RETURNDATASIZE PUSH0 PUSH0 RETURNDATACOPY
  @done JUMPI
  RETURNDATASIZE PUSH0 REVERT
done:
  RETURNDATASIZE PUSH0 RETURN
`)
