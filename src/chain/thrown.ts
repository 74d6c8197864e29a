/** What was caught, which may be anything. */

export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))

export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
