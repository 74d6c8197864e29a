/** Servers of the execution-apis project's test chain: a gateway, and an execution client of another kind. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import { fastify } from 'fastify'
import { pino } from 'pino'
import { serveImportedChain } from '../../../server/foreign/serve-imported.ts'
import { jsonRpcRoutes } from '../../../server/gateway/json-rpc/routes.ts'
import type { ServedChain } from '../../../server/gateway/served-chain.ts'
import { startGateway } from '../../../server/gateway/start-gateway.ts'

export interface Served {
  readonly url: string
  close(): Promise<void>
}

export async function importedChain(data: string): Promise<ServedChain> {
  const folder = join(data, 'chains/execution-apis-tests')
  return serveImportedChain({ genesis: join(folder, 'genesis.json'), chain: join(folder, 'chain.rlp') })
}

export async function chainGateway(chain: ServedChain): Promise<Served> {
  return startGateway({ chain, log: pino({ level: 'silent' }) })
}

/** Gives headers of witnesses as objects, lists in another order, has no raw blocks and names states by numbers only, as some clients do. */
export async function plainClient(chain: ServedChain): Promise<Served> {
  const app = fastify()
  app.addHook('preHandler', (request, reply, done) => {
    const { id, method, params } = JSON.parse(Buffer.from(request.body as Uint8Array).toString()) as {
      id: number
      method: string
      params: unknown[]
    }
    const isByHash = BY_NUMBER.includes(method) && String(params.at(-1)).length === 66
    if (!isByHash && !method.startsWith('debug_getRaw')) return done()
    const error = isByHash ? { code: -32602, message: 'invalid block' } : { code: -32601, message: 'no such method' }
    void reply.send({ jsonrpc: '2.0', id, error })
  })
  app.addHook('onSend', (_request, _reply, payload, done) => {
    const answer = JSON.parse(String(payload)) as { result?: { state?: unknown[]; headers?: unknown[] } }
    answer.result?.state?.reverse()
    answer.result?.headers?.reverse()
    done(null, JSON.stringify(answer))
  })
  await app.register(jsonRpcRoutes, { source: chain.execution!, witnessHeaders: 'json' })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => app.close() }
}

/** Of a gateway, as a text. */
export async function networkFileOf({ url }: Served): Promise<string> {
  return (await fetch(`${url}/beamtab/network.json`)).text()
}

export const fileJson = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>

const BY_NUMBER = ['debug_executionWitness', 'eth_getProof', 'eth_getCode']
