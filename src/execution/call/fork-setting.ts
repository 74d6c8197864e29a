/** The rules that a block's calls run by: of its fork, and the same for all of its calls. */
import type { Common } from '@ethereumjs/common'
import { EVM, NobleBLS, NobleBN254, paramsEVM } from '@ethereumjs/evm'
import { paramsTx } from '@ethereumjs/tx'
import { commonAt, type BlockPosition } from '../../chain/execution-common.ts'
import type { ExecutionNetwork } from '../../chain/network.ts'
import { precompilesOf } from '../crypto/precompiles.ts'
import type { WasmCrypto } from '../crypto/wasm-crypto.ts'
import type { Precompile } from '../evm/environment.ts'
import type { ForkRules } from '../evm/fork-rules.ts'
import type { OpTable } from '../evm/operation.ts'
import { coveredFork } from '../evm/tuned-evm.ts'

/** Shared between calls: nobody changes any of it. */
export interface ForkSetting {
  /** With the parameters of transactions and of the EVM. */
  readonly common: Common
  readonly rules: ForkRules
  readonly table: OpTable
  readonly precompiles: ReadonlyMap<bigint, Precompile>
}

/** @throws {UnsupportedForkError} {ImpossiblePositionError} */
export function forkSettingAt(network: ExecutionNetwork, position: BlockPosition, crypto: WasmCrypto): ForkSetting {
  const common = commonAt(network, position, crypto.customCrypto)
  common.updateParams(paramsEVM)
  common.updateParams(paramsTx)
  return { common, ...coveredFork(common), precompiles: forkPrecompiles(common) }
}

/** By fork; a handful per process. */
const precompilesByFork = new Map<string, ReadonlyMap<bigint, Precompile>>()

function forkPrecompiles(common: Common): ReadonlyMap<bigint, Precompile> {
  const fork = `${common.chainId()}:${common.hardfork()}:${common.eips().join()}`
  let precompiles = precompilesByFork.get(fork)
  if (precompiles === undefined) {
    precompiles = precompilesOf(new EVM({ common, bn254: new NobleBN254(), bls: new NobleBLS() }))
    precompilesByFork.set(fork, precompiles)
  }
  return precompiles
}
