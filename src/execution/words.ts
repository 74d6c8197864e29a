/**
 * 256-bit words as bigints and bytes. Through 64-bit limbs: the hex-string way of general-purpose helpers costs about a
 * microsecond a word, which is a tenth of a block's time at the rate the EVM loads and stores words.
 */
const MASK_64 = (1n << 64n) - 1n
export const MASK_160 = (1n << 160n) - 1n
export const MASK_256 = (1n << 256n) - 1n

const scratch = new Uint8Array(32)
const scratchView = new DataView(scratch.buffer)

/** The 32 big-endian bytes at `offset` as an unsigned integer. */
export function readWord(view: DataView, offset: number): bigint {
  const low = view.getBigUint64(offset + 24)
  const third = view.getBigUint64(offset + 16)
  const second = view.getBigUint64(offset + 8)
  const first = view.getBigUint64(offset)
  if (first === 0n && second === 0n) return third === 0n ? low : (third << 64n) | low
  return (((((first << 64n) | second) << 64n) | third) << 64n) | low
}

/** Writes `value` (0 <= value < 2^256) as 32 big-endian bytes. */
export function writeWord(view: DataView, offset: number, value: bigint): void {
  if (value <= MASK_64) {
    view.setBigUint64(offset, 0n)
    view.setBigUint64(offset + 8, 0n)
    view.setBigUint64(offset + 16, 0n)
    view.setBigUint64(offset + 24, value)
    return
  }
  view.setBigUint64(offset, value >> 192n)
  view.setBigUint64(offset + 8, value >> 128n)
  view.setBigUint64(offset + 16, value >> 64n)
  view.setBigUint64(offset + 24, value)
}

/** Up to 32 big-endian bytes as an unsigned integer; no bytes are zero. */
export function bytesToWord(bytes: Uint8Array): bigint {
  scratch.fill(0, 0, 32 - bytes.length)
  scratch.set(bytes, 32 - bytes.length)
  return readWord(scratchView, 0)
}

export function wordToBytes32(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32)
  writeWord(new DataView(bytes.buffer), 0, value)
  return bytes
}

/** Big-endian without leading zeros; zero is no bytes at all. */
export function wordToTrimmedBytes(value: bigint): Uint8Array {
  writeWord(scratchView, 0, value)
  let start = 0
  while (start < 32 && scratch[start] === 0) start++
  return scratch.slice(start)
}

/** The low 20 bytes of a word, as an address. */
export function wordToAddress(value: bigint): Uint8Array {
  writeWord(scratchView, 0, value)
  return scratch.slice(12)
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
