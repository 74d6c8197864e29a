/** How large the store may become here, by what the browser grants the origin. */
import { MIN_MAX_BYTES, QUOTA_SHARE } from './limits.ts'

/** What is used of `navigator.storage`. */
export interface StorageLike {
  estimate(): Promise<{ readonly quota?: number }>
}

/**
 * `maxBytes`, or less where the origin's quota asks for it, so that the oldest pages go before the disk is full: a full
 * disk ends writing, and would end it again after every reload. A browser that does not say within `timeoutMs` is taken
 * to grant enough.
 */
export async function withinQuota(
  maxBytes: number,
  storage: StorageLike | undefined,
  timeoutMs: number,
): Promise<number> {
  if (storage === undefined) return maxBytes
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs)
  })
  const estimate = await Promise.race([storage.estimate().catch(() => undefined), silence])
  clearTimeout(timer)
  const quota = estimate?.quota ?? Infinity
  return Math.max(MIN_MAX_BYTES, Math.min(maxBytes, Math.floor(quota * QUOTA_SHARE)))
}
