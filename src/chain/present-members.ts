/** Members that are optional, as JSON has them: there, or not. */

/**
 * Without the members that are undefined: JSON has no such value, and an object with one is not equal to what comes of it on a
 * wire. `structuredClone` keeps them, so that a caller in the same page would see them.
 */
export function presentMembers<T>(members: Readonly<Record<string, T | undefined>>): Record<string, T> {
  const present: Record<string, T> = {}
  for (const [name, value] of Object.entries(members)) if (value !== undefined) present[name] = value
  return present
}
