/** {@link ImportMarks} as bytes, and back. What comes back is anybody's word: it can only make the client more careful. */
import type { Hex } from '../../chain/bytes.ts'
import { MAX_MARKS } from './constants.ts'
import type { DisputeMark, ImportMarks, SkippedMark } from './import-marks.ts'

/** Raised whenever the shape changes; marks of another version are left out. */
const VERSION = 1

/** Characters of a reason that are kept. */
const MAX_REASON = 500

export function encodeMarks(marks: ImportMarks): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ version: VERSION, ...marks }))
}

/** Undefined for bytes that are no marks. */
export function decodeMarks(bytes: Uint8Array): ImportMarks | undefined {
  try {
    const json = record(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)))
    if (json['version'] !== VERSION) return undefined
    return {
      skipped: list(json['skipped']).map(skippedMark),
      skippedBlocks: count(json['skippedBlocks']),
      pivots: count(json['pivots']),
      disputes: list(json['disputes']).map(disputeMark),
    }
  } catch {
    return undefined
  }
}

function skippedMark(item: unknown): SkippedMark {
  const { from, to, hash, reason } = record(item)
  return { from: count(from), to: count(to), hash: hashOf(hash), reason: text(reason) }
}

function disputeMark(item: unknown): DisputeMark {
  const { number, hash, reason } = record(item)
  return { number: count(number), hash: hashOf(hash), reason: text(reason) }
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError('expected an object')
  return value as Record<string, unknown>
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value) || value.length > MAX_MARKS) throw new TypeError('expected a short list')
  return value
}

function count(value: unknown): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw new TypeError('expected a count')
  return value
}

function hashOf(value: unknown): Hex {
  if (typeof value !== 'string' || !/^0x[0-9a-f]{64}$/.test(value)) throw new TypeError('expected a hash')
  return value as Hex
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('expected a text')
  return value.slice(0, MAX_REASON)
}
