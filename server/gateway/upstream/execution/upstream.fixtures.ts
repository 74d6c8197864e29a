/** Execution clients made of a chain held here: with all methods or few, silent, lying, or slow. */
import type { AddressInfo } from 'node:net'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fastify } from 'fastify'
import { systemClock } from '../../../../src/chain/clock.ts'
import { loadWasmCrypto } from '../../../../src/execution/crypto/wasm-crypto.ts'
import type { ExecutionSource } from '../../../execution/execution-source.ts'
import type { LocalExecution } from '../../../execution/local-execution.ts'
import { readChainFile, splitBlocks } from '../../../foreign/chain-file.ts'
import { readGenesisFile } from '../../../foreign/genesis-file.ts'
import { importChain } from '../../../foreign/import-chain.ts'
import { jsonRpcRoutes } from '../../json-rpc/routes.ts'

export interface TestClient {
  readonly url: string
  /** Methods that were called, in their order. */
  readonly calls: string[]
  close(): Promise<void>
}

/** What a client does otherwise. */
export interface ClientHabits {
  /** It says that it has no such method. */
  readonly without?: (method: string) => boolean
  /** Its results, which it may change. */
  readonly changed?: (method: string, result: unknown) => unknown
}

export async function testClient(source: ExecutionSource, habits: ClientHabits = {}): Promise<TestClient> {
  const { without = () => false, changed = (_, result) => result } = habits
  const calls: string[] = []
  const app = fastify()
  app.addHook('preHandler', (request, reply, done) => {
    const { id, method } = JSON.parse(Buffer.from(request.body as Uint8Array).toString()) as {
      id: number
      method: string
    }
    calls.push(method)
    request.headers['x-method'] = method
    if (!without(method)) return done()
    void reply.send({ jsonrpc: '2.0', id, error: { code: -32601, message: `the method ${method} does not exist` } })
  })
  app.addHook('onSend', (request, _reply, payload, done) => {
    const answer = JSON.parse(String(payload)) as { result?: unknown }
    if ('result' in answer) answer.result = changed(String(request.headers['x-method']), answer.result)
    done(null, JSON.stringify(answer))
  })
  await app.register(jsonRpcRoutes, { source })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, calls, close: () => app.close() }
}

/** The execution-apis project's test chain, from Frontier to Osaka. */
export async function testChain(data: string): Promise<LocalExecution> {
  const folder = join(data, 'chains/execution-apis-tests')
  return importChain({
    genesis: readGenesisFile(JSON.parse(await readFile(join(folder, 'genesis.json'), 'utf8'))),
    blocks: plainBytes(splitBlocks(readChainFile(join(folder, 'chain.rlp')))),
    crypto: await loadWasmCrypto(),
    clock: systemClock,
  })
}

/** Node's buffers equal no plain bytes in comparisons of tests. */
async function* plainBytes(blocks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const block of blocks) yield new Uint8Array(block)
}
