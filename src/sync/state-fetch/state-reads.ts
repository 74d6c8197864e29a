/** The parent state as execution reads it: a read waits until what it lacks has come, and what is read is noted. */
import type { Hash, Keccak } from '../../chain/bytes.ts'
import type { OpenState } from '../../execution/block/verify-block.ts'
import type { ContentFault } from '../../network/on-demand/state-fetcher.ts'
import { DataFaultError } from '../../state/data-fault.ts'
import type { MaybePromise } from '../../state/flat-reader.ts'
import { hashKey } from '../../state/hash-key.ts'
import { RecordingCodeSource, RecordingNodeSource } from '../../state/recording-source.ts'
import { StateTrie, type StateCommit } from '../../state/state-trie.ts'
import type { HashedBytes } from '../../state/trie/node-source.ts'
import { contentFaults, withSlot } from './content-faults.ts'
import { StateUnavailableError } from './fetch-error.ts'
import type { HeldContents } from './held-contents.ts'

/** What a block's execution has read. */
export interface BlockReads {
  readonly nodes: readonly HashedBytes[]
  readonly codes: readonly HashedBytes[]
}

export interface StateReadsOptions {
  readonly root: Hash
  readonly keccak: Keccak
  readonly held: HeldContents
  /** Brings what faults name; tells those that could not be had, and what servers said. */
  readonly resolve: (
    faults: readonly ContentFault[],
  ) => Promise<{ readonly missing: readonly ContentFault[]; readonly reasons: readonly string[] }>
}

export class StateReads {
  readonly #nodes: RecordingNodeSource
  readonly #codes: RecordingCodeSource
  #trie: StateTrie | undefined
  #nodesFromStore = 0

  constructor(private readonly options: StateReadsOptions) {
    const { held } = options
    const find = (hash: Hash) => held.find(hash)
    this.#nodes = new RecordingNodeSource({ node: find }, (hash) => {
      if (!held.wasFetched(hash)) this.#nodesFromStore += 1
    })
    this.#codes = new RecordingCodeSource({ code: find })
  }

  /** Reads reject with a {@link StateUnavailableError} for what cannot be had. */
  open(): OpenState {
    const { root, keccak } = this.options
    const trie = new StateTrie({ root, nodes: this.#nodes, codes: this.#codes, keccak })
    this.#trie = trie
    return {
      reader: {
        account: (address) => this.#read(() => trie.account(address)),
        storage: (address, slot) => this.#read(() => trie.storage(address, slot), slot),
        code: (codeHash, address) => this.#read(() => trie.code(codeHash, address)),
      },
      applyWrites: async (writes) => this.#read(() => trie.applyWrites(writes)),
      root: () => trie.root(),
      nodesRead: () => this.#nodes.size,
    }
  }

  /**
   * Code that was run from an EVM worker's cache counts as read, and is kept with the block like any other.
   * @throws {Error} for code that does not have its hash: a mistake of the worker
   */
  admitCodes(codes: readonly HashedBytes[]): void {
    const { keccak, held } = this.options
    for (const { hash, bytes } of codes) {
      if (hashKey(keccak(bytes) as Hash) !== hashKey(hash))
        throw new Error('an EVM worker holds code under a wrong hash')
      held.hold({ hash, bytes })
      this.#codes.code(hash)
    }
  }

  /** What the states that were opened have read: no more and no less than the block needs. */
  read(): BlockReads {
    return { nodes: this.#nodes.read(), codes: this.#codes.read() }
  }

  /** Of the nodes read, those that had not come for this block when they were read first. Counted as they are read: asked with each report. */
  get nodesFromStore(): number {
    return this.#nodesFromStore
  }

  /** New nodes and codes of the state that was opened last. */
  commit(): StateCommit {
    if (this.#trie === undefined) throw new Error('no state has been opened')
    return this.#trie.commit()
  }

  /** At once where everything is at hand. */
  #read<T>(read: () => T, slot?: Uint8Array): MaybePromise<T> {
    try {
      return read()
    } catch (error) {
      return this.#recover(error, read, slot)
    }
  }

  /** Goes on at the same read, as often as a further node turns out to be missing and is found. */
  async #recover<T>(error: unknown, read: () => T, slot: Uint8Array | undefined): Promise<T> {
    let reason = error
    while (reason instanceof DataFaultError) {
      const faults = contentFaults(reason)
      if (faults.length === 0) throw reason
      // With the slot that it is for, the account's path and the slot's are one trip.
      const wanted = slot === undefined ? faults : faults.map((fault) => withSlot(fault, slot))
      const { missing, reasons } = await this.options.resolve(wanted)
      const [first] = missing
      if (first !== undefined) throw new StateUnavailableError(first, reasons)
      try {
        return read()
      } catch (next) {
        reason = next
      }
    }
    throw reason
  }
}
