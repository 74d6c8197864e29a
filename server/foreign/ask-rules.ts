/** Asks an execution client for the rules of its chain. */
import type { HttpTransport } from '../../src/network/http/transport.ts'
import { HttpEndpoint } from '../../src/network/http/http-endpoint.ts'
import { parseServerUrl } from '../../src/network/http/server-url.ts'
import { headerRlpFromJson } from '../../src/network/execution/header-json.ts'
import { JsonRpc } from '../../src/network/execution/json-rpc.ts'
import { RpcServer } from '../../src/network/on-demand/rpc-server.ts'
import { RequestError } from '../../src/network/request-server.ts'
import type { ToldByClient } from './client-rules.ts'

/** 16,384 hashes of transactions, or a schedule of forks. */
const MAX_ANSWER = 2_097_152

/** @throws {RequestError} @throws {DecodeError} for answers of another shape */
export async function askRules(url: string, transport: HttpTransport): Promise<ToldByClient> {
  const endpoint = new HttpEndpoint(parseServerUrl(url), transport)
  const server = new RpcServer(new JsonRpc(endpoint), new AbortController().signal)
  const chainId = await server.call('eth_chainId', [], MAX_ANSWER)
  const head = await server.call('eth_getBlockByNumber', ['latest', false], MAX_ANSWER)
  return { chainId: Number(chainId.json), header: headerRlpFromJson(head.json), config: await configOf(server) }
}

/** Undefined of a client that has not heard of it. */
async function configOf(server: RpcServer): Promise<unknown> {
  try {
    return (await server.call('eth_config', [], MAX_ANSWER)).json
  } catch (error) {
    if (error instanceof RequestError) return undefined
    throw error
  }
}
