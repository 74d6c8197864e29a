/** Waits for what comes over real connections. */
import { setTimeout } from 'node:timers/promises'

/** ms that local servers may take: a hundred times what they take on an idle machine. */
const LIMIT = 20_000

/** ms between two looks. */
const INTERVAL = 10

/** Resolves once it is over, or when the time for it is: then the comparison tells what is missing. */
export async function heardWithin(isOver: () => boolean): Promise<void> {
  const end = performance.now() + LIMIT
  while (!isOver() && performance.now() < end) await setTimeout(INTERVAL)
}
