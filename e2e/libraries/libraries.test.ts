/** Client libraries as dapps use them, over the provider of a whole client: docs/libraries.md shows the same lines. */
import { afterAll, beforeAll, describe } from 'vitest'
import { ethersTests } from './ethers-tests.ts'
import { viemTests } from './viem-tests.ts'
import { wagmiTests } from './wagmi-tests.ts'
import { web3Tests } from './web3-tests.ts'
import { openWorld, type World } from './world.ts'

/** Genesis, two blocks with transactions, workers and the first head: seconds on a busy machine. */
const LIMIT_MS = 120_000

let world: World | undefined
beforeAll(async () => {
  world = await openWorld()
}, LIMIT_MS)
afterAll(() => world?.close())

describe('viem', () => viemTests(() => world!))
describe('ethers', () => ethersTests(() => world!))
describe('web3', () => web3Tests(() => world!))
describe('wagmi', () => wagmiTests(() => world!))
