/** The hashes that BLOCKHASH may ask for: proven by the chain of headers where they are given, else taken as given. */
import type { Hash } from '../../chain/bytes.ts'
import { equalBytes } from '../words.ts'
import type { RawHeader } from './raw-block.ts'

export interface Ancestors {
  /** By block number; at most the 256 before the block. */
  readonly hashes: ReadonlyMap<number, Hash>
  readonly parent: RawHeader | undefined
  /** The headers that prove {@link hashes}, from the parent back. */
  readonly headers: readonly RawHeader[]
  /** Numbers whose hash nothing proves. */
  readonly assumed: ReadonlySet<number>
}

/** BLOCKHASH's reach. */
const WINDOW = 256

/**
 * Follows parent hashes back from `header` through `headers`, a bag in any order; headers that are not on the way are
 * ignored. `claimed` fills in what the chain does not reach, and never replaces what it proves.
 */
export function linkAncestors(
  header: RawHeader,
  headers: readonly RawHeader[],
  claimed: ReadonlyMap<number, Hash>,
): Ancestors {
  const hashes = new Map<number, Hash>()
  const assumed = new Set<number>()
  let { parentHash } = header
  const linked: RawHeader[] = []
  // Counted, not read from the headers: the hash n links back is block number - n, whatever a header calls itself.
  for (let number = header.number - 1; number >= 0 && header.number - number <= WINDOW; number--) {
    hashes.set(number, parentHash)
    const next: RawHeader | undefined = headers.find((candidate) => equalBytes(candidate.hash, parentHash))
    if (next === undefined) break
    linked.push(next)
    parentHash = next.parentHash
  }
  for (const [number, hash] of claimed) {
    if (hashes.has(number) || number >= header.number || header.number - number > WINDOW) continue
    hashes.set(number, hash)
    assumed.add(number)
  }
  return { hashes, parent: linked[0], headers: linked, assumed }
}
