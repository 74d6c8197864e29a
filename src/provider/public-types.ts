/**
 * The provider as a contract: what a page calls, what it is told, and what its maker passes in. Types only.
 *
 * Of everything a dapp passes, nothing makes a function here throw at once: {@link Eip1193Provider.request} and those built
 * on it reject, with a `ProviderRpcError` and nothing else.
 */
import type { Clock } from '../chain/clock.ts'
import type { Hex } from '../chain/bytes.ts'
import type { Json } from '../network/json-rpc/json.ts'
import type { JsonParams, SessionCall, SessionNews, Verification } from '../rpc/session-messages.ts'
import type { ProviderRpcError } from './provider-rpc-error.ts'

export type { Hex, Json, JsonParams, Verification }

/** EIP-1193. */
export interface RequestArguments {
  readonly method: string
  /** Copied before anything else is done: plain JSON, at most 64 deep, 100,000 values and 16 Mi characters. */
  readonly params?: readonly unknown[] | object | undefined
}

export interface RequestOptions {
  /**
   * Gives the request up: it rejects with {@link https://dom.spec.whatwg.org/#abortsignal the signal's} reason as `cause`.
   * A transaction that was handed to the wallet cannot be given up, and its hash is returned all the same.
   */
  readonly signal?: AbortSignal | undefined
}

/** Listeners as EIP-1193 names them. */
export interface ProviderEvents {
  /** There is a head that reads can be answered at: for the first time, or again. */
  readonly connect: (info: { readonly chainId: Hex }) => void
  /**
   * Nothing can be answered: code 1013 while that may pass (the head is too old, or disputed), 1000 after the client was
   * closed and 1011 after it was lost, which are for good and told once.
   */
  readonly disconnect: (error: ProviderRpcError) => void
  /** Never told: a client is of one chain. Its signer may change chains, which is told as a warning. */
  readonly chainChanged: (chainId: Hex) => void
  /** The signer's accounts. */
  readonly accountsChanged: (accounts: readonly Hex[]) => void
  readonly message: (message: ProviderMessage) => void
}

export type ProviderEvent = keyof ProviderEvents

export type ProviderMessage =
  /** Of a subscription that this provider made, and of no other. */
  | {
      readonly type: 'eth_subscription'
      readonly data: { readonly subscription: string; readonly result: Json }
    }
  | { readonly type: 'beamtab_warning'; readonly data: BeamtabWarning }

/** What a user should be told before, or after, a wallet acts; `message` says it in a sentence. */
export type BeamtabWarning = { readonly message: string } & (
  | {
      /** Executed on verified state the transaction reverts; the wallet is asked all the same. */
      readonly kind: 'would-revert'
      readonly reason: string
      /** What it reverts with. */
      readonly data: Json | undefined
      readonly transaction: Json
    }
  /** It cannot be executed: the balance does not cover its value, its gas does not suffice. */
  | { readonly kind: 'would-fail'; readonly reason: string; readonly transaction: Json }
  /** Whether it would revert is not known. */
  | { readonly kind: 'not-simulated'; readonly reason: string; readonly transaction: Json }
  /** The wallet sent another transaction than it was asked to. */
  | {
      readonly kind: 'sent-differently'
      readonly hash: string
      readonly differences: readonly Difference[]
      /** How the transaction that was found is known. */
      readonly verification: Verification
    }
  /** The transaction was sent, and could not be compared with what was asked. */
  | { readonly kind: 'not-compared'; readonly hash: Json; readonly reason: string }
  /** The wallet is on another chain now: what it would sign is refused with 4901 until it comes back. */
  | { readonly kind: 'signer-chain'; readonly chainId: Hex; readonly signerChainId: string }
  | { readonly kind: 'signer-disconnected'; readonly reason: string }
)

/** Fields that a wallet may not change; fees, gas and the nonce are its own affair. */
export interface Difference {
  readonly field: 'to' | 'value' | 'data' | 'chainId'
  readonly asked: string
  readonly found: string
}

/** An answer with what it rests on. */
export interface VerifiedAnswer {
  readonly result: Json
  readonly verification: Verification
}

export interface Eip1193Provider {
  /**
   * Resolves with the result alone, whose {@link Verification} `beamtab_lastVerification` tells.
   *
   * @throws {ProviderRpcError} (rejects) with the code
   * -32600 for arguments that are no request, -32602 for parameters that are not JSON or not the method's,
   * -32601 for a method that does not exist, -32005 when 1,000 requests are under way,
   * 4900 while there is no head to answer at (before the first one: after 30 s) and after the client was closed,
   * -32050 for an answer that nothing proves, unless the method is in `allowUnverified`; its `data` is the verification,
   * -32051 when it was aborted, -32002 when the node has not answered in ten minutes, 3 with the revert's data,
   * 4001, 4100, 4200, 4901, 4902 and 57xx as the EIPs of wallets say, and those of the node and of the signer as they are
   */
  readonly request: (args: RequestArguments, options?: RequestOptions) => Promise<unknown>
  on<Event extends ProviderEvent>(event: Event, listener: ProviderEvents[Event]): this
  removeListener<Event extends ProviderEvent>(event: Event, listener: ProviderEvents[Event]): this
}

/** What a dapp gets. All functions may be called detached from it. */
export interface BeamtabProvider extends Eip1193Provider {
  /** Tells this provider from others. There is no `isMetaMask`: what is keyed on that expects more than a standard says. */
  readonly isBeamtab: true
  /** As {@link request}, with how the answer was checked; refuses what `request` refuses. */
  readonly requestVerified: (args: RequestArguments, options?: RequestOptions) => Promise<VerifiedAnswer>

  addListener<Event extends ProviderEvent>(event: Event, listener: ProviderEvents[Event]): this
  once<Event extends ProviderEvent>(event: Event, listener: ProviderEvents[Event]): this
  off<Event extends ProviderEvent>(event: Event, listener: ProviderEvents[Event]): this
  removeAllListeners(event?: ProviderEvent): this
  listenerCount(event: ProviderEvent): number

  /** Whether there is a head that reads can be answered at. */
  readonly isConnected: () => boolean
  readonly chainId: Hex
  /** In decimal. */
  readonly networkVersion: string
  /** The signer's first account, once it was asked for. */
  readonly selectedAddress: Hex | null
  /** Deprecated by EIP-1102: `eth_requestAccounts`. */
  readonly enable: () => Promise<unknown>
  /** Deprecated, with the forms it has had: a method and parameters, a payload and a callback, a payload alone. */
  send(this: void, method: string, params?: readonly unknown[]): Promise<JsonRpcResponse>
  send(this: void, payload: unknown, callback: NodeCallback): void
  send(this: void, payload: unknown): JsonRpcResponse
  /** Deprecated: one payload or an array of at most 1,000, answered to a callback, which is called once and never at once. */
  sendAsync(this: void, payload: unknown, callback: NodeCallback): void
}

export interface JsonRpcResponse {
  readonly jsonrpc: '2.0'
  readonly id: string | number | null
  readonly result?: unknown
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown }
}

/** The error of a single request is passed beside the response that has it; a batch's errors are in its responses alone. */
export type NodeCallback = (error: ProviderRpcError | null, response?: JsonRpcResponse | JsonRpcResponse[]) => void

/** The way to the node. */
export interface ProviderSession {
  send(call: SessionCall): void
  /** Told of what comes from now on, in order. @returns ends that */
  listen(onNews: (news: SessionNews) => void): () => void
}

/** A wallet: any EIP-1193 provider. */
export interface Signer {
  request(args: { readonly method: string; readonly params?: JsonParams | undefined }): Promise<unknown>
  on?(event: string, listener: (...args: unknown[]) => void): unknown
  removeListener?(event: string, listener: (...args: unknown[]) => void): unknown
}

export interface ProviderOptions {
  readonly session: ProviderSession
  /** Of the network that the client follows. */
  readonly chainId: number
  /** Default: this thread's. */
  readonly clock?: Clock
  /**
   * A wallet that accounts, signing, `wallet_*` and sending are passed on to; its answers are its own word, of the level
   * `unverified` with the source `signer`. Default: none, there is no account.
   */
  readonly signer?: Signer
  /** Methods whose answers may be returned though nothing proves them. Default: none. */
  readonly allowUnverified?: readonly string[]
  /** What the node does while there is no head, for the error of a request that has waited: "asking two checkpoint sources". */
  readonly describeSync?: () => string
  /** How long a request waits for the first head; default 30,000 ms. */
  readonly headWaitMs?: number
  /** Requests under way at once, those that wait included; default 1,000. */
  readonly maxUnderWay?: number
  /** Told what a listener or a callback of the page threw. Default: thrown again from a microtask, where the console shows it. */
  readonly onUncaught?: (thrown: unknown) => void
}

/** What the provider's maker keeps to itself: a dapp cannot close the client. */
export interface ProviderHandle {
  readonly provider: BeamtabProvider
  /** All that is under way rejects with 4900, as does what comes later. Calling it again does nothing. */
  readonly close: () => void
  /** As {@link close}, because the node is gone. */
  readonly lose: (reason: string) => void
}
