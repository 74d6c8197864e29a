/** Which periods are asked for already, so that nothing is asked for twice. */

/** Consecutive periods, at least one. */
export interface PeriodRange {
  readonly start: number
  readonly count: number
}

/** Always: a period is locked as often as ranges with it were locked and not released; one that is not is not kept. */
export class RangeLock {
  readonly #locks = new Map<number, number>()

  /** @returns releases it; harmless the second time */
  lock({ start, count }: PeriodRange): () => void {
    for (let period = start; period < start + count; period++) this.#add(period, 1)
    let released = false
    return () => {
      if (released) return
      released = true
      for (let period = start; period < start + count; period++) this.#add(period, -1)
    }
  }

  isLocked(period: number): boolean {
    return this.#locks.has(period)
  }

  /**
   * The first periods from `start` on, before `end`, that are free and wanted, at most `most`.
   * @param isWanted by default all are
   */
  firstFree(
    { start, end, most }: { readonly start: number; readonly end: number; readonly most: number },
    isWanted: (period: number) => boolean = () => true,
  ): PeriodRange | undefined {
    const isFree = (period: number) => period < end && !this.isLocked(period) && isWanted(period)
    let first = start
    while (first < end && !isFree(first)) first += 1
    let count = 0
    while (count < most && isFree(first + count)) count += 1
    return count === 0 ? undefined : { start: first, count }
  }

  #add(period: number, change: number): void {
    const locks = (this.#locks.get(period) ?? 0) + change
    if (locks === 0) this.#locks.delete(period)
    else this.#locks.set(period, locks)
  }
}
