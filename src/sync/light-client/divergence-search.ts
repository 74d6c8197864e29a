/**
 * Where a server's committees leave ours. An update that our committee did not sign is either false, or of another chain
 * of committees: one that branched off at an earlier period, by an update that two thirds of a committee we know have
 * signed too. That one is the evidence of an attack, and this looks for it by halving.
 */
import type { RefusedUpdateError } from './update-batch.ts'

/** Always: if both chains are sound, the period in question is from `first` to `last`. Ten answers decide among 1,024. */
export class DivergenceSearch {
  #first: number
  #last: number

  /**
   * @param first the checkpoint's period
   * @param refused the update that made us look; what its server is told false for when no evidence is found
   */
  constructor(
    first: number,
    readonly refused: RefusedUpdateError,
  ) {
    this.#first = first
    this.#last = refused.period - 1
  }

  /** Whose update is to be asked for next; undefined when no period is left: the refused update was false. */
  get period(): number | undefined {
    return this.#first > this.#last ? undefined : Math.floor((this.#first + this.#last) / 2)
  }

  /** Its update of that period is signed by our committee and teaches our next one, or it has none any more. */
  agreesAt(period: number): void {
    this.#first = Math.max(this.#first, period + 1)
  }

  /** Its update of that period is not signed by our committee. */
  differsAt(period: number): void {
    this.#last = Math.min(this.#last, period - 1)
  }
}
