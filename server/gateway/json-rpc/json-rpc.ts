/**
 * JSON-RPC 2.0 over an {@link ExecutionSource}, without a transport: a message in, an answer out. What an execution node
 * gives a light client, and nothing that would need an account or a key.
 */
import type { Clock } from '../../../src/chain/clock.ts'
import { systemClock } from '../../../src/chain/clock.ts'
import { loadWasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import type { ExecutionSource } from '../../execution/execution-source.ts'
import { FairTurns } from '../../http/fair-turns.ts'
import type { Caller, CallRecord } from './answer.ts'
import { answerMessage, AnswerRoom } from './answer.ts'
import { ChainReader } from './chain-reader.ts'
import type { JsonRpcLimits } from './limits.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import type { Method, RpcSetting, WitnessHeaders } from './method.ts'
import { METHODS } from './registry.ts'
import type { ConnectOptions, RpcConnection } from './subscriptions/connection.ts'
import { connect } from './subscriptions/connection.ts'
import { NewsFeed } from './subscriptions/news-feed.ts'

export interface JsonRpcOptions {
  /** Those left out have their defaults. */
  readonly limits?: Partial<JsonRpcLimits>
  /** Default: `rlp`. */
  readonly witnessHeaders?: WitnessHeaders
  /** Methods, and namespaces of methods, that it does not have: `eth_getProof`, `debug`. Default: none. */
  readonly without?: readonly string[] | undefined
  /** Default: the machine's. */
  readonly clock?: Clock
  /** Shared with whatever else serves the same clients. Default: its own. */
  readonly turns?: FairTurns
  /** Told of every call once it is over. Default: nobody. */
  readonly onCall?: (call: CallRecord) => void
  /** Told of what went wrong inside, which the caller is not. Default: nobody. */
  readonly onError?: (method: string, error: unknown) => void
}

export interface JsonRpc {
  /**
   * Never rejects. Undefined: nothing is to be answered, because the message was notifications only.
   * @param body UTF-8 where it is bytes; how long it may be is the transport's business
   * @param caller default: somebody who waits
   */
  handle(body: string | Uint8Array, caller?: Omit<Caller, 'subscriber'>): Promise<string | undefined>
  /** For transports that stay open, which can subscribe. */
  connect(options: ConnectOptions): RpcConnection
  /** Stops listening to the source; connections hear no more. */
  close(): void
}

export async function createJsonRpc(source: ExecutionSource, options: JsonRpcOptions = {}): Promise<JsonRpc> {
  const crypto = await loadWasmCrypto()
  const chain = new ChainReader(source, crypto)
  const setting: RpcSetting = {
    source,
    chain,
    crypto,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    witnessHeaders: options.witnessHeaders ?? 'rlp',
  }
  const surroundings = {
    clock: options.clock ?? systemClock,
    methods: methodsWithout(options.without ?? []),
    answers: new AnswerRoom(setting.limits.answersLength),
    turns: options.turns ?? new FairTurns(),
    onCall: options.onCall,
    onError: options.onError,
  }
  const feed = new NewsFeed(chain)
  return {
    handle: (body, caller = SOMEBODY) => answerMessage(body, caller, setting, surroundings),
    connect: (connection) =>
      connect(feed, connection, (body, caller) => answerMessage(body, caller, setting, surroundings)),
    close: () => feed.close(),
  }
}

function methodsWithout(names: readonly string[]): ReadonlyMap<string, Method> {
  const kept = [...METHODS].filter(([name]) => !names.includes(name) && !names.includes(name.split('_')[0]!))
  return new Map(kept)
}

const SOMEBODY: Caller = { client: '' }
