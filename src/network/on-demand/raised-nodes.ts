/** Nodes as they were before a collapse above them made their paths longer. */
import { RLP } from '@ethereumjs/rlp'
import { compactKind, fromCompact, toCompact } from '../../state/trie/nibbles.ts'

/**
 * The nodes of a proof, and of each leaf and extension every node that it can have come from: the same with a shorter
 * path. Which of them there was, its hash tells.
 * @throws {RlpError} for a path that is none
 */
export function raisedNodes(proof: readonly Uint8Array[]): Uint8Array[] {
  return [...proof, ...proof.flatMap(shortened)]
}

function shortened(node: Uint8Array): Uint8Array[] {
  const items = RLP.decode(node)
  if (!Array.isArray(items) || items.length !== 2) return []
  const [compact, rest] = items
  if (!(compact instanceof Uint8Array) || rest === undefined) return []
  const kind = compactKind(compact[0])
  const path = fromCompact(compact, 0, compact.length)
  // An extension without a path is the branch that it leads to, of which only the hash is here.
  const shortest = kind === 'leaf' ? 0 : 1
  return Array.from({ length: Math.max(path.length - shortest, 0) }, (_, cut) =>
    RLP.encode([toCompact(path.subarray(cut + 1), kind), rest]),
  )
}
