/** Bounds on what one session may listen to. */

/** A page of many components has dozens of each; every one costs a message or a list a block. */
export const MAX_SUBSCRIPTIONS = 1_000
export const MAX_FILTERS = 256
/** ms without being asked after which a filter ends, as in geth. */
export const FILTER_LIFE_MS = 300_000

/**
 * Answered requests of which it is remembered what they made: a cancel crosses its answer by milliseconds, and no more than
 * these can be under way.
 */
export const MAX_MADE = 1_000

/** Blocks that may come at once, after a tab has slept: a day and some, and as far as states prove hashes (EIP-2935). */
export const MAX_GAP = 8_192
/** Blocks that wait for one listener: a whole gap, and what a reorganization takes back of it. */
export const MAX_STEPS = 10_000
/** Notifications that wait for the answer that names their subscription. */
export const MAX_HELD = 10_000
/** Blocks that are remembered as told: reorganizations are seldom deeper than two, and what is deeper is looked up. */
export const MAX_TOLD = 256
/** Logs that are remembered as told, to be taken back without asking anybody: 10 MB. */
export const MAX_TOLD_LOGS = 20_000

/** ms until what could not be had is asked for again. */
export const RETRY_MS = 1_000
/** ms of that after which it is said that it cannot be had: ten slots, in which every server was tried many times. */
export const GIVE_UP_MS = 120_000
