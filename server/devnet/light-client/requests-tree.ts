/** The tree of ExecutionRequests (consensus-specs, Electra; with builders' requests and progressive lists in Gloas). */
import { bytesToHex } from '@ethereumjs/util'
import { isAtLeast } from '../../../src/chain/beacon-config.ts'
import type { ForkName } from '../../../src/chain/network.ts'
import type { MerkleNode } from '../../../src/consensus/multiproof/merkle-node.ts'
import { bytesTree, container, listTree, progressiveContainer, progressiveListTree } from './hash-tree-root.ts'

/**
 * @param requests type byte and data of each kind that is not empty (EIP-7685)
 * @throws {RangeError} for requests that the fork does not know, or that are no whole items
 */
export function requestsTree(fork: ForkName, requests: readonly Uint8Array[]): MerkleNode {
  const isGloas = isAtLeast(fork, 'gloas')
  const kinds = isGloas ? KINDS : KINDS.slice(0, ELECTRA_KINDS)
  const unknown = requests.find(([type = KINDS.length]) => type >= kinds.length)
  if (unknown !== undefined) throw new RangeError(`${fork} knows no request ${bytesToHex(unknown.subarray(0, 1))}`)
  const lists = kinds.map(({ fields, limit }, type) => {
    const data = requests.find(([of]) => of === type)?.subarray(1) ?? new Uint8Array()
    const items = itemTrees(data, fields)
    return isGloas ? progressiveListTree(items) : listTree(items, limit)
  })
  return isGloas ? progressiveContainer(lists) : container(lists)
}

/**
 * By type byte: the lengths of an item's fields (48 a public key, 32 credentials, 8 an amount or index, 96 a signature,
 * 20 an address), and the limit of the list in Electra as a power of two (MAX_DEPOSIT_, MAX_WITHDRAWAL_ and
 * MAX_CONSOLIDATION_REQUESTS_PER_PAYLOAD).
 */
const KINDS = [
  { fields: [48, 32, 8, 96, 8], limit: 13 },
  { fields: [20, 48, 8], limit: 4 },
  { fields: [20, 48, 48], limit: 1 },
  { fields: [48, 32, 8, 96], limit: 0 },
  { fields: [20, 48], limit: 0 },
] as const
const ELECTRA_KINDS = 3

function itemTrees(data: Uint8Array, fields: readonly number[]): MerkleNode[] {
  const size = fields.reduce((sum, length) => sum + length, 0)
  if (data.length % size !== 0) throw new RangeError(`${data.length} bytes of requests, expected a multiple of ${size}`)
  return Array.from({ length: data.length / size }, (_, i) => {
    let at = i * size
    // A number is little-endian already, and so its own chunk.
    return container(fields.map((length) => bytesTree(data.subarray(at, (at += length)))))
  })
}
