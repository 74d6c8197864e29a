/** What the page answers by itself, connected or not: the chain it was made for, and how its answers were checked. */
import type { Json } from '../network/json-rpc/json.ts'
import type { JsonParams } from '../rpc/session-messages.ts'
import { invalidParams } from './provider-rpc-error.ts'
import { readRequest } from './request-arguments.ts'
import type { VerificationLog } from './verification-log.ts'
import { listOf, type ProviderChain } from './wallet-methods.ts'

/** Its answer says nothing of itself: the one before stays the last. */
export const LAST_VERIFICATION = 'beamtab_lastVerification'

/** Undefined for a method that is not the page's. @throws {ProviderRpcError} */
export function answerOnPage(
  method: string,
  params: JsonParams | undefined,
  chain: ProviderChain,
  log: VerificationLog,
): Json | undefined {
  switch (method) {
    case 'eth_chainId':
      mustBeEmpty(params, method)
      return chain.chainIdHex
    case 'net_version':
      mustBeEmpty(params, method)
      return String(chain.chainId)
    case LAST_VERIFICATION:
      return lastVerification(params, log)
    default:
      return undefined
  }
}

/** Of the last answer, or of the last to the request that is named: `[{ method, params }]`. */
function lastVerification(params: JsonParams | undefined, log: VerificationLog): Json {
  const [request] = listOf(params)
  const verification = request === undefined ? log.newest() : log.of(readRequest(request, undefined))
  // Every part of it is JSON; an interface has no index that says so.
  return verification as Json
}

function mustBeEmpty(params: JsonParams | undefined, method: string): void {
  const count = params === undefined ? 0 : Object.keys(params).length
  if (count > 0) throw invalidParams(`too many arguments: ${method} takes none, params has ${count}`)
}
