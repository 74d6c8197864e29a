/** Which of a block's transactions run one after the other. */

/**
 * Sets that have a member in common become one. Always: each position stands in one series, once, in the order of the block;
 * series are in the order of their first members.
 * @param groups of all positions @param together of some; what is no position of the block is passed over
 */
export function mergedSeries(
  groups: readonly (readonly number[])[],
  together: readonly (readonly number[])[],
): number[][] {
  const roots = new Map(groups.flat().map((index) => [index, index]))
  const rootOf = (index: number): number => {
    const above = roots.get(index)!
    if (above === index) return index
    const root = rootOf(above)
    roots.set(index, root)
    return root
  }
  for (const set of [...groups, ...together]) {
    const [first, ...others] = set.filter((index) => roots.has(index))
    for (const other of others) {
      const [a, b] = [rootOf(first!), rootOf(other)]
      roots.set(Math.max(a, b), Math.min(a, b))
    }
  }
  const series = new Map<number, number[]>()
  for (const index of [...roots.keys()].sort((a, b) => a - b)) {
    const root = rootOf(index)
    const members = series.get(root)
    if (members === undefined) series.set(root, [index])
    else members.push(index)
  }
  return [...series.values()]
}
