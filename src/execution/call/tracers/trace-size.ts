/** How much of an answer a trace has become, so that none grows past what a tab can hold. */

/**
 * UTF-16 units of JSON in one answer, near enough. In memory it takes some four times as much, in the EVM worker, in the node
 * worker and in the page one after the other. A mainnet transaction of 10,000 steps comes to 5 MB with its stacks.
 */
export const MAX_TRACE_SIZE = 67_108_864

/** The trace does not fit into an answer. */
export class TraceSizeError extends Error {
  override name = 'TraceSizeError'
}

/** Of one answer, however many transactions are in it. */
export class TraceSize {
  private size = 0

  constructor(private readonly most: number = MAX_TRACE_SIZE) {}

  /** @throws {TraceSizeError} */
  add(units: number): void {
    this.size += units
    if (this.size <= this.most) return
    throw new TraceSizeError(
      `the trace is larger than ${this.most} bytes, the most that is answered; ask for one transaction, with a limit, with ` +
        'disableStack and disableStorage and without enableMemory, or for callTracer with onlyTopCall',
    )
  }
}
