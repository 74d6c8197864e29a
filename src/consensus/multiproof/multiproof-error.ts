/** Why a proof is refused, or cannot be made or read. */
import type { Hex } from '../../chain/bytes.ts'

export type MultiproofFault =
  | { readonly code: 'badGindex'; readonly gindex: bigint }
  | { readonly code: 'tooDeep'; readonly depth: number; readonly limit: number }
  | { readonly code: 'tooManyValues'; readonly count: number; readonly limit: number }
  | { readonly code: 'badDescriptor'; readonly why: string }
  | { readonly code: 'malformed'; readonly why: string }
  | { readonly code: 'valueCount'; readonly came: number; readonly expected: number }
  | { readonly code: 'valueLength'; readonly index: number; readonly length: number }
  | { readonly code: 'branchLength'; readonly came: number; readonly expected: number }
  | { readonly code: 'otherRoot'; readonly came: Hex; readonly expected: Hex }
  | { readonly code: 'notProven'; readonly gindex: bigint }

/** A refused proof. `fault` is the reason to act on, the message the one to read. */
export class MultiproofError extends Error {
  override name = 'MultiproofError'
  constructor(readonly fault: MultiproofFault) {
    super(describe(fault))
  }
}

function describe(fault: MultiproofFault): string {
  switch (fault.code) {
    case 'badGindex':
      return `${fault.gindex} is no generalized index; the root is 1, the children of n are 2n and 2n + 1`
    case 'tooDeep':
      return `the proof reaches ${fault.depth} levels deep, at most ${fault.limit} are taken`
    case 'tooManyValues':
      return `the proof has ${fault.count} values or more, at most ${fault.limit} fit; prove in parts and merge what is needed`
    case 'badDescriptor':
      return `the compact descriptor ${fault.why}`
    case 'malformed':
      return `the serialized proof ${fault.why}`
    case 'valueCount':
      return `the proof has ${fault.came} values, its descriptor stands for ${fault.expected}`
    case 'valueLength':
      return `value ${fault.index} of the proof is ${fault.length} bytes long, expected 32`
    case 'branchLength':
      return `the branch has ${fault.came} nodes, its generalized index is ${fault.expected} levels deep`
    case 'otherRoot':
      return `the proof is of the tree with root ${fault.came}, expected ${fault.expected}`
    case 'notProven':
      return `the proof says nothing about generalized index ${fault.gindex}; ask for a proof that includes it`
  }
}
