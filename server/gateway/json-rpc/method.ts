/** What a method is: its parameters and what it does with them. One file per method in methods/. */
import type { Awaitable, ExecutionSource } from '../../execution/execution-source.ts'
import type { WasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import type { ChainReader } from './chain-reader.ts'
import type { Json } from '../../../src/network/json-rpc/json.ts'
import type { JsonRpcLimits } from './limits.ts'
import type { Param, Values } from '../../../src/network/json-rpc/params/param.ts'
import { readParams } from '../../../src/network/json-rpc/params/param.ts'
import type { Subscriber } from './subscriptions/subscriber.ts'

export interface RpcContext {
  readonly source: ExecutionSource
  readonly chain: ChainReader
  readonly crypto: WasmCrypto
  readonly limits: JsonRpcLimits
  /** How `debug_executionWitness` gives headers: RLP as most clients do, JSON objects as geth does. */
  readonly witnessHeaders: WitnessHeaders
  /** Whoever is at the other end of a connection that stays; undefined where each call stands alone. */
  readonly subscriber: Subscriber | undefined
  /** Aborted when the message's time is over, or its sender gone, with the error that its calls then have: what loops looks at it. */
  readonly signal: AbortSignal
  /**
   * Lets everybody else have their turn; resolves when it is this call's again. Sources that answer at once would otherwise
   * keep all waiting until a whole range of blocks is done. Rejects as the signal says once nobody waits any more.
   */
  readonly turn: () => Promise<void>
}

/** What is the same for all messages. */
export type RpcSetting = Omit<RpcContext, 'subscriber' | 'signal' | 'turn'>

export type WitnessHeaders = 'rlp' | 'json'

export interface Method {
  /** @param params as the request has them. @throws {RpcError}, and whatever the source throws */
  readonly call: (context: RpcContext, params: unknown) => Awaitable<Json>
}

export function method<const Params extends readonly Param<unknown>[]>(definition: {
  readonly params: Params
  readonly run: (context: RpcContext, values: Values<Params>) => Awaitable<Json>
}): Method {
  return { call: (context, params) => definition.run(context, readParams(definition.params, params)) }
}
