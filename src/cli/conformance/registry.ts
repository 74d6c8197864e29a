/** The conformance suites that exist, in the order they run: the quick ones first, so that a broken build says so soon. */
import { bls } from './bls.ts'
import { lightClientSync } from './light-client-sync.ts'
import { lightclientMainnet } from './lightclient-mainnet.ts'
import type { Suite } from './suite.ts'
import { trieSuite } from './trie.ts'

export const suites: readonly Suite[] = [trieSuite, bls, lightClientSync, lightclientMainnet]
