/** Nodes and codes that came for hashes: what is what it should be, and what is still to be had elsewhere. */
import type { Hash, Keccak } from '../../chain/bytes.ts'
import { hashKey } from '../../state/hash-key.ts'
import type { HashedBytes } from '../../state/trie/node-source.ts'
import type { HeldItems } from './messages.ts'

export interface CheckedItems {
  /** With the keccak256 that was asked for. Copies, which keep nothing else of the answer in memory. */
  readonly held: readonly HashedBytes[]
  /** The server says that it does not hold them, which says nothing about the state. */
  readonly absent: readonly Hash[]
  /** It gave other bytes: a lie, or damage on the way. */
  readonly wrong: readonly Hash[]
  /** The answer was full before them. */
  readonly unanswered: readonly Hash[]
}

/** @param asked in the order of the request */
export function checkHeld(asked: readonly Hash[], { items }: HeldItems, keccak: Keccak): CheckedItems {
  const held: HashedBytes[] = []
  const absent: Hash[] = []
  const wrong: Hash[] = []
  for (const [index, bytes] of items.entries()) {
    const hash = asked[index]
    if (hash === undefined) break
    if (bytes === undefined) absent.push(hash)
    else if (hashKey(keccak(bytes) as Hash) !== hashKey(hash)) wrong.push(hash)
    else held.push({ hash, bytes: bytes.slice() })
  }
  return { held, absent, wrong, unanswered: asked.slice(items.length) }
}
