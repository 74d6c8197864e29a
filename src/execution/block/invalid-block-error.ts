/** The block breaks a rule. */
export class InvalidBlockError extends Error {
  override name = 'InvalidBlockError'
  constructor(
    readonly code: 'invalid-block' | 'invalid-transaction',
    message: string,
  ) {
    super(message)
  }
}
