/** Bytecode that an EVM worker has been sent, by hash: it crosses the threads once, and its jump analysis lives with it. */
import type { Hash } from '../../chain/bytes.ts'
import { hashKey } from '../../state/hash-key.ts'

/** About three thousand full-size contracts; a mainnet block runs one or two hundred. */
const MAX_BYTES = 64 * 1024 * 1024

/** Always: at most {@link MAX_BYTES} and one code; the least recently used goes first. */
export class CodeCache {
  private readonly codes = new Map<string, Uint8Array>()
  private bytes = 0

  get(hash: Hash): Uint8Array | undefined {
    const key = hashKey(hash)
    const code = this.codes.get(key)
    if (code === undefined) return undefined
    this.codes.delete(key)
    this.codes.set(key, code)
    return code
  }

  /** Whoever adds code has it from the owner of the state, who has checked its hash. Returns `code`. */
  add(hash: Hash, code: Uint8Array): Uint8Array {
    const key = hashKey(hash)
    if (!this.codes.has(key)) this.bytes += code.length
    this.codes.set(key, code)
    for (const [oldestKey, oldest] of this.codes) {
      if (this.bytes <= MAX_BYTES || this.codes.size === 1) break
      this.codes.delete(oldestKey)
      this.bytes -= oldest.length
    }
    return code
  }
}
