/** What a method is: its parameters, what kind of answer it gives, and what it does. One file per method in methods/. */
import type { Json } from '../network/json-rpc/json.ts'
import { readParams, type Param, type Values } from '../network/json-rpc/params/param.ts'
import type { Ask } from '../sync/chain-view/evidence.ts'
import type { RpcSetting } from './rpc-setting.ts'
import type { Subscriber } from './subscriptions/subscriber.ts'

export type { RpcSetting }

/** One request. */
export interface RpcContext extends RpcSetting {
  readonly ask: Ask
  /** Who listens, over a session that stays. Left out where each call stands alone. */
  readonly subscriber?: Subscriber
}

/**
 * Where answers come from: `local`: of this client alone; `state`: executed state, or proofs; `evm`: execution here on such
 * state; `chain`: hash chains and roots of headers; `submit`: goes to servers, and is tracked; `hearsay`: what servers say of
 * themselves, which nobody can prove: told all the same, as `unverified`.
 */
export type MethodClass = 'local' | 'state' | 'evm' | 'chain' | 'submit' | 'hearsay'

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
