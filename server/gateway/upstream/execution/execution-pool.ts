/** Execution clients of one chain that are asked for the same: the first good answer counts. */
import type { Clock } from '../../../../src/chain/clock.ts'
import { BlockEncodingError } from '../../../../src/execution/block/raw-block.ts'
import { JsonRpc } from '../../../../src/network/execution/json-rpc.ts'
import { HttpEndpoint } from '../../../../src/network/http/http-endpoint.ts'
import { parseServerUrl } from '../../../../src/network/http/server-url.ts'
import type { HttpTransport } from '../../../../src/network/http/transport.ts'
import { RpcServer } from '../../../../src/network/on-demand/rpc-server.ts'
import { WitnessError } from '../../../../src/network/on-demand/witness-error.ts'
import { RequestError } from '../../../../src/network/request-server.ts'
import { RlpError } from '../../../../src/state/rlp.ts'
import { firstGood, QUICK, type Times } from '../first-good.ts'
import { limitedTransport } from '../limited-transport.ts'
import { readQuantity } from '../../../../src/network/on-demand/rpc-quantity.ts'

export interface PoolOptions {
  readonly urls: readonly string[]
  readonly transport: HttpTransport
  readonly clock: Clock
  readonly chainId: number
}

/** A client of another chain: nothing that it says is of use. */
export class WrongChainError extends Error {
  override name = 'WrongChainError'
}

/** A number, and what JSON-RPC has around it. */
const MAX_QUANTITY_ANSWER = 4_096

/** Always: a client is asked for something only once it has said that it is of the chain. */
export class ExecutionPool {
  readonly #servers: readonly RpcServer[]
  readonly #ofChain = new Set<RpcServer>()
  readonly #closing = new AbortController()
  readonly #clock: Clock
  readonly #chainId: number
  /** Gave the last good answer, and is asked first. */
  #preferred = 0

  /** @throws {ServerUrlError} */
  constructor({ urls, transport, clock, chainId }: PoolOptions) {
    const { signal } = this.#closing
    this.#clock = clock
    this.#chainId = chainId
    this.#servers = urls.map((url) => {
      const endpoint = new HttpEndpoint(parseServerUrl(url), limitedTransport(transport))
      return new RpcServer(new JsonRpc(endpoint), signal)
    })
  }

  get names(): readonly string[] {
    return this.#servers.map(({ name }) => name)
  }

  /**
   * Beginning with the one that answered last. An answer is good when `ask` takes it; it throws what {@link isBadAnswer}
   * knows for one that is not, and gives undefined where a server says that there is no such thing. Undefined is the
   * answer when all say so.
   * @throws {UnavailableError} naming each server that failed
   */
  async first<T>(ask: (server: RpcServer) => Promise<T | undefined>, times: Times = QUICK): Promise<T | undefined> {
    const servers = [...this.#servers.slice(this.#preferred), ...this.#servers.slice(0, this.#preferred)]
    const good = await firstGood({
      servers,
      ask: async (server, signal) => {
        const bounded = server.within(signal)
        await this.#requireChain(server, bounded)
        return ask(bounded)
      },
      isBadAnswer,
      clock: this.#clock,
      times,
      closing: this.#closing.signal,
    })
    if (good !== undefined) this.#preferred = this.#servers.indexOf(good.server)
    return good?.answer
  }

  /** Of those that answer. @throws {WrongChainError} for the first that is of another chain */
  async requireChain(): Promise<void> {
    const checks = await Promise.allSettled(this.#servers.map((server) => this.#requireChain(server, server)))
    for (const check of checks) {
      if (check.status === 'rejected' && !isBadAnswer(check.reason)) throw check.reason
      if (check.status === 'rejected' && check.reason instanceof WrongChainError) throw check.reason
    }
  }

  close(): void {
    this.#closing.abort()
  }

  async #requireChain(server: RpcServer, bounded: RpcServer): Promise<void> {
    if (this.#ofChain.has(server)) return
    const said = readQuantity(await bounded.call('eth_chainId', [], MAX_QUANTITY_ANSWER))
    if (said !== BigInt(this.#chainId))
      throw new WrongChainError(`${server.name} is of chain id ${said}, not ${this.#chainId}`)
    this.#ofChain.add(server)
  }
}

/** No answer, another than was asked for, or bytes that are nothing. */
function isBadAnswer(error: unknown): error is Error {
  return BAD_ANSWERS.some((one) => error instanceof one)
}

const BAD_ANSWERS = [RequestError, WitnessError, BlockEncodingError, RlpError, WrongChainError]
