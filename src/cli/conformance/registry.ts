/** The conformance suites that exist, in the order they run: the quick ones first, so that a broken build says so soon. */
import { blockchainTests } from './blockchain-tests.ts'
import { bls } from './bls.ts'
import { lightClientApi } from './light-client-api.ts'
import { lightClientSync } from './light-client-sync.ts'
import { lightclientMainnet } from './lightclient-mainnet.ts'
import { rpcCompat } from './rpc-compat.ts'
import type { Suite } from './suite.ts'
import { trieSuite } from './trie.ts'
import { witnessBlocks } from './witness-blocks.ts'

export const suites: readonly Suite[] = [
  trieSuite,
  bls,
  lightClientSync,
  lightclientMainnet,
  lightClientApi,
  witnessBlocks,
  blockchainTests,
  rpcCompat,
]
