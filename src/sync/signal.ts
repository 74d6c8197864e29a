/** Tells modules that something changed, without saying what: they look for themselves. */

/** Whoever changes a structure fires its signal; firing twice before anybody looked is the same as once. */
export class Signal {
  private readonly listeners = new Set<() => void>()

  /** @param name for the log */
  constructor(readonly name: string) {}

  fire(): void {
    for (const listener of this.listeners) listener()
  }

  /** @returns ends it */
  subscribe(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }
}
