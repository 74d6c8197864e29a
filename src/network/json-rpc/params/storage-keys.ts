/** Storage slots as calls name them: up to 64 digits, in any number of them (execution-apis, "bytesMax32"). */
import type { Hash } from '../../../chain/bytes.ts'
import { asHash } from '../../../chain/bytes.ts'
import { bytesOfDigits } from '../hex.ts'
import { clipped, invalidParams } from '../rpc-error.ts'
import type { Param } from './param.ts'
import { ParamError } from './param.ts'

export interface StorageKey {
  readonly slot: Hash
  /** How `eth_getProof` repeats it, as geth does: as it came where it was whole, as a QUANTITY where it was not. */
  readonly echo: string
}

export const storageKey: Param<StorageKey> = { read: readStorageKey }

/** @throws {ParamError}, {RpcError} -32602 in geth's words */
export function readStorageKey(value: unknown): StorageKey {
  if (typeof value !== 'string') throw new ParamError('non-string')
  const digits = /^0x/i.test(value) ? value.slice(2) : value
  if (digits.length > MAX_DIGITS) {
    throw invalidParams(`storage key too long (want at most 32 bytes): "${clipped(value)}"`)
  }
  const whole = digits.toLowerCase().padStart(MAX_DIGITS, '0')
  const bytes = bytesOfDigits(whole)
  if (bytes === undefined) throw invalidParams(`invalid hex in storage key: "${clipped(value)}"`)
  const slot = asHash(bytes)
  const isWhole = digits.length === MAX_DIGITS
  return { slot, echo: isWhole ? `0x${whole}` : `0x${whole.replace(/^0+/, '') || '0'}` }
}

/** For `eth_getProof`: read once they are counted, by {@link readStorageKeys}. */
export const storageKeyList: Param<readonly unknown[]> = {
  read: (value) => {
    if (Array.isArray(value)) return value as readonly unknown[]
    throw new ParamError('expected a list of storage keys')
  },
}

/** Length first: a list that is too long is not worth reading. @throws {RpcError} -32602 */
export function readStorageKeys(keys: readonly unknown[], max: number): StorageKey[] {
  if (keys.length > max) throw invalidParams(`too many keys requested: ${keys.length}, maximum allowed is ${max}`)
  return keys.map((key, place) => {
    try {
      return readStorageKey(key)
    } catch (error) {
      if (error instanceof ParamError) throw invalidParams(`invalid argument 1: storage key ${place}: ${error.message}`)
      throw error
    }
  })
}

const MAX_DIGITS = 64
