/** A conformance suite: official or recorded cases found in one folder of a data directory, run one by one. */
export type Outcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly error: string }
  | { readonly kind: 'skipped'; readonly reason: string }

export interface ConformanceCase {
  /** Path or name that finds the case again. */
  readonly name: string
  /** A throw counts as a failure with the error's message. */
  run(): Outcome | Promise<Outcome>
}

export interface Suite {
  readonly name: string
  /** Folder below the data directory; a suite whose folder is absent is not run. */
  readonly folder: string
  /** Discovers cases lazily, in a stable order. `folder` is the absolute path of {@link Suite.folder}. */
  cases(folder: string): AsyncIterable<ConformanceCase>
}
