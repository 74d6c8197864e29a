/** Whose turn it is to be worked for. */

/**
 * One piece of work begins at a time, after everything else that this thread has to do; those who wait take turns by
 * client, whatever each of them has asked for. So somebody who asks for much waits behind their own requests, and others
 * wait for one piece of theirs at most.
 *
 * Always: clients are in the order of their turns, each with at least one who waits.
 */
export class FairTurns {
  readonly #waiting = new Map<string, (() => void)[]>()

  /** Resolves when it is the client's turn. */
  next(client: string): Promise<void> {
    return new Promise((resolve) => {
      if (this.#waiting.size === 0) setImmediate(() => this.#begin())
      const own = this.#waiting.get(client)
      if (own === undefined) this.#waiting.set(client, [resolve])
      else own.push(resolve)
    })
  }

  /** Resolving is all: what comes of it is done before the next immediate. */
  #begin(): void {
    for (const [client, waiting] of this.#waiting) {
      waiting.shift()?.()
      this.#waiting.delete(client)
      if (waiting.length > 0) this.#waiting.set(client, waiting)
      break
    }
    if (this.#waiting.size > 0) setImmediate(() => this.#begin())
  }
}
