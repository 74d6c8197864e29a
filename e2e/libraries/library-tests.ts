/** Client libraries as dapps use them, over the provider of a whole client: docs/libraries.md shows the same lines. */
import { ethersTests } from './ethers-tests.ts'
import type { LibraryTests } from './suite.ts'
import { viemTests } from './viem-tests.ts'
import { wagmiTests } from './wagmi-tests.ts'
import { web3Tests } from './web3-tests.ts'
import type { Library } from './world.ts'

export const LIBRARY_TESTS: Readonly<Record<Library, LibraryTests>> = {
  viem: viemTests,
  ethers: ethersTests,
  web3: web3Tests,
  wagmi: wagmiTests,
}
