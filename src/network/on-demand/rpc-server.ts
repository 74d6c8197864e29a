/** JSON-RPC calls whose answers know whose they are. */
import type { JsonRpc, RpcCall } from '../execution/json-rpc.ts'
import { bytesToHex } from '@ethereumjs/util'
import type { Hash } from '../../chain/bytes.ts'
import { RequestError } from '../request-server.ts'
import { RpcAnswer } from './rpc-values.ts'

/** A block by both of its names. */
export interface NamedBlock {
  readonly number: number
  readonly hash: Hash
}

/** Always: a method that has answered about a block by its number only is asked so from then on. */
export class RpcServer {
  constructor(
    private readonly rpc: JsonRpc,
    /** Ends what is asked. */
    readonly signal: AbortSignal,
    private readonly byNumber = new Set<string>(),
  ) {}

  get name(): string {
    return this.rpc.endpoint.url.name
  }

  /** The same server, for requests that another signal ends. */
  within(signal: AbortSignal): RpcServer {
    return new RpcServer(this.rpc, signal, this.byNumber)
  }

  /** @throws {RequestError} */
  async call(method: string, params: readonly unknown[], maxBytes: number): Promise<RpcAnswer> {
    const json = await this.rpc.call(method, params, maxBytes, this.signal)
    return new RpcAnswer(`${this.name}: ${method}`, json)
  }

  /**
   * A call about one block: by its hash, which no reorganisation makes another's, or where the client's method does not
   * take one (the specification leaves some methods the number alone), by its number.
   * @param params for the block's name
   * @throws {RequestError} of the last try
   */
  async callAt(
    method: string,
    { number, hash }: NamedBlock,
    params: (block: string) => readonly unknown[],
    maxBytes: number,
  ): Promise<RpcAnswer> {
    if (!this.byNumber.has(method)) {
      try {
        return await this.call(method, params(bytesToHex(hash)), maxBytes)
      } catch (error) {
        // Of a server that is busy nothing more is asked; any other error may be about the name.
        if (!(error instanceof RequestError) || error.fault.code === 'busy') throw error
      }
    }
    const answer = await this.call(method, params(`0x${number.toString(16)}`), maxBytes)
    this.byNumber.add(method)
    return answer
  }

  /**
   * The same method several times in one request, all about one block, named as {@link callAt} does. In the order asked;
   * an error in the place of a call that was refused alone.
   * @throws {RequestError} where all are refused
   */
  async batchAt(
    method: string,
    { number, hash }: NamedBlock,
    params: readonly ((block: string) => readonly unknown[])[],
    maxBytes: number,
  ): Promise<(RpcAnswer | RequestError)[]> {
    const ask = (block: string) =>
      this.batch(
        params.map((one) => ({ method, params: one(block) })),
        maxBytes,
      )
    if (!this.byNumber.has(method)) {
      const answers = await ask(bytesToHex(hash))
      if (answers.some((answer) => answer instanceof RpcAnswer || isFinal(answer))) return answered(answers)
    }
    const answers = answered(await ask(`0x${number.toString(16)}`))
    this.byNumber.add(method)
    return answers
  }

  /**
   * Several calls in one request, in the order asked; an error in the place of a call that was refused alone.
   * @throws {RequestError} where the whole request fails
   */
  async batch(calls: readonly RpcCall[], maxBytes: number): Promise<(RpcAnswer | RequestError)[]> {
    const replies = await this.rpc.batch(calls, maxBytes, this.signal)
    return replies.map((reply, index) =>
      reply.kind === 'refused' ? reply.error : new RpcAnswer(`${this.name}: ${calls[index]!.method}`, reply.json),
    )
  }
}

/** Refusals that another name for the block would not change. */
const isFinal = ({ fault }: RequestError): boolean => fault.code === 'busy' || fault.code === 'absent'

/** @throws {RequestError} the first, where there is nothing else */
function answered(answers: (RpcAnswer | RequestError)[]): (RpcAnswer | RequestError)[] {
  const [first] = answers
  if (first instanceof RequestError && answers.every((answer) => answer instanceof RequestError)) throw first
  return answers
}
