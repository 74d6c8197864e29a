/**
 * The state of one block over whatever trie nodes and codes are at hand: reads as flat values, takes the writes of an
 * execution, gives the new root and what has to be stored for it.
 */
import { bytesToUnprefixedHex, unprefixedHexToBytes } from '@ethereumjs/util'
import { asAddress, asHash } from '../chain/bytes.ts'
import type { AddressBytes, Hash, Keccak } from '../chain/bytes.ts'
import { decodeAccount, decodeStorageValue, encodeAccount, encodeStorageValue } from './account-codec.ts'
import type { CodeSource } from './content-bag.ts'
import { DataFaultError } from './data-fault.ts'
import type { DataFault } from './data-fault.ts'
import type { AccountValue, FlatReader } from './flat-reader.ts'
import { hashKey } from './hash-key.ts'
import { HashedKeys } from './hashed-keys.ts'
import type { AccountWrite, StateWrites, StorageWrites } from './state-writes.ts'
import type { AskedFor, HashedBytes, NodeSource } from './trie/node-source.ts'
import { EMPTY_ROOT, PartialTrie } from './trie/partial-trie.ts'
import type { TrieEntry } from './trie/partial-trie.ts'

/** keccak256 of no bytes: the code of accounts without code. */
export const EMPTY_CODE_HASH: Hash = asHash(
  unprefixedHexToBytes('c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'),
)

export interface StateTrieOptions {
  /** State root, proven by the caller. */
  readonly root: Hash
  readonly nodes: NodeSource
  readonly codes: CodeSource
  readonly keccak: Keccak
}

export interface StateCommit {
  readonly root: Hash
  /** Of all tries; a trie's children before their parents, storage tries before the account trie. */
  readonly nodes: HashedBytes[]
  readonly codes: HashedBytes[]
}

/** Code that does not have the hash under which it was handed over: a mistake of the execution, not of a peer. */
export class WrongCodeError extends Error {
  override name = 'WrongCodeError'
}

/**
 * Always: what is read follows from the root by hashes; what is missing is a fault; writes that fault change nothing.
 * Grows with what is touched, so make one for a block or a short run of blocks.
 */
export class StateTrie implements FlatReader {
  private accounts: PartialTrie
  /** By hashed address; each at the root that its account's leaf holds. Only of accounts that exist. */
  private readonly storages = new Map<string, PartialTrie>()
  /** By hash: code of the writes so far, for reading. */
  private readonly deployed = new Map<string, HashedBytes>()
  private readonly uncommittedCodes: HashedBytes[] = []
  private readonly keys: HashedKeys

  constructor(private readonly options: StateTrieOptions) {
    const { root, nodes, keccak } = options
    this.accounts = new PartialTrie({ root, source: nodes, keccak })
    this.keys = new HashedKeys(keccak)
  }

  /** Undefined is proven absence. @throws {DataFaultError}, {@link MalformedNodeError}, {@link MalformedValueError} */
  account(address: AddressBytes): AccountValue | undefined {
    const encoded = this.accounts.get(this.keys.hash(address), { account: address })
    return encoded === undefined ? undefined : decodeAccount(encoded)
  }

  /** A copy without leading zeros; empty is proven to be zero. Throws as {@link account}. */
  storage(address: AddressBytes, slot: Uint8Array): Uint8Array {
    const encoded = this.storageTrie(address)?.get(this.keys.hash(asHash(slot)), { account: address, slot })
    return encoded === undefined ? NO_BYTES : decodeStorageValue(encoded)
  }

  /** Shared, not copied. @throws {DataFaultError} when it is not at hand */
  code(codeHash: Hash, address: AddressBytes): Uint8Array {
    const key = hashKey(codeHash)
    if (key === EMPTY_CODE_KEY) return NO_BYTES
    const code = this.deployed.get(key)?.bytes ?? this.options.codes.code(codeHash)
    if (code === undefined) throw new DataFaultError({ kind: 'code', hash: codeHash, account: address })
    return code
  }

  /**
   * Applies all writes or none.
   * @throws {DataFaultError} with everything that is known to be missing, over all tries; repeat when it has arrived
   * @throws {WrongCodeError}, {RangeError} for writes that no execution may hand over
   */
  applyWrites({ accounts, codes }: StateWrites): void {
    const newCodes = Array.from(codes, ([hash, code]) => this.checkedCode(hash, code))
    const faults: DataFault[] = []
    const changes = Array.from(accounts, ([address, write]) => this.prepare(address, write, faults))
    const next = this.accounts.fork()
    // Where storage is incomplete already, this only finds out what the account trie lacks, for the same round trip.
    const encode = faults.length === 0 ? encodeChange : outlineChange
    const entries = changes.map((change) => ({ ...change, value: encode(change) }))
    collectFaults(faults, () => next.batch(entries))
    const [first, ...others] = distinct(faults)
    if (first !== undefined) throw new DataFaultError(first, others)

    this.accounts = next
    for (const { key, storage } of changes) {
      if (storage === undefined) this.storages.delete(hashKey(key))
      else this.storages.set(hashKey(key), storage)
    }
    for (const code of newCodes) {
      this.deployed.set(hashKey(code.hash), code)
      this.uncommittedCodes.push(code)
    }
  }

  root(): Hash {
    return this.accounts.root()
  }

  /** What is new since the last commit; the state goes on from here. */
  commit(): StateCommit {
    const commits = [...this.storages.values(), this.accounts].map((trie) => trie.commit())
    return {
      root: this.root(),
      nodes: commits.flatMap(({ nodes }) => nodes),
      codes: this.uncommittedCodes.splice(0),
    }
  }

  /** Undefined for an account that does not exist. */
  private storageTrie(address: AddressBytes): PartialTrie | undefined {
    const owner = this.keys.hash(address)
    const known = this.storages.get(hashKey(owner))
    if (known !== undefined) return known
    const account = this.account(address)
    if (account === undefined) return undefined
    const trie = this.newStorageTrie(owner, account.storageRoot)
    this.storages.set(hashKey(owner), trie)
    return trie
  }

  private newStorageTrie(owner: Hash, root: Hash): PartialTrie {
    const { nodes, keccak } = this.options
    return new PartialTrie({ root, source: nodes, keccak, owner })
  }

  /** The account's storage as it will be, on a trie of its own; what is missing for it goes to `faults`. */
  private prepare(addressHex: string, write: AccountWrite, faults: DataFault[]): AccountChange {
    const account = asAddress(unprefixedHexToBytes(addressHex))
    const key = this.keys.hash(account)
    if (write.kind === 'deleted') return { key, askedFor: { account }, write, storage: undefined }
    let storage = this.newStorageTrie(key, EMPTY_ROOT)
    collectFaults(faults, () => {
      if (write.storage.kind === 'kept') storage = this.storageTrie(account)?.fork() ?? storage
      storage.batch(this.slotEntries(account, write.storage))
    })
    return { key, askedFor: { account }, write, storage }
  }

  private slotEntries(account: AddressBytes, { slots }: StorageWrites): TrieEntry[] {
    return Array.from(slots, ([slotHex, value]) => {
      const slot = asHash(unprefixedHexToBytes(slotHex))
      return {
        key: this.keys.hash(slot),
        value: value.length === 0 ? undefined : encodeStorageValue(value),
        askedFor: { account, slot },
      }
    })
  }

  private checkedCode(hashHex: string, bytes: Uint8Array): HashedBytes {
    const hash = this.options.keccak(bytes) as Hash
    if (bytesToUnprefixedHex(hash) === hashHex) return { hash, bytes }
    throw new WrongCodeError(`code handed over as ${hashHex} has the keccak256 ${bytesToUnprefixedHex(hash)}`)
  }
}

interface AccountChange {
  readonly key: Hash
  readonly askedFor: AskedFor
  readonly write: AccountWrite
  /** Undefined for an account that is deleted. */
  readonly storage: PartialTrie | undefined
}

function encodeChange({ write, storage }: AccountChange): Uint8Array | undefined {
  if (write.kind === 'deleted' || storage === undefined) return undefined
  const { nonce, balance, codeHash } = write
  return encodeAccount({ nonce, balance, storageRoot: storage.root(), codeHash })
}

/** Stands for an account whose storage root is not known yet: which nodes a batch needs does not depend on the values. */
function outlineChange({ write }: AccountChange): Uint8Array | undefined {
  return write.kind === 'deleted' ? undefined : SOME_VALUE
}

/** Any value that is not empty. */
const SOME_VALUE = Uint8Array.of(1)

const NO_BYTES = new Uint8Array(0)

const EMPTY_CODE_KEY = hashKey(EMPTY_CODE_HASH)

function collectFaults(faults: DataFault[], run: () => void): void {
  try {
    run()
  } catch (error) {
    if (!(error instanceof DataFaultError)) throw error
    faults.push(error.fault)
    for (const other of error.others) faults.push(other)
  }
}

/** One fault per thing that is missing: an account's path is walked for its storage and again for its own leaf. */
function distinct(faults: readonly DataFault[]): DataFault[] {
  const byHash = new Map<string, DataFault>()
  for (const fault of faults) {
    const key = fault.kind === 'header' ? `header ${fault.number}` : hashKey(fault.hash)
    if (!byHash.has(key)) byHash.set(key, fault)
  }
  return [...byHash.values()]
}
