/** Runs a library's tests in a page, as vitest runs them in Node: in their order, each for itself. */
import type { LibraryTests } from '../libraries/suite.ts'
import type { World } from '../libraries/world.ts'

/** Plain data: it leaves the page. */
export interface TestOutcome {
  readonly name: string
  /** With where it was thrown; null where the test passed. */
  readonly problem: string | null
}

/** Ends a test that hangs, so that it is named: vitest gives as much. In ms. */
const LIMIT_MS = 120_000

type Step = () => unknown

/** Rejects only where what comes before the tests, or after them, fails. */
export async function runTests(tests: LibraryTests, world: World): Promise<TestOutcome[]> {
  const [before, after] = [[] as Step[], [] as Step[]]
  const declared: { readonly name: string; readonly run: Step }[] = []
  tests(() => world, {
    beforeAll: (step) => void before.push(step),
    afterAll: (step) => void after.push(step),
    test: (name, run) => void declared.push({ name, run }),
  })
  for (const step of before) await step()
  const outcomes: TestOutcome[] = []
  for (const { name, run } of declared) outcomes.push({ name, problem: await problemOf(run) })
  for (const step of after) await step()
  return outcomes
}

async function problemOf(run: Step): Promise<string | null> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it takes longer than ${LIMIT_MS} ms`)), LIMIT_MS)
  })
  try {
    await Promise.race([(async () => run())(), limit])
    return null
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  } finally {
    clearTimeout(timer)
  }
}
