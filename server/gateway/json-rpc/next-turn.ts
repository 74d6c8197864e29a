/**
 * Lets the event loop turn: whatever else there is to do is done first. Sources that answer at once would otherwise keep
 * everybody waiting until a whole batch, or a whole range of blocks, is done.
 */
export const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
