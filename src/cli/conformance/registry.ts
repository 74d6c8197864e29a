/** The conformance suites that exist, in the order they run: the quick ones first, so that a broken build says so soon. */
import type { Suite } from './suite.ts'

export const suites: readonly Suite[] = []
