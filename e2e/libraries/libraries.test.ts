/** The libraries in Node; `libraries.spec.ts` runs the same tests in Chromium. */
import { afterAll, beforeAll, describe, test, vi } from 'vitest'
import { LIBRARY_TESTS } from './library-tests.ts'
import { openNodeWorld, type NodeWorld } from './node-world.ts'
import { LIBRARIES } from './world.ts'

/** Genesis, two blocks with transactions, workers and the first head: seconds on a busy machine. */
const LIMIT_MS = 120_000

let world: NodeWorld | undefined
beforeAll(async () => {
  world = await openNodeWorld()
}, LIMIT_MS)
afterAll(() => world?.close())

describe.each(LIBRARIES)('%s', (library) => {
  // Its connectors look for it; in a page it is there.
  if (library === 'wagmi') {
    beforeAll(() => void vi.stubGlobal('window', new EventTarget()))
    afterAll(() => void vi.unstubAllGlobals())
  }
  LIBRARY_TESTS[library](() => world!, { beforeAll, afterAll, test })
})
