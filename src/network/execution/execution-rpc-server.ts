/** An execution client's JSON-RPC as a server of execution headers. */
import { bytesToHex } from '@ethereumjs/util'
import type { Hash } from '../../chain/bytes.ts'
import { DecodeError } from '../../consensus/containers/decode-error.ts'
import { HttpEndpoint } from '../http/http-endpoint.ts'
import { parseServerUrl } from '../http/server-url.ts'
import type { HttpTransport } from '../http/transport.ts'
import { RequestError, type Answers, type Capabilities, type RequestServer } from '../request-server.ts'
import { headerRlpFromJson } from './header-json.ts'
import { JsonRpc } from './json-rpc.ts'

/** Bytes of a block without bodies of transactions: 16,384 hashes in hex take 1.1 MB, all else a few kB. */
const MAX_BLOCK_ANSWER = 2_097_152

export class ExecutionRpcServer implements RequestServer {
  readonly name: string
  readonly capabilities: Capabilities = { 'execution-headers': { kind: 'all' } }
  readonly answers: Answers = {
    executionHeader: ({ blockHash }, signal) => this.#header(blockHash, signal),
  }
  readonly #rpc: JsonRpc

  /** @throws {ServerUrlError} */
  constructor(url: string, transport: HttpTransport) {
    const parsed = parseServerUrl(url)
    this.name = parsed.name
    this.#rpc = new JsonRpc(new HttpEndpoint(parsed, transport))
  }

  /** Says nothing unasked. */
  subscribe(): () => void {
    return () => undefined
  }

  /** `eth_getBlockByHash`, because hardly a public server has `debug_getRawHeader`. */
  async #header(blockHash: Hash, signal: AbortSignal): Promise<Uint8Array> {
    const hash = bytesToHex(blockHash)
    const block = await this.#rpc.call('eth_getBlockByHash', [hash, false], MAX_BLOCK_ANSWER, signal)
    if (block === null) throw this.#failure('absent', `has no block ${hash}`)
    try {
      return headerRlpFromJson(block)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      throw this.#failure('malformed', `gave for block ${hash} what is none: ${error.message}`, { cause: error })
    }
  }

  #failure(code: 'absent' | 'malformed', detail: string, options?: ErrorOptions): RequestError {
    return new RequestError({ code }, `${this.name} ${detail}`, options)
  }
}
