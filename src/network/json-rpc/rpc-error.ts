/**
 * Errors as JSON-RPC answers them. Codes: JSON-RPC 2.0, EIP-1474, EIP-1898, and the error groups of execution-apis; words
 * are geth's where it has some, because clients match on them.
 */
import type { Json } from './json.ts'

export class RpcError extends Error {
  override name = 'RpcError'
  constructor(
    readonly code: number,
    message: string,
    readonly data?: Json,
  ) {
    super(message)
  }
}

export const parseError = (message: string): RpcError => new RpcError(-32700, `parse error: ${message}`)
export const invalidRequest = (message: string): RpcError => new RpcError(-32600, message)
export const methodNotFound = (method: string): RpcError =>
  new RpcError(-32601, `the method ${clipped(method)} does not exist/is not available`)
export const notificationsUnsupported = (): RpcError => new RpcError(-32601, 'notifications not supported')
export const invalidParams = (message: string): RpcError => new RpcError(-32602, message)
/** Says nothing of what went wrong inside: that goes to the log. */
export const internalError = (): RpcError => new RpcError(-32603, 'internal error')
/** EIP-1898: the block is not on the canonical chain, and had to be. */
export const notCanonical = (message: string): RpcError => new RpcError(-32000, message)
export const notFound = (message: string): RpcError => new RpcError(-32001, message)
export const unavailable = (message: string): RpcError => new RpcError(-32002, `resource unavailable: ${message}`)
/** As geth's servers: the call took longer than a message may. */
export const timedOut = (): RpcError => new RpcError(-32002, 'request timed out')
/** Heard by nobody. */
export const callerGone = (): RpcError => new RpcError(-32002, 'the caller is gone')
/** As geth says all that its pool refuses; the message tells what it was. */
export const rejected = (message: string): RpcError => new RpcError(-32000, message)
export const limitExceeded = (message: string): RpcError => new RpcError(-32005, message)
/** execution-apis: blocks, receipts and logs from before what the node keeps. */
export const prunedHistory = (message: string): RpcError => new RpcError(4444, `pruned history unavailable: ${message}`)
/** execution-apis: there is no safe or finalized block yet. */
export const unknownTag = (tag: string): RpcError => new RpcError(-39001, `unknown block: nothing is ${tag} yet`)

/** What came from outside is shown in messages, but not all of it. */
export const clipped = (text: string, most = MAX_SHOWN): string =>
  text.length > most ? `${text.slice(0, most - 3)}...` : text

/** Longer than any method name or hash, short enough that an error never outgrows what caused it by much. */
const MAX_SHOWN = 100
