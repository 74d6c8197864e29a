/** Which heads are followed: none above a block in dispute, none off the finalized branch, and an anchor for none unsigned. */
import { bytesToHex } from '@ethereumjs/util'
import type { RawHeader } from '../../execution/block/raw-block.ts'
import { equalBytes } from '../../execution/words.ts'
import { STATE_SERVING_WINDOW } from './constants.ts'
import type { HeadSearch } from './head-search.ts'
import type { ImportHead } from './import-events.ts'
import type { DisputeMark } from './import-marks.ts'

export interface HeadRules {
  readonly disputes: readonly DisputeMark[]
  readonly finalized: RawHeader | undefined
}

/** The lowest number worth asking for, on the way back from a head of this number to a tree with this root. */
export function searchDepth(number: number, root: RawHeader | undefined, { disputes }: HeadRules): number {
  // Where the gap is wider than what is served, where it begins makes no difference.
  const isNear = root !== undefined && number - root.number <= 2 * STATE_SERVING_WINDOW
  return Math.max(0, Math.min(number - 1, isNear ? root.number : number - 1, ...disputes.map((one) => one.number)))
}

/** Why a head is not followed, by the headers that lead to it; undefined when it is. */
export function headProblem(
  { kind, chain }: Exclude<HeadSearch, { kind: 'failed' }>,
  { standing }: ImportHead,
  { disputes, finalized }: HeadRules,
): string | undefined {
  if (kind === 'connected') return belowFinalized(chain, finalized)
  if (standing === 'unsigned') return 'the head is not signed, and descends from nothing known'
  for (const { number, hash } of disputes) {
    if (chain.some((header) => bytesToHex(header.hash) === hash)) return `the head descends from ${hash}, in dispute`
    if (chain[0]!.number > number) return `whether the head descends from ${hash}, in dispute, cannot be told`
  }
  return belowFinalized(chain, finalized)
}

/** Whether blocks that are not in the tree leave the finalized branch. */
function belowFinalized(chain: readonly RawHeader[], finalized: RawHeader | undefined): string | undefined {
  if (finalized === undefined || chain[0]!.number > finalized.number) return undefined
  const at = chain.find(({ number }) => number === finalized.number)
  if (at !== undefined && equalBytes(at.hash, finalized.hash)) return undefined
  return `the head is not above the finalized block ${finalized.number} ${bytesToHex(finalized.hash)}`
}
