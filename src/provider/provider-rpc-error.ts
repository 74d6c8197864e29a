/** The one error that a provider rejects with, and the codes it has. */
import { UNVERIFIED_ERROR, type SessionError } from '../rpc/session-messages.ts'

export const CODES = {
  // JSON-RPC 2.0
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  // EIP-1474
  resourceUnavailable: -32002,
  transactionRejected: -32003,
  limitExceeded: -32005,
  // Of the range that JSON-RPC leaves to servers.
  unverified: UNVERIFIED_ERROR,
  aborted: -32051,
  // EIP-1193
  unauthorized: 4100,
  unsupportedMethod: 4200,
  disconnected: 4900,
  chainDisconnected: 4901,
  /** Of no EIP, and what every wallet answers to `wallet_switchEthereumChain`. */
  unknownChain: 4902,
  /** EIP-5792 */
  unsupportedCapability: 5700,
  unsupportedChain: 5710,
  unknownCallBundle: 5730,
} as const

/** RFC 6455, as EIP-1193 asks of the `disconnect` event. */
export const CLOSE_CODES = { normal: 1000, lost: 1011, tryAgainLater: 1013 } as const

/**
 * EIP-1193. Structured cloning (`postMessage`) keeps an error's message alone: whoever passes it on sends {@link toJSON}.
 */
export class ProviderRpcError extends Error {
  override name = 'ProviderRpcError'
  readonly code: number
  /** Absent where there is none, as dapps test for it. */
  declare readonly data?: unknown

  constructor(code: number, message: string, rest: { readonly data?: unknown; readonly cause?: unknown } = {}) {
    super(message, 'cause' in rest ? { cause: rest.cause } : undefined)
    this.code = code
    if (rest.data !== undefined) this.data = rest.data
  }

  toJSON(): { readonly code: number; readonly message: string; readonly data?: unknown } {
    const { code, message, data } = this
    return data === undefined ? { code, message } : { code, message, data }
  }
}

export const invalidParams = (message: string): ProviderRpcError => new ProviderRpcError(CODES.invalidParams, message)

export const errorOfNode = ({ code, message, data }: SessionError): ProviderRpcError =>
  new ProviderRpcError(code, message, data === undefined ? {} : { data })

/**
 * What another wallet threw, which may be anything: a code, a message and data of its own are kept.
 * @param what for an error that says nothing: "the signer refused eth_accounts"
 */
export function errorOfSigner(thrown: unknown, what: string): ProviderRpcError {
  if (thrown instanceof ProviderRpcError) return thrown
  try {
    const { code, message, data } = (thrown ?? {}) as { code?: unknown; message?: unknown; data?: unknown }
    const text = typeof message === 'string' && message !== '' ? message : what
    return new ProviderRpcError(Number.isInteger(code) ? (code as number) : CODES.internal, text, {
      data,
      cause: thrown,
    })
  } catch {
    return new ProviderRpcError(CODES.internal, `${what}, with an error that cannot be read`)
  }
}
