/** Bytes and numbers as the execution API writes them (EIP-1474): DATA and QUANTITY. */
import type { Hex } from '../../chain/bytes.ts'

export const data = (bytes: Uint8Array): Hex => `0x${digitsOf(bytes)}`

export const quantity = (value: number | bigint): Hex => `0x${value.toString(16)}`

/** Of big-endian bytes, as RLP has numbers. */
export function quantityOf(bytes: Uint8Array): Hex {
  const digits = data(bytes).slice(2).replace(/^0+/, '')
  return `0x${digits === '' ? '0' : digits}`
}

/** Two digits for each byte. */
export const digitsOf: (bytes: Uint8Array) => string = nativeDigits() ?? tableDigits

/**
 * One pass that checks and reads: of a block's proofs, 13 MB of digits come, and a pattern before a conversion took ten times
 * as long.
 * @param from where the digits begin, behind a prefix
 * @returns undefined where they are not an even number of hex digits
 */
export function bytesOfDigits(text: string, from = 0): Uint8Array | undefined {
  const length = text.length - from
  if (length < 0 || length % 2 !== 0) return undefined
  const bytes = new Uint8Array(length / 2)
  let wrong = 0
  for (let at = 0, place = from; at < bytes.length; at++, place += 2) {
    const high = text.charCodeAt(place)
    const low = text.charCodeAt(place + 1)
    const first = DIGITS[high & 0xff]!
    const second = DIGITS[low & 0xff]!
    wrong |= first | second | ((high | low) & ~0xff)
    bytes[at] = (first << 4) | second
  }
  return wrong > 0x0f ? undefined : bytes
}

/** What a character code below 256 is worth; above 15: it is no digit. */
const DIGITS = Uint8Array.from({ length: 256 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16)
  return Number.isNaN(value) ? 0xf0 : value
})
/** The platform's own: ten times as fast as a table, which counts where a witness of 15 MB is shown. */
function nativeDigits(): ((bytes: Uint8Array) => string) | undefined {
  const { Buffer: NodeBuffer } = globalThis as { readonly Buffer?: typeof Buffer }
  if (NodeBuffer !== undefined)
    return ({ buffer, byteOffset, byteLength }) => NodeBuffer.from(buffer, byteOffset, byteLength).toString('hex')
  if ('toHex' in Uint8Array.prototype) return (bytes) => (bytes as Uint8Array & { toHex(): string }).toHex()
  return undefined
}

const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

function tableDigits(bytes: Uint8Array): string {
  let digits = ''
  for (const byte of bytes) digits += PAIRS[byte]
  return digits
}

/** Of big-endian bytes: all 32 bytes, as storage is shown. */
export const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`
