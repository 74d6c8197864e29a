/** What an EVM worker does: executes jobs against a state that lives in another thread. */
import { DataFaultError } from '../../state/data-fault.ts'
import { HashedKeys } from '../../state/hashed-keys.ts'
import { executeBlock, InvalidBlockError, type ExecutionJob } from '../block/execute-block.ts'
import { loadWasmCrypto } from '../crypto/wasm-crypto.ts'
import { CodeCache } from './code-cache.ts'
import type { EvmService, ExecutionAnswer, KnownValues, StateHome } from './evm-messages.ts'
import { RemoteReader } from './remote-reader.ts'

/** Loads the wasm that every block needs, so that the first job does not wait for it. */
export async function createEvmService(): Promise<EvmService> {
  const crypto = await loadWasmCrypto()
  const keys = new HashedKeys(crypto.keccak)
  const codes = new CodeCache()

  async function execute(job: ExecutionJob, known: KnownValues, home: StateHome): Promise<ExecutionAnswer> {
    const reader = new RemoteReader(known, home, keys, codes)
    try {
      const outcome = await executeBlock(
        job,
        { reader, intermediateRoot: (writes) => intermediateRoot(home, writes) },
        { crypto, now: () => performance.now() },
      )
      return { kind: 'done', outcome, accessed: reader.accessed(), cachedCodes: reader.cachedCodes() }
    } catch (error) {
      if (error instanceof DataFaultError) return { kind: 'fault', fault: error.fault }
      if (error instanceof InvalidBlockError) return { kind: 'invalid', code: error.code, message: error.message }
      throw error
    }
  }

  return { execute }
}

async function intermediateRoot(home: StateHome, writes: Parameters<StateHome['intermediateRoot']>[0]) {
  const answer = await home.intermediateRoot(writes)
  if (answer.kind === 'fault') throw new DataFaultError(answer.fault)
  return answer.root
}
