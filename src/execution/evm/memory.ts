/** Byte memory of one frame. The caller pays for growth first ({@link Memory.expansionGas}), then grows, then reads or writes. */
import { readWord, writeWord } from '../words.ts'

/** Most frames stay below 1 KiB; doubling from there keeps copies few. */
const INITIAL_BYTES = 1024

/** G_memory of the Yellow Paper: 3 a word, and words^2 / 512. */
const WORD_GAS = 3
const QUADRATIC_DIVISOR = 512

/** Past this a memory offset costs more than any gas the tuned interpreter accepts ({@link MAX_TUNED_GAS}). */
const MAX_OFFSET = 2n ** 32n
/** Stands for every offset beyond {@link MAX_OFFSET}; its price is far above {@link MAX_TUNED_GAS}, and no arithmetic on it overflows. */
const UNPAYABLE_OFFSET = 2 ** 40

/** More gas than this (2^32 bytes of memory cost 2^45) goes to the stock interpreter, which counts in bigints. */
export const MAX_TUNED_GAS = 2n ** 44n

export function toOffset(value: bigint): number {
  return value <= MAX_OFFSET ? Number(value) : UNPAYABLE_OFFSET
}

export class Memory {
  bytes = new Uint8Array(INITIAL_BYTES)
  private view = new DataView(this.bytes.buffer)
  /** Words paid for; MSIZE. */
  words = 0

  /** Gas to make `length` bytes at `offset` usable; zero length never grows memory. */
  expansionGas(offset: number, length: number): number {
    if (length === 0) return 0
    const words = Math.ceil((offset + length) / 32)
    return words <= this.words ? 0 : wordsGas(words) - wordsGas(this.words)
  }

  grow(offset: number, length: number): void {
    if (length === 0) return
    const words = Math.ceil((offset + length) / 32)
    if (words <= this.words) return
    this.words = words
    if (words * 32 > this.bytes.length) this.resize(words * 32)
  }

  load(offset: number): bigint {
    return readWord(this.view, offset)
  }

  store(offset: number, value: bigint): void {
    writeWord(this.view, offset, value)
  }

  /** As {@link slice}, before the bytes have been paid for: what lies past the end reads as zeros and memory does not grow. */
  peek(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    bytes.set(this.bytes.subarray(offset, offset + length))
    return bytes
  }

  /** A copy: what leaves a frame must not change with it. */
  slice(offset: number, length: number): Uint8Array {
    return length === 0 ? new Uint8Array(0) : this.bytes.slice(offset, offset + length)
  }

  /** `length` bytes of `source` from `sourceOffset`, zeros past its end. */
  copyFrom(source: Uint8Array, sourceOffset: number, offset: number, length: number): void {
    if (length === 0) return
    const available = source.subarray(
      Math.min(sourceOffset, source.length),
      Math.min(sourceOffset + length, source.length),
    )
    this.bytes.set(available, offset)
    this.bytes.fill(0, offset + available.length, offset + length)
  }

  private resize(needed: number): void {
    const bytes = new Uint8Array(Math.max(needed, this.bytes.length * 2))
    bytes.set(this.bytes)
    this.bytes = bytes
    this.view = new DataView(bytes.buffer)
  }
}

function wordsGas(words: number): number {
  return words * WORD_GAS + Math.floor((words * words) / QUADRATIC_DIVISOR)
}
