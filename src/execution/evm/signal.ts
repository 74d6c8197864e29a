/** What an operation tells the loop. */
export type Signal = 0 | 1 | 2
/** Go on with the next operation of {@link Machine.frame}, which may be another frame by now. */
export const CONTINUE: Signal = 0
/** The frame has its outcome. */
export const HALT: Signal = 1
/** Nothing has changed; run the operation again when {@link Machine.pending} has settled. */
export const WAIT: Signal = 2
