/** How a devnet is where nobody says otherwise, and the most it is. */

/** Three times faster than mainnet: a person sees blocks come, and a tab on a slow machine still keeps up. */
export const DEFAULT_SLOT_SECONDS = 4

/** Enough that a client has committees to catch up with. */
export const DEFAULT_AGE_PERIODS = 3

/**
 * Slots before the start with a block in each: an epoch of mainnet's preset. The past has three blocks a period and a few
 * checkpoints, because each block costs some ms at the start.
 */
export const DENSE_SLOTS = 32

/** Newest of the blocks before the start that have transactions; the older ones are empty, for the same reason. */
export const WORKLOAD_SLOTS = 8

/** Of a block: half the gas limit, where the base fee stays what it is; about what mainnet's blocks use. */
export const MAX_GAS = 30_000_000
