/** Drops what was added first, until the map holds no more than so many: how a map that others fill stays bounded. */
export function dropOldest<K>(map: Map<K, unknown>, most: number): void {
  for (const oldest of map.keys()) {
    if (map.size <= most) break
    map.delete(oldest)
  }
}
