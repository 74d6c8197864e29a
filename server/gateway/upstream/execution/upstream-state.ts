/** States of execution clients: accounts, paths and codes by `eth_getProof` and `eth_getCode`, and what of them was seen. */
import { bytesToHex } from '@ethereumjs/util'
import type { AddressBytes, Hash, Keccak } from '../../../../src/chain/bytes.ts'
import { equalBytes } from '../../../../src/execution/words.ts'
import { MAX_PROOF_KEYS } from '../../../../src/network/on-demand/rpc-proofs.ts'
import { DataFaultError } from '../../../../src/state/data-fault.ts'
import { EMPTY_CODE_HASH } from '../../../../src/state/state-trie.ts'
import {
  UnavailableError,
  type AccountProof,
  type ExecutionHeader,
  type PathKeys,
  type Witness,
} from '../../../execution/execution-source.ts'
import { provePaths } from '../../../execution/state-proofs.ts'
import type { ProvenState } from '../../../../src/state/account-proof.ts'
import type { ExecutionPool } from './execution-pool.ts'
import { KeyPreimages } from './key-preimages.ts'
import { fetchCode, fetchProof } from './rpc-proofs.ts'
import { SeenContent } from './seen-content.ts'

export interface KnownBlocks {
  /** A block whose state after it has the root, where one is known. */
  ofState(stateRoot: Hash): ExecutionHeader | undefined
  /** Remembers what the block after it touches, where there is one. @throws {UnavailableError} */
  learnNext(block: ExecutionHeader): Promise<void>
}

/**
 * Accounts that one request for paths may have fetched, each by a call of its own: what an ordinary block touches. At
 * some ten ms each, {@link PARALLEL} at a time, that takes a second.
 */
const MAX_FETCHED_ACCOUNTS = 512
const PARALLEL = 6

/** Always: what it gives is under the state root or the hash that was asked for; what it keeps is bounded. */
export class UpstreamState {
  readonly #seen: SeenContent
  readonly #preimages: KeyPreimages

  constructor(
    private readonly pool: ExecutionPool,
    private readonly blocks: KnownBlocks,
    private readonly keccak: Keccak,
  ) {
    this.#seen = new SeenContent(keccak)
    this.#preimages = new KeyPreimages(keccak)
  }

  /** Undefined: not seen. */
  node(hash: Hash): Uint8Array | undefined {
    return this.#seen.node(hash)
  }

  /** As {@link node}. */
  code(hash: Hash): Uint8Array | undefined {
    return this.#seen.code(hash)
  }

  remember({ nodes, codes, keys = [] }: Witness): void {
    this.#seen.add(nodes)
    this.#seen.add(codes)
    for (const touched of keys) this.#preimages.add(touched)
  }

  /** @throws {UnavailableError} */
  async accountProof(block: ExecutionHeader, address: AddressBytes, slots: readonly Hash[]): Promise<AccountProof> {
    if (slots.length > MAX_PROOF_KEYS)
      throw new UnavailableError(`${slots.length} slots; upstreams prove ${MAX_PROOF_KEYS} at a time`)
    const proof = await this.pool.first((server) => fetchProof(server, block, address, slots, this.keccak))
    if (proof === undefined) throw new UnavailableError(`no upstream proves block ${block.number}`)
    this.#seen.add([...proof.accountProof, ...proof.storage.flatMap(({ proof: nodes }) => nodes)])
    this.#preimages.add({ address, slots })
    return proof
  }

  /** Empty where the account has none. @throws {UnavailableError} */
  async codeOf(block: ExecutionHeader, address: AddressBytes): Promise<Uint8Array> {
    const { codeHash } = await this.accountProof(block, address, [])
    if (equalBytes(codeHash, EMPTY_CODE_HASH)) return new Uint8Array()
    const known = this.#seen.code(codeHash)
    if (known !== undefined) return known
    const code = await this.pool.first((server) => fetchCode(server, block, address, codeHash, this.keccak))
    if (code === undefined) throw new UnavailableError(`no upstream has the code of ${bytesToHex(address)}`)
    this.#seen.add([code])
    return code
  }

  /**
   * From nodes seen before, else by proofs, for which the keys behind the hashes have to have been seen. Those that
   * nobody has seen are likely to be of the next block, which whoever asks executes: then its witness has them.
   * @throws {UnavailableError}
   */
  async paths(stateRoot: Hash, keys: readonly PathKeys[]): Promise<readonly Uint8Array[]> {
    const state = { root: stateRoot, nodes: this.#seen, keccak: this.keccak }
    const block = this.blocks.ofState(stateRoot)
    let lacking = keys.filter((wanted) => !isHeld(state, wanted))
    if (block !== undefined && lacking.some((wanted) => !this.#isKnown(wanted))) {
      await this.#learnNext(block)
      lacking = lacking.filter((wanted) => !isHeld(state, wanted))
    }
    if (lacking.length > MAX_FETCHED_ACCOUNTS)
      throw new UnavailableError(`${lacking.length} accounts to be fetched; ask for ${MAX_FETCHED_ACCOUNTS} at a time`)
    for (let at = 0; at < lacking.length; at += PARALLEL)
      await Promise.all(lacking.slice(at, at + PARALLEL).map((wanted) => this.#fetchPaths(block, wanted)))
    try {
      return provePaths(state, keys)
    } catch (error) {
      if (error instanceof DataFaultError)
        throw new UnavailableError('more paths than are kept at a time; ask in parts')
      throw error
    }
  }

  #isKnown({ account, slots }: PathKeys): boolean {
    const isSlot = (slot: Hash) => this.#preimages.slot(slot) !== undefined
    return this.#preimages.address(account) !== undefined && slots.every(isSlot)
  }

  /** In vain where it cannot be executed: then the keys stay unknown, and whoever wants them is told so. */
  async #learnNext(block: ExecutionHeader): Promise<void> {
    try {
      await this.blocks.learnNext(block)
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error
    }
  }

  async #fetchPaths(block: ExecutionHeader | undefined, { account, slots }: PathKeys): Promise<void> {
    if (block === undefined) throw new UnavailableError('the state is of no block that was asked for here')
    const address = this.#preimages.address(account)
    if (address === undefined)
      throw new UnavailableError(`hashed account ${bytesToHex(account)}: its address was never seen here`)
    const keys = slots.map((hashed) => {
      const slot = this.#preimages.slot(hashed)
      if (slot !== undefined) return slot
      const owner = bytesToHex(address)
      throw new UnavailableError(`hashed slot ${bytesToHex(hashed)} of ${owner}: its key was never seen here`)
    })
    for (let at = 0; at === 0 || at < keys.length; at += MAX_PROOF_KEYS)
      await this.accountProof(block, address, keys.slice(at, at + MAX_PROOF_KEYS))
  }
}

function isHeld(state: ProvenState, wanted: PathKeys): boolean {
  try {
    provePaths(state, [wanted])
    return true
  } catch (error) {
    if (error instanceof DataFaultError) return false
    throw error
  }
}
