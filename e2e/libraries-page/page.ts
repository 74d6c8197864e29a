/** A dapp with four libraries, which runs their tests on the provider of its own client. */
import type { Hex } from 'viem'
import { createBeamtab } from '../../src/client/create-beamtab.ts'
import type { Contracts } from '../libraries/contracts/well-known.ts'
import { keyedAccount } from '../libraries/keyed-account.ts'
import { LIBRARY_TESTS } from '../libraries/library-tests.ts'
import { LIBRARIES, type Library, type World } from '../libraries/world.ts'
import { runTests, type TestOutcome } from './run-tests.ts'

/** Plain data: it comes into the page. */
export interface PageSetup {
  readonly networkUrl: string
  readonly chainId: number
  readonly contracts: Contracts
  /** By library, in the order of {@link LIBRARIES}. */
  readonly privateKeys: readonly Hex[]
}

/** What the page offers to the test, as `librariesPage`. */
export interface LibrariesPage {
  /** Resolves at the first head. */
  open(setup: PageSetup): Promise<void>
  run(library: Library): Promise<readonly TestOutcome[]>
}

let world: World | undefined

const librariesPage: LibrariesPage = {
  async open({ networkUrl, chainId, contracts, privateKeys }) {
    const network = (await (await fetch(networkUrl)).json()) as object
    const accounts = privateKeys.map(keyedAccount)
    const start: World['start'] = (options) => createBeamtab({ network, evmWorkers: 1, ...options })
    const client = await start({})
    await client.waitForHead()
    const account: World['account'] = (library) => accounts[LIBRARIES.indexOf(library)]!
    world = { chainId, contracts, account, start, provider: client.provider }
  },
  run: (library) => runTests(LIBRARY_TESTS[library], world!),
}

Object.assign(globalThis, { librariesPage })
