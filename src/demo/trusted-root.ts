/** The block root that the visitor trusts a light-client chain to start from, as typed. */
import type { Hex } from '../client/public-types.ts'

export type TrustedRoot =
  | { readonly kind: 'none' }
  | { readonly kind: 'given'; readonly root: Hex }
  | { readonly kind: 'invalid'; readonly reason: string }

/** Reads a beacon block root: 32 bytes in hex, with or without `0x`, white space around it. Nothing typed is no root. */
export function parseTrustedRoot(text: string): TrustedRoot {
  const typed = text.trim()
  if (typed === '') return { kind: 'none' }
  const digits = typed.replace(/^0x/i, '')
  if (/^[0-9a-f]{64}$/i.test(digits)) return { kind: 'given', root: `0x${digits.toLowerCase()}` }
  const problem = /^[0-9a-f]*$/i.test(digits) ? `has ${digits.length} hex digits` : 'has characters that are not hex'
  return { kind: 'invalid', reason: `A root is 0x and 64 hex digits; this ${problem}.` }
}
