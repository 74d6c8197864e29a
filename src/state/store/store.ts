/**
 * The store: what this node has proven and wants to have at hand again. One per network, one writer per origin (see
 * `client/leadership.ts`). The record format is nobody's business but the implementation's: IndexedDB and memory today,
 * and whatever else keeps this contract.
 *
 * Every implementation promises:
 * - A content read returns bytes whose keccak256 is the hash that was asked for, or `undefined`; never other bytes,
 *   whoever wrote to the database behind our back. Contents can be evicted or lost; `undefined` is a data fault to
 *   its caller, not an error, and no proof of absence.
 * - One `put…` call lands whole or not at all, and once its promise resolves a read sees it, also after reopening
 *   (as far as the browser keeps its own promises). Calls may share a transaction.
 * - What the witness of a listed block names stays for as long as the block is listed: when room is made, contents of
 *   blocks that are not listed go first, and then the oldest blocks with what only they need.
 * - What is not addressed by its content is returned as unverified in its type's name or comment. Its user verifies it.
 * - Sizes, queues and caches are bounded; a call over a bound is refused with a {@link StoreError}.
 * - Arguments are checked before anything is written; bytes handed in must not change until the promise settles.
 *   Bytes handed out are copies.
 */
import type { Hash, Keccak, Root } from '../../chain/bytes.ts'
import type { StateWrites } from '../state-writes.ts'
import type { StoreError } from './store-error.ts'

/** Bytes and their keccak256. Whoever fills this in has hashed the bytes: the store hashes them when it reads. */
export interface Content {
  readonly hash: Hash
  readonly bytes: Uint8Array
}

/** Hashes of everything one execution read: enough to find its witness again. */
export interface WitnessMetadata {
  readonly nodes: readonly Hash[]
  readonly codes: readonly Hash[]
}

/** What executing a block came to. Unverified wherever it comes from a store: the header's roots say whether it is right. */
export interface ExecutedBlock {
  /** As in the receipts trie. */
  readonly receipts: readonly Uint8Array[]
  /** Undefined where it was not taken as one: before Byzantium every transaction's writes go into a root of their own. */
  readonly writes: StateWrites | undefined
}

export interface AncestorHash {
  readonly number: number
  readonly hash: Hash
}

/**
 * A block that was verified before it was stored. As returned by {@link Store.getBlock}, the store has checked that the
 * header inside `block` hashes to `hash` and that `parentHeader` hashes to the header's parent hash. The body, the
 * ancestors and the witness are as they were found: execute the block again before calling it verified.
 */
export interface BlockRecord {
  readonly hash: Hash
  /** Name of the network; must be the store's. */
  readonly network: string
  /** RLP of header, transactions, uncles and, since Shanghai, withdrawals. */
  readonly block: Uint8Array
  /** RLP; `undefined` where the block came without it. */
  readonly parentHeader: Uint8Array | undefined
  /** What BLOCKHASH may answer, as it was given (at most 256). */
  readonly ancestors: readonly AncestorHash[]
  readonly witness: WitnessMetadata
  /** Undefined in records from before it was kept. */
  readonly executed?: ExecutedBlock | undefined
}

/** What lands in the same transaction as a block record. Contents that are there already cost nothing. */
export interface BlockContents {
  readonly nodes: readonly Content[]
  readonly codes: readonly Content[]
  /** RLP headers of the parent and of ancestors; the block's own header is taken from its record. */
  readonly headers?: readonly Uint8Array[]
}

/** One line of a list of kept blocks. The header's fields are proven by the hash; the counts are not proven. */
export interface BlockSummary {
  readonly hash: Hash
  readonly number: number
  readonly gasUsed: bigint
  /** Seconds since 1970. */
  readonly timestamp: number
  readonly transactions: number
  /** Nodes and codes in the witness metadata. */
  readonly nodes: number
  readonly codes: number
}

/**
 * A light-client bootstrap as it was stored. Unverified: other scripts of the origin can write to the database, so
 * validate it against a root trusted *now* (given, or agreed by a quorum), not because `trustedRoot` names it.
 */
export interface UnverifiedBootstrap {
  /** 4 bytes that say which fork's container `ssz` holds. */
  readonly forkDigest: Uint8Array
  readonly trustedRoot: Root
  readonly ssz: Uint8Array
}

/**
 * A light-client update as it was stored. Unverified: run it through the protocol again (branches, signature, order of
 * periods) before its committee is believed.
 */
export interface UnverifiedUpdate {
  readonly period: number
  /** 4 bytes that say which fork's container `ssz` holds. */
  readonly forkDigest: Uint8Array
  readonly ssz: Uint8Array
}

/** SSZ of a light-client object as it was stored, with the 4 bytes that say which fork's container it is in. Unverified. */
export interface UnverifiedObject {
  readonly forkDigest: Uint8Array
  readonly ssz: Uint8Array
}

/**
 * The newest heads that were in use, as they were stored. Unverified: prove them under a committee chain before anything
 * is answered from them.
 */
export interface UnverifiedHeads {
  /** What to show of them after a reload, before there is anything that could decode or prove the rest. */
  readonly summary: HeadSummary
  /** A finality update. */
  readonly finality: UnverifiedObject | undefined
  /** An optimistic update, no older than the attested header of {@link finality}. */
  readonly optimistic: UnverifiedObject
}

/** Of a head that was in use once; unverified wherever it comes from a store. */
export interface HeadSummary {
  readonly optimisticSlot: number
  /** Of the optimistic header. */
  readonly blockRoot: Root
  /** Undefined where no finality update has come yet. */
  readonly finalizedSlot: number | undefined
  /** What the optimistic header proves of the execution chain: from Gloas on a hash alone, before Capella nothing. */
  readonly execution: { readonly hash: Hash; readonly number: number | undefined } | undefined
}

/** Two updates of one period that prove different next committees, as they were stored. Unverified, like each of them. */
export interface UnverifiedConflict {
  readonly known: UnverifiedUpdate
  readonly other: UnverifiedUpdate
}

/** What every store takes. */
export interface StoreOptions {
  /** Name of the network, also in the database's name: 1 to 64 of letters, digits, `.`, `_` and `-`. */
  readonly network: string
  readonly keccak: Keccak
  /** Default 512 MiB, at least 1 MiB. Over it the oldest contents go that no listed block needs. */
  readonly maxBytes?: number
  /** Pages kept in memory; default 32 MiB. A memory store needs none. */
  readonly cacheBytes?: number
  /** Called as it happens; must not throw. */
  readonly onEvent?: (event: StoreEvent) => void
}

/** Contents asked for since opening, by where they were found. */
export interface ReadCounts {
  /** In memory: the pages of the read-through cache. */
  readonly memory: number
  readonly disk: number
  readonly missing: number
}

export interface StoreStats {
  /** `read-only` after a lost database or a full disk, with the reason in `error`. */
  readonly state: 'open' | 'read-only' | 'closed'
  readonly error: StoreError | undefined
  /** Bytes of everything kept, without the database's own overhead. */
  readonly bytes: number
  readonly maxBytes: number
  readonly nodes: number
  readonly codes: number
  readonly headers: number
  readonly blocks: number
  readonly updates: number
  readonly pages: number
  readonly reads: ReadCounts
  /** Since opening: pages removed to stay below `maxBytes`. */
  readonly evictedPages: number
  /** Since opening: pages whose checksum or table failed, or that were gone. */
  readonly damagedPages: number
  /** Since opening: nodes, codes and headers dropped because their bytes were not what their hash says, or were gone. */
  readonly damagedContents: number
  /** Since opening: block and light-client records that could not be read and were left out. */
  readonly damagedRecords: number
}

/** Told to whoever opened the store, as it happens. None of these stops the store from answering what it still can. */
export type StoreEvent =
  | { readonly kind: 'started-empty'; readonly reason: string }
  /** The database was damaged; what was whole is kept. */
  | { readonly kind: 'repaired'; readonly reason: string }
  | { readonly kind: 'damaged-page'; readonly page: number; readonly lost: number; readonly kept: number }
  | { readonly kind: 'damaged-record'; readonly what: string }
  | { readonly kind: 'read-failed'; readonly error: StoreError }
  | { readonly kind: 'read-only'; readonly error: StoreError }

/**
 * Every method throws (rejects with) {@link StoreError}: `invalid-input`, `too-large`, `overloaded` leave the store as
 * it was; `write-failed` says that this one call did not land; the database's own misfortunes end writing for good.
 */
export interface Store {
  readonly network: string

  /** In the order of `hashes` (at most 65,536). Nodes, codes and headers are one bag: a hash names its bytes. */
  getNodes(hashes: readonly Hash[]): Promise<(Uint8Array | undefined)[]>
  putNodes(nodes: readonly Content[]): Promise<void>
  getCodes(hashes: readonly Hash[]): Promise<(Uint8Array | undefined)[]>
  putCodes(codes: readonly Content[]): Promise<void>
  getHeader(hash: Hash): Promise<Uint8Array | undefined>
  /** @returns keccak256 of the RLP, the block's hash */
  putHeader(rlp: Uint8Array): Promise<Hash>

  /** Keeps a *verified* block with its nodes, codes and headers: all together or nothing. The 128 stored last are kept. */
  putBlock(record: BlockRecord, contents: BlockContents): Promise<void>
  getBlock(hash: Hash): Promise<BlockRecord | undefined>
  /** Stored last first. */
  listBlocks(): Promise<BlockSummary[]>

  /** Replaces what importing blocks wants to remember: at most 256 KiB, opaque here. */
  putImportMarks(marks: Uint8Array): Promise<void>
  /** As it was stored. Unverified: anybody of the origin can have written it. */
  importMarks(): Promise<Uint8Array | undefined>

  /** Replaces what was learned of how contracts are used: at most 1 MiB, opaque here. Hints, of which nothing follows. */
  putAccessPatterns(patterns: Uint8Array): Promise<void>
  /** As it was stored, as far as a checksum tells. Unverified, like all that is no content. */
  accessPatterns(): Promise<Uint8Array | undefined>

  /** Begins a chain: replaces the bootstrap, and forgets all updates, the heads and the conflict in the same transaction. */
  putBootstrap(bootstrap: UnverifiedBootstrap): Promise<void>
  bootstrap(): Promise<UnverifiedBootstrap | undefined>
  /** Replaces the update of the same period. Over 1,024 updates the lowest period goes. */
  putUpdate(update: UnverifiedUpdate): Promise<void>
  /** In ascending order of period, possibly with gaps. */
  updates(): AsyncIterable<UnverifiedUpdate>
  /** Forgets the updates of `period` and later: the stored chain turned out not to verify from there on. */
  deleteUpdatesFrom(period: number): Promise<void>
  /** Replaces the heads there are. */
  putHeads(heads: UnverifiedHeads): Promise<void>
  heads(): Promise<UnverifiedHeads | undefined>
  /** Keeps the evidence of an attack, until a bootstrap begins another chain. Replaces what there is. */
  putConflict(conflict: UnverifiedConflict): Promise<void>
  conflict(): Promise<UnverifiedConflict | undefined>

  stats(): StoreStats
  /** Waits for writes under way, then lets go of the database. Afterwards every method but `stats` fails: `closed`. */
  close(): Promise<void>
}
