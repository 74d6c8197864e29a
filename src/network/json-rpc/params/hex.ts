/** DATA and QUANTITY as EIP-1474 has them, to the letter; errors in geth's words. */
import type { AddressBytes, Hash } from '../../../chain/bytes.ts'
import { asAddress, asHash } from '../../../chain/bytes.ts'
import { bytesOfDigits } from '../hex.ts'
import { clipped } from '../rpc-error.ts'
import type { Param } from './param.ts'
import { ParamError } from './param.ts'

/** `0x` and an even number of digits. */
export const data: Param<Uint8Array> = { read: (value) => readData(value) }
export const hash: Param<Hash> = { read: (value) => readHash(value) }
export const address: Param<AddressBytes> = { read: (value) => readAddress(value) }
/** Below 2^256. */
export const quantity: Param<bigint> = { read: (value) => readQuantity(value) }
/** A quantity that counts or numbers things, below 2^53. */
export const count: Param<number> = { read: (value) => readCount(value) }

/** @throws {ParamError} */
export function readData(value: unknown): Uint8Array {
  const digits = digitsOf(value)
  if (digits.length % 2 !== 0) throw new ParamError('hex string of odd length')
  const bytes = bytesOfDigits(digits)
  if (bytes === undefined) throw new ParamError('invalid hex string')
  return bytes
}

/** @throws {ParamError} */
export const readHash = (value: unknown): Hash => asHash(readBytes(value, 32))
/** @throws {ParamError} */
export const readAddress = (value: unknown): AddressBytes => asAddress(readBytes(value, 20))

/** @throws {ParamError} */
export function readQuantity(value: unknown): bigint {
  const digits = digitsOf(value)
  if (digits === '') throw new ParamError('hex string "0x"')
  if (!HEX_DIGITS.test(digits)) throw new ParamError('invalid hex string')
  if (digits.length > 1 && digits.startsWith('0')) throw new ParamError('hex number with leading zero digits')
  if (digits.length > WORD_DIGITS) throw new ParamError('hex number > 256 bits')
  return BigInt(`0x${digits}`)
}

/** @throws {ParamError} */
export function readCount(value: unknown): number {
  const number = readQuantity(value)
  if (number > BigInt(Number.MAX_SAFE_INTEGER)) throw new ParamError('hex number > 53 bits')
  return Number(number)
}

const HEX_DIGITS = /^[0-9a-fA-F]*$/
const WORD_DIGITS = 64

/** Length first: hex of the wrong size is not worth decoding. */
function readBytes(value: unknown, length: number): Uint8Array {
  const digits = digitsOf(value)
  if (digits.length !== 2 * length) {
    throw new ParamError(`hex string has length ${digits.length}, want ${2 * length}: ${clipped(`0x${digits}`)}`)
  }
  return readData(value)
}

function digitsOf(value: unknown): string {
  if (typeof value !== 'string') throw new ParamError('non-string')
  if (value === '') throw new ParamError('empty hex string')
  if (!value.startsWith('0x') && !value.startsWith('0X')) throw new ParamError('hex string without 0x prefix')
  return value.slice(2)
}
