/** The shape of a proof: where its partial tree has values, and where it goes on. */
import type { Gindex, Turn } from './gindex.ts'
import { gindexPath } from './gindex.ts'
import { MultiproofError } from './multiproof-error.ts'

/** Either a value or what lies left and right of the node, whose own hash follows from them. */
export type ProofFormat = 'value' | readonly [left: ProofFormat, right: ProofFormat]

/**
 * Values a proof may have. It is what the descriptor of Lodestar's proof endpoint has room for (2,048 bytes of two bits
 * a value) and 256 KiB of hashes: a whole period of block roots takes two proofs.
 */
export const MAX_PROOF_VALUES = 8192

/**
 * The smallest shape that proves all of these nodes: they and the siblings that are needed to come to the root.
 * A node above another one needs no value: it follows from the one below.
 * @throws {MultiproofError} badGindex, tooDeep, tooManyValues
 */
export function formatOfGindices(gindices: readonly Gindex[]): ProofFormat {
  if (gindices.length > MAX_PROOF_VALUES) throw tooManyValues(gindices.length)
  const format = formatBelow(
    gindices.map((gindex) => gindexPath(gindex)),
    0,
  )
  requireValueCount(valueCount(format))
  return format
}

/** Where the values are, from left to right: the order in which every proof lists them. */
export function valueGindices(format: ProofFormat): Gindex[] {
  const found: Gindex[] = []
  collect(format, 1n, found)
  return found
}

export function valueCount(format: ProofFormat): number {
  return format === 'value' ? 1 : valueCount(format[0]) + valueCount(format[1])
}

/** @throws {MultiproofError} tooManyValues */
export function requireValueCount(count: number): void {
  if (count > MAX_PROOF_VALUES) throw tooManyValues(count)
}

function formatBelow(paths: readonly (readonly Turn[])[], level: number): ProofFormat {
  const deeper = paths.filter((path) => path.length > level)
  if (deeper.length === 0) return 'value'
  const towards = (turn: Turn) => deeper.filter((path) => path[level] === turn)
  return [formatBelow(towards('left'), level + 1), formatBelow(towards('right'), level + 1)]
}

function collect(format: ProofFormat, at: Gindex, found: Gindex[]): void {
  if (format === 'value') {
    found.push(at)
    return
  }
  collect(format[0], 2n * at, found)
  collect(format[1], 2n * at + 1n, found)
}

const tooManyValues = (count: number) => new MultiproofError({ code: 'tooManyValues', count, limit: MAX_PROOF_VALUES })
