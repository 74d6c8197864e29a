/** What executes the block cannot be had: says what was asked of whom, and what came. */
export class WitnessError extends Error {
  override name = 'WitnessError'
  /** That it is because the server says it has no such block. */
  readonly isUnknownBlock: boolean

  constructor(message: string, options: ErrorOptions & { readonly isUnknownBlock?: true } = {}) {
    super(message, options)
    this.isUnknownBlock = options.isUnknownBlock ?? false
  }
}
