/** The libraries' tests, which Node runs too, in a page whose client and workers are those of a dapp. */
import { expect, test } from '@playwright/test'
import { NETWORK_PATH } from '../server/gateway/start-gateway.ts'
import { serveBuiltPage, type BuiltPage } from './built-page.ts'
import type { LibrariesPage } from './libraries-page/page.ts'
import type { TestOutcome } from './libraries-page/run-tests.ts'
import { startLibraryChain, type LibraryChain } from './libraries/chain.ts'
import { LIBRARIES, type Library } from './libraries/world.ts'

declare const librariesPage: LibrariesPage

let chain: LibraryChain | undefined
let site: BuiltPage | undefined
/** All run at once, each with an account of its own: blocks come every two seconds, and most of the time is waiting for them. */
let outcomes: ReadonlyMap<Library, Promise<readonly TestOutcome[]>>

test.beforeAll(async ({ browser }) => {
  ;[chain, site] = await Promise.all([
    startLibraryChain(LIBRARIES.length),
    serveBuiltPage('e2e/libraries-page', () => false, 'e2e/libraries-page/vite.config.ts'),
  ])
  const { contracts, devnet, gateway, accounts } = chain
  const page = await browser.newPage()
  await page.goto(site.url)
  await page.evaluate((setup) => librariesPage.open(setup), {
    ...{ contracts, networkUrl: `${gateway.url}${NETWORK_PATH}`, chainId: devnet.network.chainId },
    privateKeys: accounts.map(({ privateKey }) => privateKey),
  })
  outcomes = new Map(
    LIBRARIES.map((library) => [library, page.evaluate((name) => librariesPage.run(name), library)] as const),
  )
  // Whoever looks at one hears why it failed.
  await Promise.allSettled(outcomes.values())
})
test.afterAll(async () => {
  await site?.close()
  await chain?.close()
})

for (const library of LIBRARIES)
  test(`${library} works over the provider`, async () => {
    const tests = await outcomes.get(library)!
    for (const { name, problem } of tests) await test.step(name, () => expect.soft(problem).toBeNull())
    expect(tests.length).toBeGreaterThan(0)
  })
