/** What a method is: its parameters, what kind of answer it gives, and what it does. One file per method in methods/. */
import type { Clock } from '../chain/clock.ts'
import type { Network } from '../chain/network.ts'
import type { WasmCrypto } from '../execution/crypto/wasm-crypto.ts'
import type { Json } from '../network/json-rpc/json.ts'
import { readParams, type Param, type Values } from '../network/json-rpc/params/param.ts'
import type { ChainView } from '../sync/chain-view/chain-view.ts'
import type { Ask } from '../sync/chain-view/evidence.ts'
import type { BlockReader } from './block-reader.ts'

/** What all requests share. */
export interface RpcSetting {
  readonly network: Network
  readonly crypto: WasmCrypto
  readonly clock: Clock
  readonly view: ChainView
  readonly blocks: BlockReader
}

/** One request. */
export interface RpcContext extends RpcSetting {
  readonly ask: Ask
}

/**
 * Where answers come from: `local`: of this client alone; `state`: executed state, or proofs; `evm`: execution here on such
 * state; `chain`: hash chains and roots of headers; `submit`: goes to servers, and is tracked.
 */
export type MethodClass = 'local' | 'state' | 'evm' | 'chain' | 'submit'

export interface Method {
  readonly class: MethodClass
  /** @param params as the request has them. @throws {RpcError}, and whatever the chain's view throws */
  readonly call: (context: RpcContext, params: unknown) => Promise<Json>
}

export function method<const Params extends readonly Param<unknown>[]>(definition: {
  readonly class: MethodClass
  readonly params: Params
  readonly run: (context: RpcContext, values: Values<Params>) => Json | Promise<Json>
}): Method {
  return {
    class: definition.class,
    call: async (context, params) => definition.run(context, readParams(definition.params, params)),
  }
}
