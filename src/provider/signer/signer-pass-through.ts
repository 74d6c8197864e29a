/**
 * What a wallet does for this provider, and what is checked of it. Nothing is signed while the wallet is on another chain:
 * a transaction would go there, and what a contract account signs is good there alone.
 */
import type { Clock } from '../../chain/clock.ts'
import type { Json, JsonObject } from '../../network/json-rpc/json.ts'
import { copyJson, JsonCopyError, type JsonBounds } from '../../rpc/json-copy.ts'
import type { JsonParams } from '../../rpc/session-messages.ts'
import { mustGoOn, until, type Ending } from '../endings.ts'
import { CODES, errorOfSigner, ProviderRpcError } from '../provider-rpc-error.ts'
import type { BeamtabWarning, Hex, Signer, VerifiedAnswer } from '../public-types.ts'
import type { NodeRequest } from '../node-calls.ts'
import {
  ADDRESS,
  isSigning,
  listOf,
  mustBeCallsOfOwnChain,
  mustBeOwnChain,
  onlyObject,
  type ProviderChain,
} from '../wallet-methods.ts'
import { SentTransactions } from './sent-transactions.ts'
import { signedFields } from './signed-transaction.ts'
import { simulateCalls, simulateTransaction } from './simulation.ts'
import { askedFields, differencesOf, quantityOf, type TransactionFields } from './transaction-fields.ts'

/** Asks the node on the provider's own behalf. @throws {ProviderRpcError} (rejects) */
export type AskNode = (request: NodeRequest) => Promise<VerifiedAnswer>

export interface SignerOptions {
  readonly signer: Signer
  readonly chain: ProviderChain
  readonly ask: AskNode
  readonly clock: Clock
  readonly warn: (warning: BeamtabWarning) => void
  readonly onAccounts: (accounts: readonly Hex[]) => void
}

/** What a wallet answers is small: accounts, signatures, receipts of a bundle. A raw transaction may have blobs. */
const ANSWER_BOUNDS: JsonBounds = { depth: 64, values: 100_000, characters: 16 * 1024 * 1024 }

export class SignerPassThrough {
  private readonly sent: SentTransactions
  private readonly stopListening: () => void
  /** As the wallet last said them. */
  private accounts: readonly Hex[] = []

  constructor(private readonly options: SignerOptions) {
    this.sent = new SentTransactions(options)
    this.stopListening = this.listen()
  }

  get selectedAddress(): Hex | null {
    return this.accounts[0] ?? null
  }

  /**
   * @param endings heard until the wallet is asked for what it does; from then on it may be done
   * @throws {ProviderRpcError} (rejects): what the wallet says, or that it is not asked
   */
  async request(method: string, params: JsonParams | undefined, endings: readonly Ending[]): Promise<Json> {
    const { chain } = this.options
    if (method === 'wallet_switchEthereumChain') mustBeOwnChain(params, chain)
    if (method === 'wallet_sendCalls') mustBeCallsOfOwnChain(params, chain)
    const asked =
      method === 'eth_sendTransaction' || method === 'eth_signTransaction'
        ? askedFields(params, method, chain)
        : undefined
    const checkChain = (): Promise<void> => until(endings, () => this.mustBeOnChain(method))
    if (isSigning(method) || method === 'wallet_sendCalls') await checkChain()
    if (method === 'eth_sendTransaction' || method === 'wallet_sendCalls') {
      await this.simulate(method, params, endings)
      // The wallet may have gone to another chain while it ran.
      await checkChain()
    }
    mustGoOn(endings)
    const forwarded = asked === undefined ? params : withChain(params, this.options.chain)
    return this.answer(method, await this.forward(method, forwarded), asked)
  }

  close(): void {
    this.stopListening()
    this.sent.close()
  }

  private answer(method: string, answer: unknown, asked: TransactionFields | undefined): Json {
    if (method === 'eth_sendTransaction') return this.watched(answer, asked!)
    const result = jsonOf(answer, method)
    if (method === 'eth_signTransaction') mustBeAsAsked(result, asked!)
    if (method === 'eth_accounts' || method === 'eth_requestAccounts') this.accounts = accountsOf(result, method)
    return result
  }

  /** Whatever it is, it is returned: the transaction is out, and an error would make a dapp send it again. */
  private watched(answer: unknown, asked: TransactionFields): Json {
    const hash = answer as Json
    if (typeof hash === 'string' && /^0x[0-9a-f]{64}$/i.test(hash)) {
      this.sent.watch(hash, asked)
      return hash
    }
    const reason = 'what the wallet returned is not a hash'
    const message = `the wallet's transaction was not compared with what it was asked: ${reason}`
    this.options.warn({ kind: 'not-compared', message, hash: typeof hash === 'string' ? hash : null, reason })
    return hash
  }

  private async simulate(method: string, params: JsonParams | undefined, endings: readonly Ending[]): Promise<void> {
    const simulate = method === 'eth_sendTransaction' ? simulateTransaction : simulateCalls
    onlyObject(params, method)
    const run = () => simulate(params, this.selectedAddress ?? undefined, this.options)
    const warning = await until(endings, run)
    if (warning !== undefined) this.options.warn(warning)
  }

  /** @throws {ProviderRpcError} 4901 with both chains */
  private async mustBeOnChain(method: string): Promise<void> {
    const { chainId, chainIdHex } = this.options.chain
    const answer = await this.forward('eth_chainId', undefined)
    if (chainIdOf(answer) === BigInt(chainId)) return
    const signerChainId = shown(answer)
    const text = `${method}: the wallet is on chain ${signerChainId}, this provider is of chain ${chainIdHex}; switch the wallet with wallet_switchEthereumChain`
    throw new ProviderRpcError(CODES.chainDisconnected, text, { data: { chainId: chainIdHex, signerChainId } })
  }

  private async forward(method: string, params: JsonParams | undefined): Promise<unknown> {
    try {
      return await this.options.signer.request(params === undefined ? { method } : { method, params })
    } catch (thrown) {
      throw errorOfSigner(thrown, `the signer refused ${method}`)
    }
  }

  private listen(): () => void {
    const { signer, chain, warn, onAccounts } = this.options
    const listeners: Readonly<Record<string, (told: unknown) => void>> = {
      accountsChanged: (told) => {
        if (!isAccounts(told)) return
        this.accounts = [...told]
        onAccounts([...told])
      },
      chainChanged: (told) => {
        if (chainIdOf(told) === BigInt(chain.chainId)) return
        const signerChainId = shown(told)
        const message = `the wallet is on chain ${signerChainId} now, this provider stays on ${chain.chainIdHex}: nothing is signed until it comes back`
        warn({ kind: 'signer-chain', message, chainId: chain.chainIdHex, signerChainId })
      },
      disconnect: (told) => {
        const reason = errorOfSigner(told, 'it does not say why').message
        warn({ kind: 'signer-disconnected', message: `the wallet is disconnected: ${reason}`, reason })
      },
    }
    const each = (run: (event: string, listener: (told: unknown) => void) => unknown): void => {
      try {
        for (const [event, listener] of Object.entries(listeners)) run(event, listener)
      } catch {
        // A wallet without events is asked when it is needed.
      }
    }
    each((event, listener) => signer.on?.(event, listener))
    return () => each((event, listener) => signer.removeListener?.(event, listener))
  }
}

/** A transaction that names its chain is signed for that one or not at all, wherever the wallet goes while its window is open. */
function withChain(params: JsonParams | undefined, { chainIdHex }: ProviderChain): JsonParams {
  const [transaction, ...others] = listOf(params)
  return [{ ...(transaction as JsonObject), chainId: chainIdHex }, ...others]
}

/** @throws {ProviderRpcError} */
function mustBeAsAsked(result: Json, asked: TransactionFields): void {
  // Geth's form is an object with the raw bytes, the execution API's the bytes.
  const raw = typeof result === 'object' && result !== null && 'raw' in result ? result.raw : result
  let found: TransactionFields
  try {
    found = signedFields(typeof raw === 'string' ? raw : '')
  } catch (cause) {
    const text = `what the wallet signed cannot be read: ${(cause as Error).message}`
    throw new ProviderRpcError(CODES.transactionRejected, text, { cause })
  }
  const differences = differencesOf(asked, found)
  if (differences.length === 0) return
  const list = differences.map(({ field, asked, found }) => `${field} is ${found}, asked was ${asked}`).join('; ')
  const text = `the wallet signed another transaction than it was asked to, which is not returned: ${list}`
  throw new ProviderRpcError(CODES.transactionRejected, text, { data: { differences } })
}

function jsonOf(answer: unknown, method: string): Json {
  if (answer === undefined || answer === null) return null
  try {
    return copyJson(answer, ANSWER_BOUNDS, 'its answer').json
  } catch (error) {
    if (!(error instanceof JsonCopyError)) throw error
    throw new ProviderRpcError(CODES.internal, `the signer's answer to ${method} is of no use: ${error.message}`)
  }
}

function accountsOf(result: Json, method: string): readonly Hex[] {
  if (isAccounts(result)) return result
  throw new ProviderRpcError(CODES.internal, `the signer's answer to ${method} is no list of addresses`)
}

const isAccounts = (value: unknown): value is readonly Hex[] =>
  Array.isArray(value) && value.every((account) => typeof account === 'string' && ADDRESS.test(account))

/** Old wallets say it in decimal, or as a number. */
function chainIdOf(said: unknown): bigint | undefined {
  if (typeof said === 'string' && /^[1-9][0-9]{0,77}$/.test(said)) return BigInt(said)
  return typeof said === 'string' || typeof said === 'number' ? quantityOf(said) : undefined
}

const shown = (said: unknown): string =>
  typeof said === 'string' || typeof said === 'number'
    ? String(said).slice(0, 66)
    : `that it does not say (${typeof said})`
