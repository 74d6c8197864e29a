/**
 * The state that one block is verified on: nodes and codes at hand from the store, else from what came with the block, else
 * a data fault. Keeps track of what was really read and where it came from, because only that is worth keeping.
 */
import { asHash, type Hash, type Keccak } from '../chain/bytes.ts'
import type { OpenState } from '../execution/block/verify-block.ts'
import type { KnownValues } from '../execution/remote/evm-messages.ts'
import { CodeBag, NodeBag } from '../state/content-bag.ts'
import { DataFaultError, type DataFault } from '../state/data-fault.ts'
import type { FlatReader, MaybePromise } from '../state/flat-reader.ts'
import { hashKey } from '../state/hash-key.ts'
import { RecordingCodeSource, RecordingNodeSource } from '../state/recording-source.ts'
import { StateTrie, type StateCommit } from '../state/state-trie.ts'
import type { WitnessMetadata } from '../state/store/store.ts'
import type { HashedBytes } from '../state/trie/node-source.ts'
import { knownValues } from './known-values.ts'

export interface BlockWitness {
  readonly nodes: readonly Uint8Array[]
  readonly codes: readonly Uint8Array[]
}

/**
 * Where what is missing is looked for, by hash; a {@link Store} is one. What it gives has the hash that was asked for.
 * `wanted` says what for, in the order of the hashes: of some who have it one can only ask by account and slot.
 */
export interface ContentReader {
  getNodes(hashes: readonly Hash[], wanted?: readonly NodeFault[]): Promise<(Uint8Array | undefined)[]>
  getCodes(hashes: readonly Hash[], wanted?: readonly CodeFault[]): Promise<(Uint8Array | undefined)[]>
}

export type NodeFault = Extract<DataFault, { readonly kind: 'node' }>
export type CodeFault = Extract<DataFault, { readonly kind: 'code' }>

export interface BlockStateOptions {
  readonly keccak: Keccak
  /** Undefined in a tab that does not lead. */
  readonly store: ContentReader | undefined
  /** What came with the block; hashed when something is first missing elsewhere. */
  readonly witness: BlockWitness | undefined
}

/** Always: every node and code it answers with has the hash it was asked for by. */
export class BlockState {
  private readonly held = new Map<string, Uint8Array>()
  private bag: { readonly nodes: NodeBag; readonly codes: CodeBag } | undefined
  private readonly nodes = new RecordingNodeSource({ node: (hash) => this.find(hash, 'nodes') })
  private readonly codes = new RecordingCodeSource({ code: (hash) => this.find(hash, 'codes') })
  private trie: StateTrie | undefined

  constructor(private readonly options: BlockStateOptions) {}

  /** Hashes what came with the block now instead of at the first miss. */
  hashWitness(): void {
    const { witness, keccak } = this.options
    if (this.bag !== undefined || witness === undefined) return
    this.bag = { nodes: NodeBag.from(witness.nodes, keccak), codes: CodeBag.from(witness.codes, keccak) }
  }

  /** Takes from the store, in two batched reads, what an earlier execution of the block read. */
  async loadWitness({ nodes, codes }: WitnessMetadata): Promise<void> {
    const { store } = this.options
    if (store === undefined) return
    this.hold(nodes, await store.getNodes(nodes))
    this.hold(codes, await store.getCodes(codes))
  }

  open(root: Hash): OpenState & { readonly reader: FlatReader } {
    const trie = new StateTrie({ root, nodes: this.nodes, codes: this.codes, keccak: this.options.keccak })
    this.trie = trie
    return {
      reader: this.reader(trie),
      applyWrites: (writes) => this.withStore(() => trie.applyWrites(writes)),
      root: () => trie.root(),
      nodesRead: () => this.nodes.read().length,
    }
  }

  /** Values below `root` that the nodes at hand prove already. Looking does not count as reading. */
  knownValues(root: Hash): KnownValues {
    return knownValues(root, { node: (hash) => this.find(hash, 'nodes') })
  }

  /**
   * Code that was run from an EVM worker's cache counts as read, and is kept with the block like any other.
   * @throws {Error} for code that does not have its hash: a mistake of the worker
   */
  admitCodes(codes: readonly HashedBytes[]): void {
    for (const { hash, bytes } of codes) {
      if (hashKey(asHash(this.options.keccak(bytes))) !== hashKey(hash))
        throw new Error('an EVM worker holds code under a wrong hash')
      if (this.codes.code(hash) !== undefined) continue
      this.held.set(hashKey(hash), bytes)
      this.codes.code(hash)
    }
  }

  /** New nodes and codes of the writes applied so far. */
  commit(): StateCommit {
    if (this.trie === undefined) throw new Error('no state has been opened')
    return this.trie.commit()
  }

  read(): {
    readonly nodes: readonly HashedBytes[]
    readonly codes: readonly HashedBytes[]
    readonly nodesFromStore: number
  } {
    const nodes = this.nodes.read()
    return {
      nodes,
      codes: this.codes.read(),
      nodesFromStore: nodes.filter(({ hash }) => this.held.has(hashKey(hash))).length,
    }
  }

  private find(hash: Hash, kind: 'nodes' | 'codes'): Uint8Array | undefined {
    const held = this.held.get(hashKey(hash))
    if (held !== undefined) return held
    this.hashWitness()
    return kind === 'nodes' ? this.bag?.nodes.node(hash) : this.bag?.codes.code(hash)
  }

  private reader(trie: StateTrie): FlatReader {
    return {
      account: (address) => this.readThrough(() => trie.account(address)),
      storage: (address, slot) => this.readThrough(() => trie.storage(address, slot)),
      code: (codeHash, address) => this.readThrough(() => trie.code(codeHash, address)),
    }
  }

  /** At once when everything is at hand. */
  private readThrough<T>(read: () => T): MaybePromise<T> {
    try {
      return read()
    } catch (error) {
      return this.recover(error, read)
    }
  }

  private async withStore<T>(read: () => T): Promise<T> {
    return this.readThrough(read)
  }

  /** Fetches what is missing and tries again, as often as a further node turns out to be missing and is found. */
  private async recover<T>(error: unknown, read: () => T): Promise<T> {
    let reason = error
    while (reason instanceof DataFaultError && (await this.fetch(reason))) {
      try {
        return read()
      } catch (next) {
        reason = next
      }
    }
    throw reason
  }

  /** Whether the store had at least one of the missing pieces. */
  private async fetch({ fault, others }: DataFaultError): Promise<boolean> {
    const { store } = this.options
    if (store === undefined) return false
    const faults = [fault, ...others]
    const nodes = faults.filter((fault) => fault.kind === 'node')
    const codes = faults.filter((fault) => fault.kind === 'code')
    const before = this.held.size
    const [nodeHashes, codeHashes] = [nodes.map(hashOf), codes.map(hashOf)]
    this.hold(nodeHashes, await store.getNodes(nodeHashes, nodes))
    this.hold(codeHashes, await store.getCodes(codeHashes, codes))
    return this.held.size > before
  }

  private hold(hashes: readonly Hash[], contents: readonly (Uint8Array | undefined)[]): void {
    for (const [index, bytes] of contents.entries())
      if (bytes !== undefined) this.held.set(hashKey(hashes[index]!), bytes)
  }
}

const hashOf = ({ hash }: NodeFault | CodeFault): Hash => hash
