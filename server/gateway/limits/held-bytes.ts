/** Bytes that clients make the gateway hold: bodies on their way in, answers on their way out. */

/** Always: what one client holds is at most the bound, or one thing that is larger than that alone. */
export class HeldBytes {
  /** By client; who holds nothing is not known. */
  readonly #held = new Map<string, number>()

  /** @param most of one client */
  constructor(private readonly most: number) {}

  /** Whether there is room for so many more; they are held then, until they are released. */
  take(client: string, bytes: number): boolean {
    const held = this.#held.get(client) ?? 0
    if (held > 0 && held + bytes > this.most) return false
    if (bytes > 0) this.#held.set(client, held + bytes)
    return true
  }

  release(client: string, bytes: number): void {
    const left = (this.#held.get(client) ?? 0) - bytes
    if (left > 0) this.#held.set(client, left)
    else this.#held.delete(client)
  }
}
