/**
 * The states of the newest blocks, side branches included: nodes and codes by hash, leaves in order.
 *
 * How pruning stays exact. A node is counted for each of its occurrences (a place in a trie) in the oldest state, and
 * for each occurrence that a later state adds to its parent's. What a state removes from its parent's is uncounted when
 * that state becomes the oldest: until then an older one still has it. What a dropped side branch added is uncounted
 * with it. So a node is here exactly while a state held has it, whatever the branches do.
 */
import type { Hash, Keccak } from '../../../src/chain/bytes.ts'
import { layeredCodes, type CodeSource } from '../../../src/state/content-bag.ts'
import { hashKey } from '../../../src/state/hash-key.ts'
import { layeredNodes, type NodeSource } from '../../../src/state/trie/node-source.ts'
import { EMPTY_ROOT } from '../../../src/state/trie/partial-trie.ts'
import type { BuiltState } from '../build-state.ts'
import type { SourcedState } from '../chain-input.ts'
import { CodeTable } from './code-table.ts'
import type { Leaf, LeafRun } from './leaf-run.ts'
import { mergeLeaves } from './merge-leaves.ts'
import { NodeTable, type NodeId } from './node-table.ts'
import { SortedLeaves } from './sorted-leaves.ts'
import { stateChange, type ChangedLeaves } from './state-change.ts'

/** The state after a block. */
export interface HeldState {
  /** The block's hash. */
  readonly id: Hash
  readonly root: Hash
}

export interface NewState extends HeldState {
  /** Block whose state it came from; that state is held. */
  readonly parent: Hash
  /** At least the nodes and codes that the parent's state has not. */
  readonly nodes: NodeSource
  readonly codes: CodeSource
}

/** The state of that block is not held: never was, or not any more. */
export class UnknownStateError extends Error {
  override name = 'UnknownStateError'
}

/** Nobody drops what was added, and no state more fits under the bound. */
export class TooManyStatesError extends Error {
  override name = 'TooManyStatesError'
}

/** Of all branches: four times what is kept of the canonical chain, so that only a runaway producer meets it. */
const MAX_STATES = 1024

/**
 * Always: the states held are a tree; the oldest is its root; every node and code of each is here, and none that no
 * state has (see above); `leaves` are those of the oldest state, each other state lies as changes above its parent.
 */
export class StateDatabase implements NodeSource, CodeSource {
  readonly #keccak: Keccak
  readonly #nodes: NodeTable
  readonly #codes: CodeTable
  readonly #accounts: SortedLeaves
  readonly #storages: Map<string, SortedLeaves>
  /** By `hashKey` of the block's hash. */
  readonly #states = new Map<string, State>()
  #oldest: State

  /** @param genesis taken over where it was built here; else copied, whole and checked */
  constructor(id: Hash, genesis: BuiltState | SourcedState, keccak: Keccak) {
    const built = 'kind' in genesis ? claim(genesis) : copyState(genesis, keccak)
    this.#keccak = keccak
    this.#nodes = built.nodes
    this.#codes = built.codes
    this.#accounts = built.accounts
    this.#storages = built.storages
    this.#oldest = { id, root: built.root, parent: undefined, children: new Set(), change: undefined }
    this.#states.set(hashKey(id), this.#oldest)
  }

  /** A copy. */
  node(hash: Hash): Uint8Array | undefined {
    return this.#nodes.node(hash)
  }

  /** Shared. */
  code(hash: Hash): Uint8Array | undefined {
    return this.#codes.code(hash)
  }

  get oldest(): HeldState {
    return this.#oldest
  }

  /** Undefined where it is not held. */
  state(id: Hash): HeldState | undefined {
    return this.#states.get(hashKey(id))
  }

  get size(): { readonly states: number; readonly nodes: number; readonly codes: number; readonly bytes: number } {
    const { size, bytes } = this.#nodes
    return { states: this.#states.size, nodes: size, codes: this.#codes.size, bytes }
  }

  /**
   * Takes the state after a block, or nothing of it. One that is held already stays as it is.
   * @throws {UnknownStateError} where the parent's state is not held @throws {TooManyStatesError}
   * @throws {DataFaultError} where nodes or codes lack a part of it @throws {WrongNodeError}
   */
  add({ id, root, parent: parentId, nodes, codes }: NewState): void {
    if (this.#states.has(hashKey(id))) return
    const parent = this.#known(parentId)
    if (this.#states.size >= MAX_STATES)
      throw new TooManyStatesError(`${MAX_STATES} states are held, and none was dropped`)
    const step = {
      from: parent.root,
      to: root,
      nodes: layeredNodes(this.#nodes.views, nodes),
      codes: layeredCodes(this, codes),
    }
    const change = stateChange(step, this.#keccak)
    // From here on nothing can fail: what is removed is a node of the parent's state, so it is in the table.
    const addedNodes = Uint32Array.from(change.addedNodes, ({ hash, bytes }) => this.#nodes.count(hash, bytes))
    const removedNodes = Uint32Array.from(change.removedNodes, (hash) => this.#nodes.find(hash))
    for (const { hash, bytes } of change.addedCodes) this.#codes.count(hash, () => bytes)
    const state: State = {
      id,
      root,
      parent,
      children: new Set(),
      change: {
        addedNodes,
        removedNodes,
        addedCodes: change.addedCodes.map(({ hash }) => hash),
        removedCodes: change.removedCodes,
        leaves: change.leaves,
      },
    }
    parent.children.add(state)
    this.#states.set(hashKey(id), state)
  }

  /**
   * Forgets everything before a state, and the branches that left the way to it.
   * @throws {UnknownStateError}
   */
  makeOldest(id: Hash): void {
    const way: State[] = []
    for (let state: State | undefined = this.#known(id); state !== this.#oldest; state = state?.parent) {
      if (state === undefined) throw new Error('a state that does not lead back to the oldest')
      way.push(state)
    }
    for (const next of way.reverse()) this.#moveTo(next)
  }

  /** How many states lie between a state and the oldest. @throws {UnknownStateError} */
  depthOf(id: Hash): number {
    let depth = 0
    for (let state = this.#known(id); state.parent !== undefined; state = state.parent) depth++
    return depth
  }

  /**
   * Leaves of a state in order, from the first key at or after `origin`: its accounts, or the storage of one. Views that
   * hold until the database changes: read on without waiting for anything.
   * @param account hashed address @throws {UnknownStateError}
   */
  leaves(id: Hash, account: Hash | undefined, origin: Hash): Iterable<Leaf> {
    const key = account && hashKey(account)
    const layers: LeafRun[] = []
    for (let state = this.#known(id); state.change !== undefined; state = state.parent!) {
      const { accounts, storages } = state.change.leaves
      const run = key === undefined ? accounts : storages.get(key)
      if (run !== undefined) layers.push(run)
    }
    return mergeLeaves(key === undefined ? this.#accounts : this.#storages.get(key), layers, origin)
  }

  #known(id: Hash): State {
    const state = this.#states.get(hashKey(id))
    if (state === undefined) throw new UnknownStateError('the state of that block is not held')
    return state
  }

  /** To a child of the oldest state. */
  #moveTo(next: State): void {
    for (const other of this.#oldest.children) if (other !== next) this.#drop(other)
    const { removedNodes, removedCodes, leaves } = next.change!
    for (const node of removedNodes) this.#nodes.release(node)
    for (const code of removedCodes) this.#codes.release(code)
    this.#applyLeaves(leaves)
    this.#states.delete(hashKey(this.#oldest.id))
    next.parent = undefined
    next.change = undefined
    this.#oldest = next
  }

  #drop(branch: State): void {
    const pending = [branch]
    for (let state = pending.pop(); state !== undefined; state = pending.pop()) {
      for (const node of state.change!.addedNodes) this.#nodes.release(node)
      for (const code of state.change!.addedCodes) this.#codes.release(code)
      this.#states.delete(hashKey(state.id))
      pending.push(...state.children)
    }
    branch.parent?.children.delete(branch)
  }

  #applyLeaves({ accounts, storages }: ChangedLeaves): void {
    this.#accounts.apply(accounts)
    for (const [key, changes] of storages) {
      const storage = this.#storages.get(key) ?? new SortedLeaves()
      storage.apply(changes)
      if (storage.isEmpty) this.#storages.delete(key)
      else this.#storages.set(key, storage)
    }
  }
}

interface State extends HeldState {
  parent: State | undefined
  readonly children: Set<State>
  /** Against the parent's; undefined for the oldest. */
  change: HeldChange | undefined
}

interface HeldChange {
  readonly addedNodes: ArrayLike<NodeId> & Iterable<NodeId>
  readonly removedNodes: ArrayLike<NodeId> & Iterable<NodeId>
  readonly addedCodes: readonly Hash[]
  readonly removedCodes: readonly Hash[]
  readonly leaves: ChangedLeaves
}

const claimed = new WeakSet<BuiltState>()

/** A database changes the tables it begins with, so they can be no other's. */
function claim(state: BuiltState): BuiltState {
  if (claimed.has(state)) throw new Error('this state is in use by a database: build or load another for a second one')
  claimed.add(state)
  return state
}

function copyState({ root, nodes: from, codes: code }: SourcedState, keccak: Keccak): BuiltState {
  const change = stateChange({ from: EMPTY_ROOT, to: root, nodes: from, codes: code }, keccak)
  const nodes = new NodeTable()
  const codes = new CodeTable()
  const accounts = new SortedLeaves()
  const storages = new Map<string, SortedLeaves>()
  for (const { hash, bytes } of change.addedNodes) nodes.count(hash, bytes)
  for (const { hash, bytes } of change.addedCodes) codes.count(hash, () => bytes)
  accounts.apply(change.leaves.accounts)
  for (const [key, leaves] of change.leaves.storages) {
    const storage = new SortedLeaves()
    storage.apply(leaves)
    storages.set(key, storage)
  }
  return { kind: 'built', root, nodes, codes, accounts, storages }
}
