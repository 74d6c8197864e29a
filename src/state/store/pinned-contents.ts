/** Contents that listed blocks need, by the page they lie in: what must not go when room is made. */
import type { Hash } from '../../chain/bytes.ts'
import { HashIndex, type Location } from './hash-index.ts'

interface PinnedPage {
  bytes: number
  readonly hashes: Hash[]
}

/** Always: each content once, and `bytes` is their sum. Made for one eviction and thrown away: 20 to 60 bytes a content. */
export class PinnedContents {
  bytes = 0
  private readonly seen = new HashIndex()
  private readonly pages = new Map<number, PinnedPage>()

  /**
   * @param locate where a content lies; those that lie nowhere are not there to be kept
   * @returns false, and nothing is added, where the sum would be more than `maxBytes`
   */
  add(hashes: readonly Hash[], locate: (hash: Hash) => Location | undefined, maxBytes = Infinity): boolean {
    let sum = this.bytes
    // A content listed twice counts twice here, which only a made-up witness has.
    for (const hash of hashes) if (this.seen.find(hash) === undefined) sum += locate(hash)?.length ?? 0
    if (sum > maxBytes) return false
    for (const hash of hashes) {
      const location = locate(hash)
      if (location === undefined || !this.seen.set(hash, location)) continue
      const page = this.pages.get(location.page) ?? { bytes: 0, hashes: [] }
      page.bytes += location.length
      page.hashes.push(hash)
      this.pages.set(location.page, page)
      this.bytes += location.length
    }
    return true
  }

  bytesIn(page: number): number {
    return this.pages.get(page)?.bytes ?? 0
  }

  hashesIn(page: number): readonly Hash[] {
    return this.pages.get(page)?.hashes ?? []
  }
}
