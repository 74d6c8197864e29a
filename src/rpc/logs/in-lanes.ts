/** Does something for each of a list, a few at a time. */

/** In the order of the items. The first failure is thrown, and nothing more is begun. */
export async function inLanes<T, R>(
  items: readonly T[],
  lanes: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  let next = 0
  const lane = async (): Promise<void> => {
    try {
      while (next < items.length) {
        const at = next++
        results[at] = await work(items[at]!)
      }
    } catch (error) {
      next = items.length
      throw error
    }
  }
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane))
  return results
}
