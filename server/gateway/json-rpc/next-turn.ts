/**
 * Lets the event loop turn: whatever else there is to do is done first. Sources that answer at once would otherwise keep
 * everybody waiting until a whole batch, or a whole range of blocks, is done.
 */
export const nextTurn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))

/** The same for work that nobody waits for any more once the signal is aborted. @throws the signal's reason */
export async function nextTurnUnless(signal: AbortSignal): Promise<void> {
  await nextTurn()
  signal.throwIfAborted()
}
