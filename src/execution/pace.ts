/** How a long run shares its thread. It computes without a break otherwise, and hears nothing of being cancelled meanwhile. */
export interface Pace {
  /**
   * Asked by whoever computes, wherever it could stop: every few hundred microseconds where it can. Undefined: go on.
   * A promise: wait for it, then go on; where it rejects, the run is not wanted any more.
   */
  pause(): Promise<void> | undefined
}

/** Of a run that has its thread to itself. */
export const UNPACED: Pace = { pause: () => undefined }
