/** What an execution client says of a payload (execution-apis, `engine/paris.md`: PayloadStatusV1). */
import { hexToBytes } from '@ethereumjs/util'
import type { Hash, Hex } from '../../chain/bytes.ts'
import { asHash } from '../../chain/bytes.ts'
import { oneLine } from '../http/one-line.ts'
import { SAID_MAX } from './constants.ts'

export type PayloadStatus =
  /** Executed, and right. */
  | { readonly kind: 'valid' }
  /** Well-formed, of a branch that it has not executed and needs no more for. */
  | { readonly kind: 'accepted' }
  /** It lacks ancestors. */
  | { readonly kind: 'syncing' }
  | {
      readonly kind: 'invalid'
      /** The newest ancestor that is valid, where it knows one; zeros stand for one before the merge. */
      readonly latestValidHash: Hash | undefined
      /** In its own words. */
      readonly reason: string | undefined
    }

/** Undefined for anything of another form. */
export function readPayloadStatus(json: unknown): PayloadStatus | undefined {
  if (typeof json !== 'object' || json === null) return undefined
  const { status, latestValidHash, validationError } = json as Readonly<Record<string, unknown>>
  switch (status) {
    case 'VALID':
      return { kind: 'valid' }
    case 'ACCEPTED':
      return { kind: 'accepted' }
    case 'SYNCING':
      return { kind: 'syncing' }
    case 'INVALID':
    case 'INVALID_BLOCK_HASH':
      return {
        kind: 'invalid',
        latestValidHash: readHash(latestValidHash),
        reason: typeof validationError === 'string' ? oneLine(validationError, SAID_MAX) : undefined,
      }
    default:
      return undefined
  }
}

/** Undefined for anything but 32 bytes in hex. */
export function readHash(json: unknown): Hash | undefined {
  return typeof json === 'string' && /^0x[0-9a-fA-F]{64}$/.test(json) ? asHash(hexToBytes(json as Hex)) : undefined
}
