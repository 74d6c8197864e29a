/** A transaction's call as patterns of access see it: what keys can be derived from. */
import type { AddressBytes } from '../../chain/bytes.ts'
import { bytesToWord } from '../../execution/words.ts'

/** Addresses and words as numbers. */
export interface Call {
  readonly sender: bigint
  /** Undefined makes a contract, of which nothing can be learned. */
  readonly to: bigint | undefined
  /** First four bytes of the data, as hex; empty for a plain payment. */
  readonly selector: string
  /** The arguments (contract ABI: 32 bytes each), at most {@link MAX_WORDS}. */
  readonly words: readonly bigint[]
}

/** Arguments that are looked at: what names accounts stands first, longer calls hold lists and bytes. */
export const MAX_WORDS = 6

export interface CallBytes {
  /** Undefined: nobody in particular. */
  readonly from: AddressBytes | undefined
  readonly to: AddressBytes | undefined
  readonly data: Uint8Array
}

export function callOf({ from, to, data }: CallBytes): Call {
  const words: bigint[] = []
  for (let at = 4; at + 32 <= data.length && words.length < MAX_WORDS; at += 32)
    words.push(bytesToWord(data.subarray(at, at + 32)))
  const selector = Array.from(data.subarray(0, 4), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return { sender: from === undefined ? 0n : bytesToWord(from), to: to && bytesToWord(to), selector, words }
}

/** Calls of one kind: what they touch is much alike. */
export function kindOf({ to, selector }: Call): string | undefined {
  return to === undefined ? undefined : `${to.toString(16)} ${selector}`
}
