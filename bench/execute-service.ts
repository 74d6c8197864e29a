/** One side of the `execute` benchmark, in a thread of its own: the same block again and again on one engine. */
import type { BenchService } from './bench-service.ts'
import { loadWasmCrypto, type WasmCrypto } from '../src/execution/crypto/wasm-crypto.ts'
import type { ExecutionJob } from '../src/execution/block/execute-block.ts'
import type { StageTimes } from '../src/execution/block/verification.ts'
import { readStatelessBlock, type StatelessBlock } from '../src/execution/stateless-block.ts'
import { verifyStatelessBlock } from '../src/execution/verify-stateless-block.ts'

/** The file: a stateless block. The variant: the engine that it is verified on. */
export async function createExecuteService(): Promise<BenchService<StageTimes>> {
  const crypto: WasmCrypto = await loadWasmCrypto()
  let loaded: { readonly block: StatelessBlock; readonly engine: ExecutionJob['engine'] } | undefined
  return {
    async load([file], engine) {
      if (file === undefined) throw new Error('a block is needed')
      loaded = { block: await readStatelessBlock(file), engine: engine as ExecutionJob['engine'] }
    },
    async run() {
      if (loaded === undefined) throw new Error('no block has been loaded')
      const { block, engine } = loaded
      const { verification } = await verifyStatelessBlock(block, { crypto, engine })
      if (verification.kind !== 'verified') throw new Error(`block ${block.number}: ${JSON.stringify(verification)}`)
      return verification.stats.ms
    },
  }
}
