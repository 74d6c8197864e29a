/** Which answers may be returned, by how they were checked; and which need a head to be answered at. */
import type { JsonParams } from '../rpc/session-messages.ts'
import { CODES, ProviderRpcError } from './provider-rpc-error.ts'
import type { VerifiedAnswer } from './public-types.ts'

/** Methods that answer of the node, of the words in the request, or of what a caller has set up: a head changes nothing. */
const WITHOUT_HEAD: ReadonlySet<string> = new Set([
  'eth_syncing',
  'eth_config',
  'eth_capabilities',
  'eth_protocolVersion',
  'eth_coinbase',
  'eth_mining',
  'eth_hashrate',
  'eth_unsubscribe',
  'eth_uninstallFilter',
  'net_listening',
  'net_peerCount',
  'rpc_modules',
  'web3_clientVersion',
  'web3_sha3',
])

export const needsHead = (method: string): boolean => !WITHOUT_HEAD.has(method)

/**
 * Methods that say `null` of a hash nobody knows. That a transaction or a block does not exist is what nobody can prove, and
 * pollers wait for just that `null` to end.
 */
const ABSENT_BY_HASH: ReadonlySet<string> = new Set([
  'eth_getTransactionReceipt',
  'eth_getTransactionByHash',
  'eth_getTransactionByBlockHashAndIndex',
  'eth_getRawTransactionByHash',
  'eth_getRawTransactionByBlockHashAndIndex',
  'eth_getBlockByHash',
  'eth_getBlockTransactionCountByHash',
  'eth_getBlockReceipts',
  'eth_getBlockAccessList',
  'eth_getUncleByBlockHashAndIndex',
  'eth_getUncleCountByBlockHash',
  'debug_getRawTransaction',
])

/** Methods that tell what servers say of themselves: nobody can prove that, and nothing of the chain is in it but its head. */
const HEARSAY: ReadonlySet<string> = new Set(['eth_capabilities'])

/**
 * The answer, where it is verified, or may be returned as it is. The node refuses the others by itself; that it is asked here
 * again is so that no mistake there reaches a dapp.
 *
 * @throws {ProviderRpcError} with the verification as data
 */
export function acceptLevel(
  answer: VerifiedAnswer,
  { method, params, allowUnverified }: AcceptedRequest,
): VerifiedAnswer {
  const { result, verification } = answer
  if (verification.level !== 'unverified' || allowUnverified) return answer
  if (HEARSAY.has(method)) return answer
  if (result === null && ABSENT_BY_HASH.has(method) && isByHash(params)) return answer
  const text = `nothing proves the answer of ${method} by ${verification.source.join(', ') || 'nobody'}; name it in allowUnverified to be given it all the same`
  throw new ProviderRpcError(CODES.unverified, text, { data: verification })
}

export interface AcceptedRequest {
  readonly method: string
  readonly params: JsonParams | undefined
  readonly allowUnverified: boolean
}

/** A block's number or tag is another matter: whether there is such a block is known. */
function isByHash(params: JsonParams | undefined): boolean {
  const asked: unknown = Array.isArray(params) ? (params as readonly unknown[])[0] : undefined
  if (typeof asked === 'string') return /^0x[0-9a-f]{64}$/i.test(asked)
  return typeof asked === 'object' && asked !== null && 'blockHash' in asked
}
