/** How long the parts of an interop run may take. A run that hangs says where, and leaves nothing behind. */

/**
 * ms for everything: an install of 3 min, finality after 60 to 90 slots, 100 slots followed, 100 runs of a command of 3 s,
 * and as much again for a busy machine.
 */
export const RUN_LIMIT_MS = 30 * 60_000

/** ms for one npm command. Measured 85 s for the larger folder, 57 s for its native parts. */
export const NPM_LIMIT_MS = 5 * 60_000

/** ms until a program listens. The beacon node takes 4 s with a core of its own. */
export const START_LIMIT_MS = 90_000

/** ms until a beacon node has what another one has: several meetings, on a busy machine. */
export const CATCH_UP_LIMIT_MS = 3 * 60_000

/**
 * ms until the chain has finalized an epoch: 40 slots of 2 s where every vote arrives in time. Where the machine is
 * busy votes come late, and it takes many epochs more.
 */
export const FINALITY_LIMIT_MS = 8 * 60_000

/** ms until a transaction is in a block: several slots, some of which a busy machine misses. */
export const INCLUSION_LIMIT_MS = 60_000

/** ms for the beacon node to end by itself: what it does when asked to. It seldom does, so it is killed then. */
export const STOP_GRACE_MS = 5_000

/** ms between two looks at whatever is waited for. */
export const POLL_MS = 500
