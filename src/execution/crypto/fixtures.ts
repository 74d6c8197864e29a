/** Points and precompiles as test inputs; what another implementation made of them. */
import { Common, Mainnet } from '@ethereumjs/common'
import type { CustomCrypto } from '@ethereumjs/common'
import { EVM, NobleBLS, NobleBN254, type ExecResult } from '@ethereumjs/evm'
import { SimpleStateManager } from '@ethereumjs/statemanager'
import { bytesToUnprefixedHex, unprefixedHexToBytes } from '@ethereumjs/util'
import type { PrecompileResult } from '../evm/frame.ts'

export const hex = bytesToUnprefixedHex
export const bytes = unprefixedHexToBytes

/** A big-endian number of `size` bytes, as hex digits. */
export const number = (value: bigint, size: number): string => value.toString(16).padStart(2 * size, '0')

/** The result as hex, or `refused` for any error: what a precompile makes of it. */
export function outcome(run: () => Uint8Array): string {
  try {
    return hex(run())
  } catch {
    return 'refused'
  }
}

/** EthereumJS as it comes. */
export function stockEvm(hardfork: string, customCrypto: CustomCrypto = {}): EVM {
  const common = new Common({ chain: Mainnet, hardfork, customCrypto })
  const stateManager = new SimpleStateManager({ common })
  return new EVM({ common, stateManager, bls: new NobleBLS(), bn254: new NobleBN254() })
}

/** What EthereumJS's own precompile at `address` answers. */
export async function stockResult(evm: EVM, address: bigint, data: Uint8Array, gas: number): Promise<PrecompileResult> {
  const run = evm.precompiles.get(number(address, 20))!
  const result: ExecResult = await evm['runPrecompile'](run, data, BigInt(gas))
  if (result.exceptionError !== undefined) return { kind: 'failure' }
  return { kind: 'success', gas: Number(result.executionGasUsed), output: result.returnValue }
}
