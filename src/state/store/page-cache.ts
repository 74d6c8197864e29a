/** Pages in memory, least recently used first out, never more than `maxBytes` in sum. */
export class PageCache {
  /** In order of use: a `Map` keeps the order of insertion. */
  private readonly pages = new Map<number, Uint8Array>()
  private bytes = 0

  constructor(private readonly maxBytes: number) {}

  get(id: number): Uint8Array | undefined {
    const page = this.pages.get(id)
    if (page === undefined) return undefined
    this.pages.delete(id)
    this.pages.set(id, page)
    return page
  }

  /** A page larger than the whole cache is not kept. */
  set(id: number, page: Uint8Array): void {
    this.delete(id)
    if (page.length > this.maxBytes) return
    this.pages.set(id, page)
    this.bytes += page.length
    for (const oldest of this.pages.keys()) {
      if (this.bytes <= this.maxBytes) return
      this.delete(oldest)
    }
  }

  delete(id: number): void {
    const page = this.pages.get(id)
    if (page === undefined) return
    this.pages.delete(id)
    this.bytes -= page.length
  }
}
