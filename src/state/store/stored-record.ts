/** Opens and seals records: the place where bytes from the database are first looked at. */
import type { Checksum } from './checksum.ts'
import type { StoredRecord } from './record-database.ts'

export type OpenedRecord =
  | { readonly kind: 'intact'; readonly bytes: Uint8Array }
  /** The checksum differs; the bytes may still be good in parts. */
  | { readonly kind: 'damaged'; readonly bytes: Uint8Array }
  | { readonly kind: 'missing' }

export function sealRecord(bytes: Uint8Array, checksum: Checksum): StoredRecord {
  return { checksum: checksum(bytes), bytes }
}

/** A value of any other shape counts as missing: it was not written by us. */
export function openRecord(value: unknown, checksum: Checksum): OpenedRecord {
  if (typeof value !== 'object' || value === null || !('bytes' in value) || !('checksum' in value)) {
    return { kind: 'missing' }
  }
  const { bytes } = value
  if (!(bytes instanceof Uint8Array)) return { kind: 'missing' }
  return { kind: checksum(bytes) === value.checksum ? 'intact' : 'damaged', bytes }
}
