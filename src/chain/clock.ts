/** Time as a parameter: whoever waits or asks for the time is handed a clock, so that tests own theirs and never sleep. */

export interface Clock {
  /** Milliseconds since 1970. May jump, also backwards, when the machine's clock is set: measure waits with {@link after}. */
  now(): number
  /**
   * Runs once, `ms` milliseconds from now, never before this call returns. A background tab may run it late.
   * @returns cancels; harmless once it has run
   */
  after(ms: number, run: () => void): () => void
}

/** The clock and the timers of this thread. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
}
