/** What a library's tests are declared with: vitest in Node, and in a page what stands for it there. */
import type { World } from './world.ts'

type Step = () => unknown

export interface Suite {
  readonly beforeAll: (step: Step) => void
  readonly afterAll: (step: Step) => void
  readonly test: (name: string, run: () => Promise<void> | void) => void
}

/** @param given what there is once the tests run */
export type LibraryTests = (given: () => World, suite: Suite) => void
