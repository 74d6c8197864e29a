/** The BLS12-381 precompiles (EIP-2537) over mcl. */
import { MCLBLS, type EVMBLSInterface } from '@ethereumjs/evm'
import type * as Mcl from 'mcl-wasm'
import { commonJsExports } from './mcl-module.ts'

let loading: Promise<EVMBLSInterface> | undefined

/** Loads the library once per thread. */
export function loadBls12(): Promise<EVMBLSInterface> {
  loading ??= instantiate()
  return loading
}

async function instantiate(): Promise<EVMBLSInterface> {
  // The exports object itself: the bindings are filled in when it starts, a namespace would hold what was there before.
  const mcl = commonJsExports<typeof Mcl>(await import('mcl-wasm'))
  await mcl.init(mcl.BLS12_381)
  const bls = new MCLBLS(mcl)
  bls.init()
  return bls
}
