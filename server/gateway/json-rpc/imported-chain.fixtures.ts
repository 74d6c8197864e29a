/** The execution-apis project's test chain, imported and executed here, and its recorded requests and answers. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asHash } from '../../../src/chain/bytes.ts'
import { systemClock } from '../../../src/chain/clock.ts'
import { executionConfigOnly, networkByName } from '../../../src/chain/network.ts'
import { loadWasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { parseIoFile, type RecordedCall } from '../../../src/cli/conformance/io-file.ts'
import type { ExecutionSource } from '../../execution/execution-source.ts'
import type { LocalExecution } from '../../execution/local-execution.ts'
import { readChainFile, splitBlocks } from '../../foreign/chain-file.ts'
import { readGenesisFile } from '../../foreign/genesis-file.ts'
import { importChain } from '../../foreign/import-chain.ts'

export async function importTestChain(data: string): Promise<LocalExecution> {
  const folder = join(data, 'chains/execution-apis-tests')
  const genesis = readGenesisFile(JSON.parse(readFileSync(join(folder, 'genesis.json'), 'utf8')))
  const network = { ...networkByName('mainnet'), ...executionConfigOnly(genesis.config) }
  const blocks = splitBlocks(readChainFile(join(folder, 'chain.rlp')))
  return importChain({ network, genesis, blocks, crypto: await loadWasmCrypto(), clock: systemClock })
}

/** The same source with some of its answers replaced. */
export function replacing(source: ExecutionSource, replaced: Partial<ExecutionSource>): ExecutionSource {
  return new Proxy(source, {
    get: (target, name) => {
      const value: unknown = Reflect.get(replaced, name) ?? Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
}

/** A pool that takes anything. */
export async function takingTransactions(source: ExecutionSource): Promise<ExecutionSource> {
  const { keccak } = await loadWasmCrypto()
  return replacing(source, { submit: (transaction) => asHash(keccak(transaction)) })
}

export interface NamedCall extends RecordedCall {
  readonly name: string
}

/** Files `<method>/<case>.io`; some hold several calls. */
export function recordedCalls(data: string): NamedCall[] {
  const folder = join(data, 'chains/execution-apis-tests')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.io'))
  return files
    .sort()
    .flatMap((file) => parseIoFile(readFileSync(join(folder, file), 'utf8')).map((call) => ({ name: file, ...call })))
}
