/** What the methods of wallets say where there is no wallet: no account, one chain, and nothing that signs. */
import type { Json, JsonObject } from '../network/json-rpc/json.ts'
import type { JsonParams } from '../rpc/session-messages.ts'
import { CODES, invalidParams, ProviderRpcError } from './provider-rpc-error.ts'

/** Of one chain, as numbers and as hex. */
export interface ProviderChain {
  readonly chainId: number
  readonly chainIdHex: `0x${string}`
}

/** Methods that take an account's key. */
const SIGNING: ReadonlySet<string> = new Set([
  'eth_sendTransaction',
  'eth_signTransaction',
  'eth_sign',
  'eth_signTypedData',
  'eth_signTypedData_v1',
  'eth_signTypedData_v3',
  'eth_signTypedData_v4',
  'eth_getEncryptionPublicKey',
  'eth_decrypt',
])

/** Whether it is a wallet's affair and no node's. */
export const isWalletMethod = (method: string): boolean =>
  isSigning(method) || method.startsWith('wallet_') || method === 'eth_accounts' || method === 'eth_requestAccounts'

export const isSigning = (method: string): boolean => SIGNING.has(method) || method.startsWith('personal_')

/** @throws {ProviderRpcError} as the method's EIP says */
export function withoutWallet(method: string, params: JsonParams | undefined, chain: ProviderChain): Json {
  switch (method) {
    case 'eth_accounts':
    case 'wallet_getPermissions':
      return []
    case 'wallet_revokePermissions':
      return null
    case 'eth_requestAccounts':
      throw noAccount('eth_requestAccounts')
    case 'wallet_requestPermissions':
      readPermissions(params)
      throw noAccount('wallet_requestPermissions')
    case 'wallet_switchEthereumChain':
      mustBeOwnChain(params, chain)
      return null
    case 'wallet_addEthereumChain':
      return addChain(params, chain)
    case 'wallet_getCapabilities':
      readAddress(params)
      throw noAccount('wallet_getCapabilities')
    case 'wallet_sendCalls':
      mustBeCallsOfOwnChain(params, chain)
      mustNeedNoCapability(onlyObject(params, method))
      throw unsupported(method)
    case 'wallet_getCallsStatus':
    case 'wallet_showCallsStatus':
      throw new ProviderRpcError(CODES.unknownCallBundle, `${method}: no calls were sent here`)
    default:
      throw unsupported(method)
  }
}

/** EIP-3326. @throws {ProviderRpcError} 4902 for another chain */
export function mustBeOwnChain(params: JsonParams | undefined, { chainId, chainIdHex }: ProviderChain): void {
  const asked = readChainId(onlyObject(params, 'wallet_switchEthereumChain'), 'params[0].chainId')
  if (asked === BigInt(chainId)) return
  const text = `this provider is of chain ${chainIdHex} and cannot switch to ${quantity(asked)}: create a client for that network`
  throw new ProviderRpcError(CODES.unknownChain, text)
}

/** EIP-5792, as far as it can be said without asking anybody. @throws {ProviderRpcError} */
export function mustBeCallsOfOwnChain(params: JsonParams | undefined, { chainId, chainIdHex }: ProviderChain): void {
  const request = onlyObject(params, 'wallet_sendCalls')
  const { calls } = request
  const isList = Array.isArray(calls) && calls.every((call) => typeof call === 'object' && call !== null)
  if (!isList) throw invalidParams('params[0].calls must be an array of objects')
  if (typeof request['version'] !== 'string') throw invalidParams('params[0].version must be a string, such as "2.0.0"')
  const asked = readChainId(request, 'params[0].chainId')
  if (asked === BigInt(chainId)) return
  const text = `this provider is of chain ${chainIdHex}, the calls are for ${quantity(asked)}`
  throw new ProviderRpcError(CODES.unsupportedChain, text)
}

/** EIP-5792: one that is not marked optional must be there. */
function mustNeedNoCapability({ capabilities }: JsonObject): void {
  for (const [name, capability] of Object.entries((capabilities ?? {}) as JsonObject)) {
    const isOptional = (capability as JsonObject | null)?.['optional'] === true
    if (isOptional) continue
    throw new ProviderRpcError(
      CODES.unsupportedCapability,
      `${name.slice(0, 100)} is not there: this provider has no wallet`,
    )
  }
}

/** The request's one object. @throws {ProviderRpcError} */
export function onlyObject(params: JsonParams | undefined, method: string): JsonObject {
  const [first] = listOf(params)
  if (typeof first !== 'object' || first === null || Array.isArray(first)) {
    throw invalidParams(`params[0] of ${method} must be an object`)
  }
  return first as JsonObject
}

export function listOf(params: JsonParams | undefined): readonly Json[] {
  return Array.isArray(params) ? (params as readonly Json[]) : []
}

/** EIP-3085: the chain is there already, or there is nowhere to add it to. */
function addChain(params: JsonParams | undefined, { chainId, chainIdHex }: ProviderChain): Json {
  const chain = onlyObject(params, 'wallet_addEthereumChain')
  const asked = readChainId(chain, 'params[0].chainId')
  const { rpcUrls, chainName, nativeCurrency } = chain
  if (!isListOfUrls(rpcUrls) || rpcUrls.length === 0) throw invalidParams('params[0].rpcUrls must name https URLs')
  for (const name of ['blockExplorerUrls', 'iconUrls']) {
    const urls = chain[name]
    if (urls !== undefined && urls !== null && !isListOfUrls(urls)) {
      throw invalidParams(`params[0].${name} must name https URLs`)
    }
  }
  if (chainName !== undefined && typeof chainName !== 'string')
    throw invalidParams('params[0].chainName must be a string')
  if (nativeCurrency !== undefined && !isCurrency(nativeCurrency)) {
    throw invalidParams('params[0].nativeCurrency must have a name, a symbol and decimals')
  }
  if (asked === BigInt(chainId)) return null
  const text = `this provider is of chain ${chainIdHex} alone and adds none: create a client for chain ${quantity(asked)}`
  throw new ProviderRpcError(CODES.unsupportedMethod, text)
}

/** EIP-2255. */
function readPermissions(params: JsonParams | undefined): void {
  const asked = onlyObject(params, 'wallet_requestPermissions')
  if (Object.keys(asked).length === 0) throw invalidParams('params[0] of wallet_requestPermissions names no permission')
}

function readAddress(params: JsonParams | undefined): void {
  const [address, chainIds] = listOf(params)
  if (typeof address !== 'string' || !ADDRESS.test(address)) throw invalidParams('params[0] must be an address')
  if (chainIds === undefined || chainIds === null) return
  const isList = Array.isArray(chainIds) && chainIds.every((id) => typeof id === 'string' && QUANTITY.test(id))
  if (!isList) throw invalidParams('params[1] must be an array of chain ids in hex')
}

function readChainId(from: JsonObject, name: string): bigint {
  const { chainId } = from
  if (typeof chainId === 'string' && QUANTITY.test(chainId)) return BigInt(chainId)
  throw invalidParams(`${name} must be a hex quantity without leading zeros, such as "0x1"`)
}

const isCurrency = (value: Json): boolean => {
  if (typeof value !== 'object' || value === null) return false
  const { name, symbol, decimals } = value as JsonObject
  return typeof name === 'string' && typeof symbol === 'string' && Number.isInteger(decimals)
}

const isListOfUrls = (value: Json | undefined): value is readonly string[] =>
  Array.isArray(value) && value.every((url) => typeof url === 'string' && /^https:\/\/./.test(url))

const noAccount = (method: string): ProviderRpcError =>
  new ProviderRpcError(
    CODES.unauthorized,
    `${method}: this provider reads the chain and has no account; give it a signer`,
  )

const unsupported = (method: string): ProviderRpcError =>
  new ProviderRpcError(
    CODES.unsupportedMethod,
    `${method} needs a wallet, and this provider has none; give it a signer`,
  )

const quantity = (value: bigint): string => `0x${value.toString(16)}`

/** A chain id fits into 32 bytes, whatever it is. */
const QUANTITY = /^0x(0|[1-9a-f][0-9a-f]{0,63})$/i

export const ADDRESS = /^0x[0-9a-f]{40}$/i
