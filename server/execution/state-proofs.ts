/** Proofs from a state: paths of keys, accounts as EIP-1186 has them, and ranges of leaves. */
import type { AddressBytes, Hash } from '../../src/chain/bytes.ts'
import { decodeAccount } from '../../src/state/account-codec.ts'
import { findProof, type AccountProof, type Found, type ProvenState } from '../../src/state/account-proof.ts'
import { DataFaultError } from '../../src/state/data-fault.ts'
import type { AccountValue } from '../../src/state/flat-reader.ts'
import { RecordingNodeSource } from '../../src/state/recording-source.ts'
import type { NodeSource } from '../../src/state/trie/node-source.ts'
import { EMPTY_ROOT, PartialTrie } from '../../src/state/trie/partial-trie.ts'
import { UnavailableError, type LeafRange, type PathKeys, type RangeRequest } from './execution-source.ts'
import { compareKeys, KEY_BYTES, type Leaf } from './state/leaf-run.ts'

/** Accounts and slots in one request; 60 Mgas touch 28,571 cold at 2,100 each, and such a block has a witness. */
const MAX_PATHS = 16_384
/** Of nodes in one answer. */
const MAX_PATH_BYTES = 8 * 1024 * 1024
/** Of leaves in one answer, whatever is asked for: the least that devp2p's snap/1 servers give, four times. */
const MAX_RANGE_BYTES = 2 * 1024 * 1024

/**
 * Each node once, parents before children. A key that is absent has the path that proves it; of an absent account the
 * slots are left out.
 * @throws {UnavailableError} for too many keys or too large an answer: ask in parts
 */
export function provePaths(state: ProvenState, keys: readonly PathKeys[]): readonly Uint8Array[] {
  const count = keys.reduce((sum, { slots }) => sum + 1 + slots.length, 0)
  if (count > MAX_PATHS) throw new UnavailableError(`${count} paths are asked for; at most ${MAX_PATHS} at a time`)
  const nodes = new BoundedNodes(state.nodes)
  const recorded = new RecordingNodeSource(nodes)
  const accounts = openTrie(state, state.root, recorded)
  for (const { account, slots } of keys) {
    const leaf = accounts.get(account)
    if (leaf === undefined || slots.length === 0) continue
    const storage = openTrie(state, decodeAccount(leaf).storageRoot, recorded, account)
    for (const slot of slots) storage.get(slot)
  }
  return recorded.read().map(({ bytes }) => bytes)
}

/** Counts what is read, and stops a request whose answer would be too large. */
class BoundedNodes implements NodeSource {
  #bytes = 0

  constructor(private readonly source: NodeSource) {}

  node(hash: Hash): Uint8Array | undefined {
    const bytes = this.source.node(hash)
    this.#bytes += bytes?.length ?? 0
    if (this.#bytes > MAX_PATH_BYTES)
      throw new UnavailableError(`the paths have more than ${MAX_PATH_BYTES} bytes; ask in parts`)
    return bytes
  }
}

/** For what throws a {@link DataFaultError}. */
export async function unlessMissing<T>(use: () => T | Promise<T>): Promise<Found<T>> {
  try {
    return { kind: 'found', value: await use() }
  } catch (error) {
    if (error instanceof DataFaultError) return { kind: 'missing', fault: error.fault }
    throw error
  }
}

/** Of an account that does not exist: zeros, as clients answer, with the proof that it is absent. @throws {DataFaultError} */
export function proveAccount(state: ProvenState, address: AddressBytes, slots: readonly Hash[]): AccountProof {
  const found = findProof(state, address, slots)
  if (found.kind === 'missing') throw new DataFaultError(found.fault)
  return found.value
}

/** What an account is after the block; undefined: it does not exist. */
export function readAccount(state: ProvenState, address: AddressBytes): AccountValue | undefined {
  const leaf = openTrie(state, state.root, state.nodes).get(state.keccak(address), { account: address })
  return leaf && decodeAccount(leaf)
}

/** @param leaves of the trie asked for, from the request's origin on; read only while this runs */
export function proveRange(state: ProvenState, request: RangeRequest, leaves: Iterable<Leaf>): LeafRange {
  const { account, origin, limit } = request
  const maxBytes = Math.min(request.maxBytes, MAX_RANGE_BYTES)
  const taken: { readonly key: Hash; readonly value: Uint8Array }[] = []
  let size = 0
  let isWholeTail = true
  for (const { key, value } of leaves) {
    const last = taken.at(-1)
    if (last !== undefined && (size > maxBytes || compareKeys(last.key, limit) >= 0)) {
      isWholeTail = false
      break
    }
    taken.push({ key: key.slice() as Hash, value: value.slice() })
    size += key.length + value.length
  }
  if (isWholeTail && isFirstKey(origin)) return { leaves: taken, proof: [] }
  const root = account === undefined ? state.root : storageRootOf(state, account)
  const recorded = new RecordingNodeSource(state.nodes)
  const trie = openTrie(state, root, recorded, account)
  trie.get(origin)
  const last = taken.at(-1)
  if (last !== undefined) trie.get(last.key)
  return { leaves: taken, proof: recorded.read().map(({ bytes }) => bytes) }
}

function storageRootOf(state: ProvenState, account: Hash): Hash {
  const leaf = openTrie(state, state.root, state.nodes).get(account)
  return leaf === undefined ? EMPTY_ROOT : decodeAccount(leaf).storageRoot
}

function isFirstKey(key: Hash): boolean {
  return compareKeys(key, FIRST_KEY) === 0
}

const FIRST_KEY = new Uint8Array(KEY_BYTES)

function openTrie(state: ProvenState, root: Hash, source: NodeSource, owner?: Hash): PartialTrie {
  return new PartialTrie({ root, source, keccak: state.keccak, ...(owner && { owner }) })
}
