/** One life of the page: what it told, when, and what of it must not be. */
import type { Hex } from '../../src/chain/bytes.ts'
import { LOSS_MS } from './kept-contents.ts'
import type { PageReport } from './report.ts'

export interface Told {
  readonly report: PageReport
  /** ms since 1970. */
  readonly at: number
}

export interface NamedBlock {
  readonly number: number
  readonly hash: Hex
}

/** The newest block that was kept a second before the kill, of this session or one before. */
export function lastKept(
  told: readonly Told[],
  killedAt: number,
  before: NamedBlock | undefined,
): NamedBlock | undefined {
  return told.reduce((last, { report, at }) => {
    if (report.kind !== 'kept' || at + LOSS_MS >= killedAt) return last
    return last === undefined || report.number > last.number ? report : last
  }, before)
}

/**
 * What contradicts going on where the session before was killed.
 * @param kept what {@link lastKept} says of the sessions before @param canonical hash of the chain's block with that number
 */
export function sessionProblems(
  told: readonly Told[],
  kept: NamedBlock | undefined,
  canonical: ReadonlyMap<number, string>,
): string[] {
  const verified = told.flatMap(({ report }) => (report.kind === 'verified' ? [report] : []))
  const pivots = told.flatMap(({ report }) => (report.kind === 'pivot' ? [report] : []))
  const bad = told.flatMap(({ report }) => (report.kind === 'bad' ? [report.what] : []))
  const [first] = verified
  const startsAfresh = pivots.filter(({ pivot }, at) => kept !== undefined || pivot !== 'start' || at > 0)
  return [
    ...bad,
    ...verified
      .filter(({ number, hash }) => canonical.get(number) !== hash)
      .map(({ number, hash }) => `block ${number} ${hash} is verified, the chain has ${canonical.get(number)}`),
    ...startsAfresh.map(({ pivot, reason }) => `it went on at another block, ${pivot}: ${reason}`),
    ...(kept !== undefined && first !== undefined && first.number <= kept.number
      ? [`block ${first.number} was verified again, though ${kept.number} was kept`]
      : []),
  ]
}
