/** What a block changes in the state: nodes and codes that come and go, and the leaves. */
import type { Hash, Keccak } from '../../../src/chain/bytes.ts'
import { decodeAccount } from '../../../src/state/account-codec.ts'
import type { CodeSource } from '../../../src/state/content-bag.ts'
import { DataFaultError } from '../../../src/state/data-fault.ts'
import type { AccountValue } from '../../../src/state/flat-reader.ts'
import { hashKey } from '../../../src/state/hash-key.ts'
import { EMPTY_CODE_HASH } from '../../../src/state/state-trie.ts'
import type { HashedBytes, NodeSource } from '../../../src/state/trie/node-source.ts'
import { EMPTY_ROOT } from '../../../src/state/trie/partial-trie.ts'
import { LeafRun, type Leaf } from './leaf-run.ts'
import { diffTries } from './trie-diff.ts'

/** Occurrences: what stands at two places, or is the code of two accounts, is listed twice. */
export interface StateChange {
  readonly addedNodes: readonly HashedBytes[]
  readonly removedNodes: readonly Hash[]
  readonly addedCodes: readonly HashedBytes[]
  readonly removedCodes: readonly Hash[]
  readonly leaves: ChangedLeaves
}

export interface ChangedLeaves {
  /** An empty value is a deletion, here and below. */
  readonly accounts: LeafRun
  /** By `hashKey` of the hashed address. */
  readonly storages: ReadonlyMap<string, LeafRun>
}

export interface StateStep {
  readonly from: Hash
  readonly to: Hash
  readonly nodes: NodeSource
  readonly codes: CodeSource
}

/** What a source gave under a hash does not have that hash. */
export class WrongNodeError extends Error {
  override name = 'WrongNodeError'
}

/**
 * Walks what differs between two states, accounts and storages. Nodes and codes that are added are hashed here, so that
 * a source is trusted for nothing.
 * @throws {DataFaultError} where a node or a code of what differs is missing
 * @throws {WrongNodeError}, {MalformedNodeError}, {MalformedValueError}
 */
export function stateChange({ from, to, nodes, codes }: StateStep, keccak: Keccak): StateChange {
  const addedNodes: HashedBytes[] = []
  const removedNodes: Hash[] = []
  const addedCodes: HashedBytes[] = []
  const removedCodes: Hash[] = []
  const accounts: Leaf[] = []
  const storages = new Map<string, LeafRun>()
  const counting = {
    added: (hash: Hash, bytes: Uint8Array): void => void addedNodes.push(checked(hash, bytes, keccak)),
    removed: (hash: Hash): void => void removedNodes.push(hash.slice() as Hash),
  }

  function compareStorages(key: Hash, before: Hash, after: Hash): void {
    const slots: Leaf[] = []
    const step = { from: before, to: after, owner: key }
    diffTries(step, nodes, { ...counting, leaf: (slot, _, value = NO_VALUE) => void slots.push({ key: slot, value }) })
    if (slots.length > 0) storages.set(hashKey(key), LeafRun.of(slots))
  }

  function compareCodes(before: Hash, after: Hash): void {
    if (hashKey(before) === hashKey(after)) return
    if (!isEmptyCode(before)) removedCodes.push(before)
    if (isEmptyCode(after)) return
    const bytes = codes.code(after)
    if (bytes === undefined) throw new DataFaultError({ kind: 'code', hash: after })
    addedCodes.push(checked(after, bytes, keccak))
  }

  diffTries({ from, to }, nodes, {
    ...counting,
    leaf(key, before, after) {
      accounts.push({ key, value: after?.slice() ?? NO_VALUE })
      const [old, now] = [accountOf(before), accountOf(after)]
      compareStorages(key, old.storageRoot, now.storageRoot)
      compareCodes(old.codeHash, now.codeHash)
    },
  })
  return { addedNodes, removedNodes, addedCodes, removedCodes, leaves: { accounts: LeafRun.of(accounts), storages } }
}

const NO_VALUE = new Uint8Array(0)

function checked(hash: Hash, bytes: Uint8Array, keccak: Keccak): HashedBytes {
  if (hashKey(keccak(bytes) as Hash) !== hashKey(hash))
    throw new WrongNodeError('a node or a code is not what its hash says')
  return { hash: hash.slice() as Hash, bytes }
}

function isEmptyCode(hash: Hash): boolean {
  return hashKey(hash) === EMPTY_CODE_KEY
}

const EMPTY_CODE_KEY = hashKey(EMPTY_CODE_HASH)

function accountOf(leaf: Uint8Array | undefined): Pick<AccountValue, 'storageRoot' | 'codeHash'> {
  return leaf === undefined ? { storageRoot: EMPTY_ROOT, codeHash: EMPTY_CODE_HASH } : decodeAccount(leaf)
}
