/** What is under way for one is there for all who ask for the same meanwhile. */

/** Always: of each name at most one is under way. As many as there are requests, which the server bounds. */
export class SharedRequests<T> {
  readonly #underWay = new Map<string, Promise<T>>()

  get(name: string, make: () => Promise<T>): Promise<T> {
    const known = this.#underWay.get(name)
    if (known !== undefined) return known
    const made = make().finally(() => this.#underWay.delete(name))
    this.#underWay.set(name, made)
    return made
  }
}
