/** One side of a benchmark, in a thread of its own. */
export interface BenchService<Result> {
  /** Everything after works on these. */
  load(files: readonly Uint8Array[], variant: string): Promise<void>
  /** Does the work once. @throws when its result is wrong: a benchmark of wrong results measures nothing */
  run(): Promise<Result>
}

/** Workers there are, each `./<name>.worker.ts`. */
export type BenchWorker = 'execute' | 'light-client'
