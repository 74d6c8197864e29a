/**
 * A chain of recorded blocks, served from their files: what a node has of them and of the states before and after each, as
 * far as it was recorded.
 */
import { bytesToHex } from '@ethereumjs/util'
import type { AddressBytes, Hash } from '../../../src/chain/bytes.ts'
import type { ExecutionNetwork } from '../../../src/chain/network.ts'
import type { WasmCrypto } from '../../../src/execution/crypto/wasm-crypto.ts'
import { equalBytes } from '../../../src/execution/words.ts'
import type { MessageCall } from '../../../src/network/on-demand/rpc-access-list.ts'
import { findProof, type AccountProof, type Found, type ProvenState } from '../../../src/state/account-proof.ts'
import type { DataFault } from '../../../src/state/data-fault.ts'
import { hashKey } from '../../../src/state/hash-key.ts'
import { EMPTY_CODE_HASH } from '../../../src/state/state-trie.ts'
import {
  UnavailableError,
  type AccessListResult,
  type ExecutionBlock,
  type ExecutionHeader,
  type ExecutionNews,
  type ExecutionSource,
  type ExecutionStatus,
  type LeafRange,
  type PathKeys,
  type ServedKinds,
  type TransactionPrestate,
  type Witness,
} from '../../execution/execution-source.ts'
import { createAccessList } from '../../execution/access-list.ts'
import { provePaths, readAccount, unlessMissing } from '../../execution/state-proofs.ts'
import { AccessLists } from './access-lists.ts'
import { missingKey, missingPath } from './missing-key.ts'
import { OpenFiles } from './open-files.ts'
import type { Bags, RecordedFile } from './recorded-file.ts'
import { indexFolder, type RecordedBlock, type RecordedIndex } from './recorded-index.ts'
import { recordedWitness } from './recorded-witness.ts'
import { servedUpTo } from './served-up-to.ts'

export class RecordedExecution implements ExecutionSource {
  readonly software = 'beamtab-recorded'
  readonly #files: OpenFiles
  readonly #accessLists: AccessLists
  readonly #listeners = new Set<(news: ExecutionNews) => void>()
  #serves: ServedKinds
  #head: ExecutionBlock

  private constructor(
    readonly network: ExecutionNetwork,
    private readonly index: RecordedIndex,
    private readonly crypto: WasmCrypto,
    first: { readonly files: OpenFiles; readonly head: ExecutionBlock },
  ) {
    this.#files = first.files
    this.#accessLists = new AccessLists(crypto.keccak)
    this.#head = first.head
    this.#serves = servedUpTo(index, first.head)
  }

  /** Reads every file of the network once. Its last block is the head. @throws {RecordedFolderError} */
  static async open(folder: string, network: ExecutionNetwork, crypto: WasmCrypto): Promise<RecordedExecution> {
    const index = await indexFolder(folder, network, crypto)
    const files = new OpenFiles(network, crypto)
    const { block: head } = await files.get(index.blocks.at(-1)!)
    return new RecordedExecution(network, index, crypto, { files, head })
  }

  /** Blocks of the chain by their numbers, whatever the head is. */
  get blocks(): readonly ExecutionHeader[] {
    return this.index.blocks
  }

  /** Files of the network that are not in the chain, each with the reason. */
  get leftOut(): RecordedIndex['leftOut'] {
    return this.index.leftOut
  }

  /** Makes one of {@link blocks} the head; those after it are not there yet. @throws {UnavailableError} */
  async setHead(hash: Hash): Promise<void> {
    const old = this.#head
    const { block: head } = await this.#file(hash)
    if (equalBytes(old.hash, head.hash)) return
    const between = (after: number, last: number) =>
      this.index.blocks.filter(({ number }) => number > after && number <= last)
    const added = await Promise.all(between(old.number, head.number).map(async (one) => this.#whole(one)))
    const removed = await Promise.all(between(head.number, old.number).map(async (one) => this.#whole(one)))
    this.#head = head
    this.#serves = servedUpTo(this.index, head)
    for (const listener of this.#listeners) listener({ kind: 'head', head, added, removed: removed.reverse() })
  }

  status(): ExecutionStatus {
    // Nobody recorded what was final: all of it was, long ago.
    return { genesisHash: undefined, head: this.#head, safe: this.#head, finalized: this.#head, serves: this.#serves }
  }

  headerByHash(hash: Hash): ExecutionHeader {
    const header = this.index.headers.get(hashKey(hash))
    if (header !== undefined) return header
    throw new UnavailableError(`the header of block ${bytesToHex(hash)} was not recorded`)
  }

  headerByNumber(number: number): ExecutionHeader | undefined {
    if (number > this.#head.number) return undefined
    const header = this.index.canonical.get(number)
    if (header !== undefined) return header
    throw new UnavailableError(`the header of block ${number} was not recorded`)
  }

  async blockByHash(hash: Hash): Promise<ExecutionBlock> {
    return (await this.#file(hash)).block
  }

  async blockByNumber(number: number): Promise<ExecutionBlock | undefined> {
    if (number > this.#head.number) return undefined
    const block = this.index.blocks.find((one) => one.number === number)
    if (block !== undefined) return this.#whole(block)
    throw new UnavailableError(`block ${number} was not recorded`)
  }

  async receipts(blockHash: Hash): Promise<readonly Uint8Array[]> {
    const { trace } = await (await this.#file(blockHash)).executed()
    return trace.receipts
  }

  locateTransaction(hash: Hash): { readonly blockHash: Hash; readonly index: number } {
    const place = this.index.transactions.get(hashKey(hash))
    if (place === undefined || place.block.number > this.#head.number)
      throw new UnavailableError(`transaction ${bytesToHex(hash)} is in no recorded block up to the head`)
    return { blockHash: place.block.hash, index: place.index }
  }

  async witness(blockHash: Hash): Promise<Witness> {
    const file = await this.#file(blockHash)
    const { trace } = await file.executed()
    return recordedWitness(file.block, trace, this.#recorded(blockHash).ancestors)
  }

  async blockAccessList(blockHash: Hash): Promise<undefined> {
    await this.#file(blockHash)
    throw new UnavailableError('block access lists were not recorded')
  }

  nodes(hashes: readonly Hash[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#held(hashes, ({ nodes }, hash) => nodes.node(hash))
  }

  codes(hashes: readonly Hash[]): Promise<readonly (Uint8Array | undefined)[]> {
    return this.#held(hashes, ({ codes }, hash) => codes.code(hash))
  }

  /** @throws {UnavailableError} naming the first key that lies outside what was recorded */
  paths(stateRoot: Hash, keys: readonly PathKeys[]): Promise<readonly Uint8Array[]> {
    return this.#onState(
      stateRoot,
      (state) => unlessMissing(() => provePaths(state, keys)),
      (fault) => missingPath(fault, keys),
    )
  }

  /** As {@link paths}. */
  accountProof(block: ExecutionHeader, address: AddressBytes, slots: readonly Hash[]): Promise<AccountProof> {
    return this.#onState(
      block.stateRoot,
      (state) => findProof(state, address, slots),
      (fault) => missingKey(fault, address, slots, this.crypto.keccak),
    )
  }

  /** As {@link paths}. */
  codeOf(block: ExecutionHeader, address: AddressBytes): Promise<Uint8Array> {
    const account = `account ${bytesToHex(address)}`
    return this.#onState(
      block.stateRoot,
      (state) =>
        unlessMissing(() => {
          const { codeHash } = readAccount(state, address) ?? { codeHash: EMPTY_CODE_HASH }
          if (equalBytes(codeHash, EMPTY_CODE_HASH)) return new Uint8Array()
          const code = state.codes.code(codeHash)
          if (code !== undefined) return code
          throw new UnavailableError(`the code of ${account} was not recorded`)
        }),
      () => account,
    )
  }

  range(): LeafRange {
    throw new UnavailableError('ranges cannot be had from recorded blocks: they hold what one block touched')
  }

  /** As {@link paths}: a call may stray from what the block itself touched. */
  createAccessList(block: ExecutionHeader, call: MessageCall): Promise<AccessListResult> {
    const ancestors = new Map([[block.number - 1, block.parentHash]])
    const input = { network: this.network, block, call, ancestors }
    const make = (): Promise<AccessListResult> =>
      this.#onState(
        block.stateRoot,
        ({ nodes, codes }) =>
          unlessMissing(() =>
            createAccessList(
              { ...input, state: { node: (hash) => nodes.node(hash), code: (hash) => codes.code(hash) } },
              this.crypto,
            ),
          ),
        (fault) => (fault.kind !== 'header' && fault.account ? `account ${bytesToHex(fault.account)}` : 'a part of it'),
      )
    return this.#accessLists.get(block, call, make)
  }

  async prestates(blockHash: Hash): Promise<readonly TransactionPrestate[]> {
    return (await this.#file(blockHash)).prestates()
  }

  submit(): never {
    throw new UnavailableError('recorded blocks take no transactions')
  }

  listen(listener: (news: ExecutionNews) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  #recorded(hash: Hash): RecordedBlock {
    const block = this.index.byHash.get(hashKey(hash))
    if (block !== undefined) return block
    throw new UnavailableError(`block ${bytesToHex(hash)} is not in the recorded chain`)
  }

  #file(hash: Hash): Promise<RecordedFile> {
    return this.#files.get(this.#recorded(hash))
  }

  async #whole(block: RecordedBlock): Promise<ExecutionBlock> {
    return (await this.#files.get(block)).block
  }

  /** One file after the other, so that a request for parts of all of them holds one more than is kept open. */
  async #held(
    hashes: readonly Hash[],
    find: (bags: Bags, hash: Hash) => Uint8Array | undefined,
  ): Promise<(Uint8Array | undefined)[]> {
    const found: (Uint8Array | undefined)[] = []
    let open: { readonly place: RecordedBlock; readonly bags: Bags } | undefined
    for (const hash of hashes) {
      const place = this.index.places.get(hashKey(hash))
      // One after the other they mostly lie in the same file.
      if (place !== undefined && place !== open?.place) open = { place, bags: (await this.#files.get(place)).bags }
      found.push(place && find(open!.bags, hash))
    }
    return found
  }

  /**
   * Tries what was recorded of a state before anything is executed for it: most questions are about the state that a
   * recorded block begins with, and executing one takes up to two seconds.
   */
  async #onState<T>(
    root: Hash,
    use: (state: ProvenState & Bags) => Found<T> | Promise<Found<T>>,
    named: (fault: DataFault) => string,
  ): Promise<T> {
    const key = hashKey(root)
    const before = this.index.beginning.get(key) ?? []
    const after = this.index.ending.get(key) ?? []
    if (before.length + after.length === 0)
      throw new UnavailableError(`no recorded block begins or ends with the state ${bytesToHex(root)}`)
    const bags = [
      ...before.map((block) => async () => (await this.#files.get(block)).bags),
      ...after.map((block) => async () => (await (await this.#files.get(block)).executed()).after),
    ]
    let missing: DataFault | undefined
    for (const open of bags) {
      const found = await use({ root, keccak: this.crypto.keccak, ...(await open()) })
      if (found.kind === 'found') return found.value
      missing = found.fault
    }
    throw new UnavailableError(`${named(missing!)} lies outside what was recorded of the state ${bytesToHex(root)}`)
  }
}
