/** JSON-RPC calls whose answers know whose they are. */
import type { JsonRpc } from '../execution/json-rpc.ts'
import { RpcAnswer } from './rpc-values.ts'

export class RpcServer {
  constructor(
    private readonly rpc: JsonRpc,
    private readonly signal: AbortSignal,
  ) {}

  get name(): string {
    return this.rpc.endpoint.url.name
  }

  /** @throws {RequestError} */
  async call(method: string, params: readonly unknown[], maxBytes: number): Promise<RpcAnswer> {
    const json = await this.rpc.call(method, params, maxBytes, this.signal)
    return new RpcAnswer(`${this.name}: ${method}`, json)
  }
}
