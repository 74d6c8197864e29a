/** What a transaction does, apart from what it costs: to whom, how much, with which data, on which chain. */
import type { Json, JsonObject } from '../../network/json-rpc/json.ts'
import type { JsonParams } from '../../rpc/session-messages.ts'
import { CODES, invalidParams, ProviderRpcError } from '../provider-rpc-error.ts'
import type { Difference } from '../public-types.ts'
import { ADDRESS, onlyObject, type ProviderChain } from '../wallet-methods.ts'

export interface TransactionFields {
  /** In lower case; undefined where it creates a contract. */
  readonly to: string | undefined
  readonly value: bigint
  /** `0x` and hex digits in lower case. */
  readonly data: string
  /** Undefined where the signature is good on any chain. */
  readonly chainId: bigint | undefined
}

/** What a dapp asks to be sent or signed. @throws {ProviderRpcError} */
export function askedFields(params: JsonParams | undefined, method: string, chain: ProviderChain): TransactionFields {
  const asked = onlyObject(params, method)
  const chainId = quantityOf(asked['chainId'])
  if (isSaid(asked['chainId']) && chainId !== BigInt(chain.chainId)) {
    const text = `the transaction is for chain ${shown(asked['chainId'])}, this provider is of ${chain.chainIdHex}`
    throw new ProviderRpcError(CODES.chainDisconnected, text)
  }
  const fields = fieldsOf(asked)
  if (fields === undefined) {
    throw invalidParams(
      'params[0] must have an address as to, a hex quantity as value, and hex as data; data and input alike',
    )
  }
  return { ...fields, chainId: BigInt(chain.chainId) }
}

/** A transaction as nodes tell it; undefined where it is none. */
export function foundFields(transaction: Json): TransactionFields | undefined {
  if (typeof transaction !== 'object' || transaction === null || Array.isArray(transaction)) return undefined
  const found = transaction as JsonObject
  const fields = fieldsOf(found)
  return fields && { ...fields, chainId: quantityOf(found['chainId']) }
}

export function differencesOf(asked: TransactionFields, found: TransactionFields): readonly Difference[] {
  const differences: Difference[] = []
  if (asked.to !== found.to) {
    const creation = 'a new contract'
    differences.push({ field: 'to', asked: asked.to ?? creation, found: found.to ?? creation })
  }
  if (asked.value !== found.value) {
    differences.push({ field: 'value', asked: `${asked.value} wei`, found: `${found.value} wei` })
  }
  if (asked.data !== found.data) {
    differences.push({ field: 'data', asked: clipped(asked.data), found: clipped(found.data) })
  }
  if (asked.chainId !== found.chainId) {
    differences.push({ field: 'chainId', asked: `${asked.chainId}`, found: `${found.chainId ?? 'any chain'}` })
  }
  return differences
}

function fieldsOf(of: JsonObject): Omit<TransactionFields, 'chainId'> | undefined {
  const { to, value, data, input } = of
  const isCreation = !isSaid(to) || to === '0x' || to === ''
  if (!isCreation && !(typeof to === 'string' && ADDRESS.test(to))) return undefined
  const amount = isSaid(value) ? quantityOf(value) : 0n
  const texts = [input, data].filter(isSaid).map(hexOf)
  const [text = '0x'] = texts
  if (amount === undefined || text === undefined || texts.some((other) => other !== text)) return undefined
  return { to: isCreation ? undefined : to.toLowerCase(), value: amount, data: text }
}

/** Wallets take what is not canonical, so it is read as they do: leading zeros, `0x` alone, whole numbers. */
export function quantityOf(value: Json | undefined): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? BigInt(value) : undefined
  if (typeof value !== 'string' || !/^0x[0-9a-f]{0,64}$/i.test(value)) return undefined
  return value.length === 2 ? 0n : BigInt(value)
}

function hexOf(value: Json): string | undefined {
  if (typeof value !== 'string' || !/^0x([0-9a-f]{2})*$/i.test(value)) return undefined
  return value.toLowerCase()
}

const isSaid = (value: Json | undefined): value is Json => value !== undefined && value !== null

const shown = (value: Json | undefined): string => clipped(JSON.stringify(value))

/** A call with two or three arguments is seen as a whole. */
const MAX_SHOWN = 266

const clipped = (text: string): string =>
  text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}… (${text.length})` : text
