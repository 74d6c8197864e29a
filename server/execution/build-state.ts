/** A whole state made from its accounts: what a chain begins with. */
import type { AddressBytes, Hash, Keccak } from '../../src/chain/bytes.ts'
import { encodeAccount, encodeStorageValue } from '../../src/state/account-codec.ts'
import { hashKey } from '../../src/state/hash-key.ts'
import { EMPTY_CODE_HASH } from '../../src/state/state-trie.ts'
import { buildTrie } from './state/build-trie.ts'
import { CodeTable } from './state/code-table.ts'
import { compareKeys, type Leaf } from './state/leaf-run.ts'
import { NodeTable } from './state/node-table.ts'
import { SortedLeaves } from './state/sorted-leaves.ts'

export interface GenesisAccount {
  readonly address: AddressBytes
  readonly nonce: bigint
  /** wei */
  readonly balance: bigint
  /** Left out: none. */
  readonly code?: Uint8Array
  /** Slots of 32 bytes with their values, big-endian without leading zeros, never empty; left out: none. */
  readonly storage?: Iterable<readonly [slot: Uint8Array, value: Uint8Array]>
}

/** A state built here, whole: its root proves every node in it. Whoever opens a database on it takes it over. */
export interface BuiltState {
  readonly kind: 'built'
  readonly root: Hash
  readonly nodes: NodeTable
  readonly codes: CodeTable
  readonly accounts: SortedLeaves
  /** By `hashKey` of the hashed address; only of accounts that have storage. */
  readonly storages: Map<string, SortedLeaves>
}

/**
 * In one pass over the sorted leaves of each trie.
 * @param accounts in any order, none twice, no slot twice; each is looked at once
 * @throws {RangeError} for values that no state holds
 */
export function buildState(accounts: Iterable<GenesisAccount>, keccak: Keccak): BuiltState {
  const nodes = new NodeTable()
  const codes = new CodeTable()
  const storages = new Map<string, SortedLeaves>()
  const emit = (hash: Hash, bytes: Uint8Array): void => void nodes.count(hash, bytes)
  const leaves: Leaf[] = []
  for (const account of accounts) {
    const key = keccak(account.address) as Hash
    const slots = storageLeaves(account, keccak)
    const codeHash = codeHashOf(account, keccak)
    codes.count(codeHash, () => account.code!)
    if (slots.length > 0) storages.set(hashKey(key), SortedLeaves.of(slots))
    const { nonce, balance } = account
    leaves.push({
      key,
      value: encodeAccount({ nonce, balance, codeHash, storageRoot: buildTrie(slots, keccak, emit) }),
    })
  }
  sortLeaves(leaves)
  const root = buildTrie(leaves, keccak, emit)
  return { kind: 'built', root, nodes, codes, accounts: SortedLeaves.of(leaves), storages }
}

function codeHashOf({ code }: GenesisAccount, keccak: Keccak): Hash {
  return code === undefined || code.length === 0 ? EMPTY_CODE_HASH : (keccak(code) as Hash)
}

function storageLeaves({ storage = [] }: GenesisAccount, keccak: Keccak): Leaf[] {
  const leaves = Array.from(storage, ([slot, value]) => ({
    key: keccak(slot) as Hash,
    value: encodeStorageValue(value),
  }))
  return sortLeaves(leaves)
}

function sortLeaves(leaves: Leaf[]): Leaf[] {
  leaves.sort((a, b) => compareKeys(a.key, b.key))
  for (let i = 1; i < leaves.length; i++) {
    if (compareKeys(leaves[i - 1]!.key, leaves[i]!.key) === 0)
      throw new RangeError('an account or a slot is given twice')
  }
  return leaves
}
