/** Trie nodes that are well-formed and false, one by one or a whole path that hangs together up to another root. */
import { RLP } from '@ethereumjs/rlp'
import { keccak_256 } from '@noble/hashes/sha3.js'
import type { AccountProof } from '../execution/execution-source.ts'

type Item = Uint8Array | Item[]

/** Items of a branch node (yellow paper, appendix D). */
const BRANCH_ITEMS = 17

/** The same node with another value, or another hash of a child. */
export function forgedNode(node: Uint8Array): Uint8Array {
  const items = decodedList(node)
  // Code, or nothing that a trie consists of.
  if (items === undefined) return flippedEnd(node)
  const at = items.length === BRANCH_ITEMS ? items.findIndex(isLong) : 1
  const item = items[at]
  if (!(item instanceof Uint8Array)) return flippedEnd(node)
  return RLP.encode(items.with(at, flippedEnd(item)))
}

/** An account with one wei more, and a proof of it: every node is the hash in the one above, but for the root. */
export function forgedAccountProof(proof: AccountProof): AccountProof {
  const leaf = proof.accountProof.at(-1)
  const [path, value] = (leaf && decodedList(leaf)) ?? []
  const account = value instanceof Uint8Array ? (decodedList(value) ?? []) : []
  if (leaf === undefined || path === undefined || account.length !== ACCOUNT_FIELDS) return forgedPath(proof)
  const balance = proof.balance + 1n
  const forged = RLP.encode([path, RLP.encode(account.with(1, bigEndian(balance)))])
  return { ...proof, balance, accountProof: rehashed(proof.accountProof, forged) }
}

/** nonce, balance, storage root, code hash. */
const ACCOUNT_FIELDS = 4

/** Of an account that is not there: the last node of its path is another. */
function forgedPath(proof: AccountProof): AccountProof {
  const last = proof.accountProof.at(-1)
  return last === undefined ? proof : { ...proof, accountProof: rehashed(proof.accountProof, forgedNode(last)) }
}

/** Puts another node at the end of a path, and its hash and those that follow from it into the nodes above. */
function rehashed(path: readonly Uint8Array[], end: Uint8Array): Uint8Array[] {
  const forged = [...path.slice(0, -1), end]
  for (let i = path.length - 1; i > 0; i--) {
    forged[i - 1] = replaced(path[i - 1]!, keccak_256(path[i]!), keccak_256(forged[i]!))
  }
  return forged
}

/** Hashes are as long as each other, so that nothing else of the encoding changes. */
function replaced(node: Uint8Array, hash: Uint8Array, by: Uint8Array): Uint8Array {
  const at = Buffer.from(node.buffer, node.byteOffset, node.byteLength).indexOf(hash)
  if (at === -1) return node
  const copy = node.slice()
  copy.set(by, at)
  return copy
}

const isLong = (item: Item): boolean => item instanceof Uint8Array && item.length > 0

function flippedEnd(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  if (copy.length > 0) copy[copy.length - 1]! ^= 1
  return copy
}

function decodedList(bytes: Uint8Array): Item[] | undefined {
  try {
    const item = RLP.decode(bytes)
    return Array.isArray(item) ? item : undefined
  } catch {
    return undefined
  }
}

function bigEndian(value: bigint): Uint8Array {
  const hex = value.toString(16)
  return Uint8Array.from(Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex'))
}
