/** EIP-1186: an account, and slots of its storage, with the nodes that prove each of them present or absent. */
import { bytesToBigInt } from '@ethereumjs/util'
import type { AddressBytes, Hash, Keccak } from '../chain/bytes.ts'
import { decodeAccount, decodeStorageValue } from './account-codec.ts'
import type { DataFault } from './data-fault.ts'
import type { AccountValue } from './flat-reader.ts'
import { EMPTY_CODE_HASH } from './state-trie.ts'
import type { AskedFor, NodeSource } from './trie/node-source.ts'
import { EMPTY_ROOT, PartialTrie } from './trie/partial-trie.ts'

export interface AccountProof {
  readonly address: AddressBytes
  readonly nonce: bigint
  readonly balance: bigint
  readonly storageHash: Hash
  readonly codeHash: Hash
  /** RLP of nodes, from the root on; those that are embedded in their parents are in these. */
  readonly accountProof: readonly Uint8Array[]
  readonly storage: readonly {
    readonly slot: Hash
    readonly value: bigint
    readonly proof: readonly Uint8Array[]
  }[]
}

export interface ProvenState {
  readonly root: Hash
  readonly nodes: NodeSource
  readonly keccak: Keccak
}

/** Of a state that may be held in part. */
export type Found<T> =
  { readonly kind: 'found'; readonly value: T } | { readonly kind: 'missing'; readonly fault: DataFault }

const ABSENT: AccountValue = { nonce: 0n, balance: 0n, storageRoot: EMPTY_ROOT, codeHash: EMPTY_CODE_HASH }

/**
 * Of an account that does not exist: zeros, as clients answer, with the proof that it is absent. What is missing is told
 * and not thrown: whoever holds a part of a state misses most of hundreds of keys, and an error for each costs more than
 * a proof.
 * @throws {MalformedNodeError} {MalformedValueError}
 */
export function findProof(state: ProvenState, address: AddressBytes, slots: readonly Hash[]): Found<AccountProof> {
  const key = state.keccak(address) as Hash
  const found = findPath(state, { root: state.root, key, askedFor: { account: address } })
  if (found.kind === 'missing') return found
  const { leaf, nodes: accountProof } = found.value
  const { nonce, balance, storageRoot, codeHash } = leaf === undefined ? ABSENT : decodeAccount(leaf)
  const storage: AccountProof['storage'][number][] = []
  for (const slot of slots) {
    const askedFor = { account: address, slot }
    const path = findPath(state, { root: storageRoot, key: state.keccak(slot) as Hash, owner: key, askedFor })
    if (path.kind === 'missing') return path
    const { leaf, nodes } = path.value
    storage.push({ slot, value: leaf === undefined ? 0n : bytesToBigInt(decodeStorageValue(leaf)), proof: nodes })
  }
  return {
    kind: 'found',
    value: { address, nonce, balance, storageHash: storageRoot, codeHash, accountProof, storage },
  }
}

interface Sought {
  readonly root: Hash
  readonly key: Hash
  readonly askedFor: AskedFor
  /** Of a storage trie: the account's hashed address. */
  readonly owner?: Hash
}

interface Path {
  /** Undefined: the nodes prove that there is none. */
  readonly leaf: Uint8Array | undefined
  readonly nodes: readonly Uint8Array[]
}

/** One lookup in a trie of its own asks for each node of the path once, from the root on: that is the proof. */
function findPath({ nodes, keccak }: ProvenState, { root, key, owner, askedFor }: Sought): Found<Path> {
  const noted = new NotedNodes(nodes)
  const trie = new PartialTrie({ root, source: noted, keccak, ...(owner && { owner }) })
  const found = trie.lookup(key, askedFor)
  if (found.kind === 'missing') return found
  return { kind: 'found', value: { leaf: found.kind === 'found' ? found.value : undefined, nodes: noted.nodes } }
}

/** Notes what is read, in the order of reading. */
class NotedNodes implements NodeSource {
  readonly nodes: Uint8Array[] = []

  constructor(private readonly source: NodeSource) {}

  node(hash: Hash): Uint8Array | undefined {
    const bytes = this.source.node(hash)
    if (bytes !== undefined) this.nodes.push(bytes)
    return bytes
  }
}
