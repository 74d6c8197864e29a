/**
 * Encoded node to node, strictly: what an Ethereum trie cannot contain is refused, because the trie's own operations
 * rely on its shape. Children that are hashes stay offsets; embedded children (below 32 bytes) are decoded with their
 * parent, so that every mistake is found while the hash it belongs to is known.
 */
import { RlpError, enterList, isListAt, itemEnd, payloadStart } from '../rlp.ts'
import type { Hash } from '../../chain/bytes.ts'
import { HASH_LENGTH } from './encode-node.ts'
import { compactKind, fromCompact } from './nibbles.ts'
import { NO_CHILD, RADIX, branch, extension, hashNode, leaf } from './node.ts'
import type { Branch, Extension, Leaf, LoadedNode, Node } from './node.ts'

/** RLP prefix of a 32-byte string. */
const HASH_PREFIX = 0xa0
const EMPTY_STRING = 0x80

/**
 * @param bytes kept, not copied: they must not change afterwards
 * @throws {RlpError} when the bytes are not one canonical leaf, extension or branch
 */
export function decodeNode(bytes: Uint8Array): LoadedNode {
  const start = enterList(bytes)
  const second = itemEnd(bytes, start, bytes.length)
  if (second === bytes.length) throw new RlpError('a list of 1 item; a node has 2 or 17')
  const end = itemEnd(bytes, second, bytes.length)
  return end === bytes.length ? decodePathNode(bytes, start, second) : decodeBranch(bytes, start)
}

function decodePathNode(bytes: Uint8Array, first: number, second: number): Leaf | Extension {
  if (isListAt(bytes, first)) throw new RlpError('a list where a path should be')
  const pathStart = payloadStart(bytes, first)
  const kind = compactKind(pathStart === second ? undefined : bytes[pathStart])
  const path = fromCompact(bytes, pathStart, second)
  if (kind === 'leaf') {
    if (isListAt(bytes, second)) throw new RlpError('a list where the value of a leaf should be')
    const value = bytes.subarray(payloadStart(bytes, second))
    if (value.length === 0) throw new RlpError('a leaf without a value')
    return leaf(path, value)
  }
  if (path.length === 0) throw new RlpError('an extension with an empty path')
  const child = decodeExtensionChild(bytes, second)
  if (child.kind !== 'hash' && child.kind !== 'branch') throw new RlpError(`an extension that leads to a ${child.kind}`)
  return extension(path, child)
}

function decodeExtensionChild(bytes: Uint8Array, at: number): Node {
  if (bytes[at] === HASH_PREFIX) return hashNode(bytes.subarray(at + 1) as Hash)
  if (!isListAt(bytes, at)) throw new RlpError('an extension whose child is neither a hash nor a node')
  return decodeEmbedded(bytes.subarray(at))
}

function decodeBranch(bytes: Uint8Array, first: number): Branch {
  const children: (Node | number)[] = new Array<number>(RADIX).fill(NO_CHILD)
  let occupied = 0
  let at = first
  for (let nibble = 0; nibble < RADIX; nibble++) {
    if (at === bytes.length) throw new RlpError(`a list of ${nibble} items; a node has 2 or 17`)
    const prefix = bytes[at]!
    if (prefix === EMPTY_STRING) {
      at++
      continue
    }
    const end = itemEnd(bytes, at, bytes.length)
    if (prefix === HASH_PREFIX) children[nibble] = at + 1
    else if (isListAt(bytes, at)) children[nibble] = decodeEmbedded(bytes.subarray(at, end))
    else throw new RlpError(`child ${nibble} of a branch is neither empty, nor a hash, nor a node`)
    occupied++
    at = end
  }
  if (at === bytes.length) throw new RlpError(`a list of ${RADIX} items; a node has 2 or 17`)
  if (isListAt(bytes, at)) throw new RlpError('a list where the value of a branch should be')
  const end = itemEnd(bytes, at, bytes.length)
  if (end !== bytes.length) throw new RlpError('a list of more than 17 items')
  const value = bytes[at] === EMPTY_STRING ? undefined : bytes.subarray(payloadStart(bytes, at))
  if (occupied + (value === undefined ? 0 : 1) < 2)
    throw new RlpError(`a branch with ${occupied} children and no value`)
  return branch(children, value, bytes)
}

function decodeEmbedded(bytes: Uint8Array): Node {
  if (bytes.length >= HASH_LENGTH) throw new RlpError(`an embedded node of ${bytes.length} bytes; they are below 32`)
  const node = decodeNode(bytes)
  node.ref = bytes
  return node
}
