/** Bytes and numbers as the execution API writes them (EIP-1474): DATA and QUANTITY. */
import { Buffer } from 'node:buffer'
import type { Hex } from '../../../src/chain/bytes.ts'

export const data = (bytes: Uint8Array): Hex =>
  `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')}`

export const quantity = (value: number | bigint): Hex => `0x${value.toString(16)}`

/** Of big-endian bytes, as RLP has numbers. */
export function quantityOf(bytes: Uint8Array): Hex {
  const digits = data(bytes).slice(2).replace(/^0+/, '')
  return `0x${digits === '' ? '0' : digits}`
}

/** Of big-endian bytes: all 32 bytes, as storage is shown. */
export const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`
