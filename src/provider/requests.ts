/** One request from its arguments to its answer: who answers it, whether that may be returned, and what is remembered of it. */
import type { Json } from '../network/json-rpc/json.ts'
import type { Verification } from '../rpc/session-messages.ts'
import { acceptLevel } from './levels.ts'
import type { Load } from './load.ts'
import { aborted, until, type Ending } from './endings.ts'
import type { NodeCalls } from './node-calls.ts'
import { answerOnPage, LAST_VERIFICATION } from './page-methods.ts'
import { CODES, ProviderRpcError } from './provider-rpc-error.ts'
import type { VerifiedAnswer } from './public-types.ts'
import { readRequest, type ProviderRequest } from './request-arguments.ts'
import type { SignerPassThrough } from './signer/signer-pass-through.ts'
import type { Subscriptions } from './subscriptions.ts'
import type { VerificationLog } from './verification-log.ts'
import { isWalletMethod, withoutWallet, type ProviderChain } from './wallet-methods.ts'

export interface RequestParts {
  readonly chain: ProviderChain
  readonly node: NodeCalls
  readonly load: Load
  readonly log: VerificationLog
  readonly subscriptions: Subscriptions
  readonly signer: SignerPassThrough | undefined
  readonly allowUnverified: ReadonlySet<string>
  /** Ends with the client. */
  readonly life: AbortSignal
  readonly closedError: (method: string) => ProviderRpcError
}

/** @throws {ProviderRpcError} (rejects) and nothing else, whatever is passed */
export async function answerRequest(args: unknown, options: unknown, parts: RequestParts): Promise<VerifiedAnswer> {
  try {
    const request = readRequest(args, options)
    const { method, characters } = request
    if (parts.life.aborted) throw parts.closedError(method)
    return await parts.load.within(method, characters, async () => {
      const answer = await answerOf(request, parts)
      if (method !== LAST_VERIFICATION) parts.log.add(request, answer.verification)
      return answer
    })
  } catch (thrown) {
    if (thrown instanceof ProviderRpcError) throw thrown
    // A fault of the provider itself; a dapp has its code to go by, and the console its cause.
    throw new ProviderRpcError(CODES.internal, 'internal error of the provider', { cause: thrown })
  }
}

async function answerOf(request: ProviderRequest, parts: RequestParts): Promise<VerifiedAnswer> {
  const { method, params } = request
  const { chain, log, signer } = parts
  const ofPage = answerOnPage(method, params, chain, log)
  if (ofPage !== undefined) return { result: ofPage, verification: LOCAL }
  if (!isWalletMethod(method)) return answerOfNode(request, parts)
  if (signer === undefined) return { result: withoutWallet(method, params, chain), verification: LOCAL }
  const ends = endings(request, parts)
  const ask = (): Promise<Json> => signer.request(method, params, ends)
  // One that may send is given up before the wallet is asked to, or not at all.
  const result = await (SENDING.includes(method) ? ask() : until(ends, ask))
  return { result, verification: OF_SIGNER }
}

async function answerOfNode(request: ProviderRequest, parts: RequestParts): Promise<VerifiedAnswer> {
  const { method, params, signal } = request
  const { node, subscriptions } = parts
  const allowUnverified = parts.allowUnverified.has(method)
  const asked = { method, params, allowUnverified, signal }
  switch (method) {
    case 'eth_subscribe':
      subscriptions.begin()
      try {
        return await node.ask({ ...asked, onResult: (id) => subscriptions.made(id) })
      } catch (error) {
        subscriptions.refused()
        throw error
      }
    case 'eth_unsubscribe': {
      const id = subscriptions.mustHave(params)
      return node.ask({ ...asked, onResult: () => subscriptions.delete(id) })
    }
    default:
      return acceptLevel(await node.ask(asked), asked)
  }
}

function endings({ method, signal }: ProviderRequest, { life, closedError }: RequestParts): readonly Ending[] {
  const ofClient = { signal: life, error: () => closedError(method) }
  return signal === undefined ? [ofClient] : [ofClient, { signal, error: () => aborted(method, signal) }]
}

const SENDING: readonly string[] = ['eth_sendTransaction', 'wallet_sendCalls']

const LOCAL: Verification = { level: 'local', source: [] }

/** A wallet's word, which whoever passed it as the signer has chosen to take. */
const OF_SIGNER: Verification = { level: 'unverified', source: ['signer'] }
