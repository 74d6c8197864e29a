/** Bounds of single methods. Larger ones are several calls, as with any node. */

/** Storage keys of one `eth_getProof`: geth's maxGetProofKeys. */
export const MAX_PROOF_KEYS = 1_024

/** Slots of one `eth_getStorageValues`, all accounts together: geth's maxGetStorageSlots. */
export const MAX_STORAGE_SLOTS = 1_024
