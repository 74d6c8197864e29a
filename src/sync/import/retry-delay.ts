/** How long what could not be had is left alone. */
import { RETRY_DELAY_MAX_MS, RETRY_DELAY_MIN_MS } from './constants.ts'

/** ms before the next try, after so many failures in a row before the last one. */
export function retryDelay(failures: number): number {
  return Math.min(RETRY_DELAY_MAX_MS, RETRY_DELAY_MIN_MS * 2 ** failures)
}
