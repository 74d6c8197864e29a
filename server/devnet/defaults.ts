/** How a devnet is where nobody says otherwise. */

/** Three times faster than mainnet: a person sees blocks come, and a tab on a slow machine still keeps up. */
export const DEFAULT_SLOT_SECONDS = 4

/** Enough that a client has committees to catch up with. */
export const DEFAULT_AGE_PERIODS = 3

/**
 * Slots before the start with a block in each: four epochs of mainnet's preset, so that the head finalizes as on a healthy
 * chain. The rest of the past has three blocks a period, because each costs some ms at the start.
 */
export const DENSE_SLOTS = 128

/** Newest of the blocks before the start that have transactions; the older ones are empty, for the same reason. */
export const WORKLOAD_SLOTS = 8
