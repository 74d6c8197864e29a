/**
 * The public API as a contract: nothing is public that is not in this file. Types only.
 *
 * Nothing here trusts its input: files are somebody's claims until a report says `verified`.
 */

import type { BeamNews, BeamStatus } from '../sync/beam/beam-status.ts'
import type { BlockTrace } from '../sync/beam/block-traces.ts'
import type { SourceChoice } from '../sync/beam/source-choice.ts'
import type { BeamtabProvider, ProviderOptions } from '../provider/public-types.ts'
import type { AvoidableCause, Mode, ModeCause, ModeNow, ModeStatus, PauseCause } from './mode.ts'

export type { AvoidableCause, BeamNews, BeamStatus, BlockTrace, SourceChoice }
export type { Mode, ModeCause, ModeNow, ModeStatus, PauseCause }

export type Hex = `0x${string}`

export interface BeamtabOptions {
  /** A built-in network's name, or the content of a network file. */
  readonly network: string | object
  /**
   * `light`, the default: follows signed heads and executes nothing by itself. `beam`: executes every new block too, and
   * downloads what that takes: on mainnet some 5 MB a block. A tab in the background, a connection that is metered or saves
   * data, and servers that refuse make it light for as long as that lasts: see {@link BeamtabStatus.mode}. `full`: is to fill
   * in the state that no block reads as well; this version does not yet: it runs as `beam`, and the status says so.
   */
  readonly mode?: Mode
  /**
   * Base URLs of gateways, and of execution clients' JSON-RPC, at most 32, for blocks and state; which is which is found out
   * at the start. Default: those of the network file. What they learn: docs/privacy.md.
   */
  readonly servers?: readonly string[]
  /** For {@link Beamtab.provider}. */
  readonly provider?: ClientProviderOptions
  /**
   * Seconds after its slot began at which the newest proven head is too old: reads fail with 4900 until there is another.
   * Default: a slot and 60 s. `Infinity` answers at any head, which whoever withholds news decides the age of.
   */
  readonly maxHeadAge?: number
  /** For `mode: 'beam'` and `mode: 'full'`. */
  readonly beam?: BeamOptions
  /** EVM workers; default: processor cores less one, at least one, at most eight. */
  readonly evmWorkers?: number
  /** Bytes the store may hold; default 512 MiB. */
  readonly storeBytes?: number
  /**
   * How to follow the head of the chain. Default: by the beacon servers of the network file, from the checkpoint in it;
   * where it names no server, or with `'off'`, nothing is asked of anybody.
   */
  readonly follow?: FollowOptions | 'off'
  /** Told of every change of {@link BeamtabStatus}; must not throw. */
  readonly onStatus?: (status: BeamtabStatus) => void
  /** Aborts the start, and the wait for leadership. */
  readonly signal?: AbortSignal
}

/**
 * Starts the workers and opens the network's store. Resolves when all workers have answered their handshake.
 * In a tab that is not the first of its origin for this network, it resolves when the tab that leads answers: that one follows
 * and fetches for all whose settings are the same, and this one starts workers when they are needed. Where no tab with the same
 * settings leads, or none answers within 3 s, it follows and asks by itself, and writes nothing. See
 * {@link BeamtabStatus.leadership} and docs/tabs.md.
 *
 * @throws {NetworkConfigError | UnknownNetworkError} for a network that is none
 * @throws {BeamError} in any mode but `light` where no server of state is named, and for settings that are none
 * @throws {FollowError} for a server's URL that is none, or too many of them
 * @throws {WorkerStartError} when a worker cannot be loaded or does not answer within 30 s
 */
export type CreateBeamtab = (options: BeamtabOptions) => Promise<Beamtab>

/**
 * What a server learns: that this address follows the chain, and which blocks it wants. None is trusted; with two or more,
 * one that stalls, lies or lags neither stops nor moves the client.
 */
export interface FollowOptions {
  /** Base URLs of beacon nodes (http or https), at most 32; default: those of the network file. */
  readonly servers?: readonly string[]
  /** Base URLs of execution nodes' JSON-RPC, for headers that only a hash is proven of; default: those of the network file. */
  readonly executionServers?: readonly string[]
  /** Block root to start from, trusted as it is given; default: that of the network file, then what is kept, then a quorum. */
  readonly checkpoint?: Hex
  /**
   * Base URLs of those that are asked for a finalized root where none is given: checkpointz instances or beacon nodes.
   * Two of different owners (registrable domains) must agree. Default: `servers`.
   */
  readonly checkpointSources?: readonly string[]
  /** Start from a checkpoint older than the weak-subjectivity period all the same. Default: refused. */
  readonly allowOldCheckpoint?: boolean
  /**
   * Whether what is proven is kept, and begun from at the next visit as trusted. Say `false` where the checkpoint, the
   * sources or the network file are somebody else's word, such as a link's. Default: true.
   */
  readonly keepChain?: boolean
}

/**
 * What a server learns: which blocks are executed, which everybody's are, and nothing of what the user looks at. None is
 * trusted: each block, trie node and code is believed by its hash below a signed head, or not at all.
 */
export interface BeamOptions {
  /** Where state may come from; default: all. What predictions leave out comes by `paths`, `proofs` and `nodes`, or those named. */
  readonly sources?: readonly SourceChoice[] | 'all'
  /** Blocks behind the head at which it goes on at the head, and what is between stays unverified; default 30, below 128. */
  readonly maxLag?: number
  /** What executing goes on in spite of; default: nothing. */
  readonly despite?: readonly AvoidableCause[]
  /** Told of blocks and of what is decided about them, as it happens; must not throw. */
  readonly onNews?: (news: BeamNews) => void
}

/** As `ProviderOptions` of the provider; what is left out is the client's affair. */
export type ClientProviderOptions = Pick<
  ProviderOptions,
  'signer' | 'allowUnverified' | 'headWaitMs' | 'maxUnderWay' | 'onUncaught'
>

export interface Beamtab {
  readonly network: string

  /**
   * EIP-1193: reads are answered from executed state, proofs and chains of hashes, or not at all. It is there at once;
   * requests wait for the first head. It is not announced to the page: see `announceProvider` and `installAsWindowEthereum`.
   */
  readonly provider: BeamtabProvider

  /**
   * Resolves when there is a head that reads are answered at.
   * @throws {ClosedError} {WorkerCrashedError}; {NoHeadError} where nothing is followed; the signal's reason
   */
  waitForHead(signal?: AbortSignal): Promise<void>

  /** Status now and every one that follows; ends when the client is closed. Who is slow misses those in between. */
  statuses(): AsyncIterable<BeamtabStatus>

  /**
   * Executes one stateless block (`stateless-block/1`, gzipped or not) and compares everything its header commits to.
   * Blocks are verified one after another; at most 64 wait.
   * Never rejects for what the file says: that is the report's outcome. What is verified is kept in the store; of
   * anything else nothing is.
   *
   * @throws {ClosedError} after {@link close}; {QueueFullError} when 64 wait; the signal's reason when aborted (work that
   * has begun still ends, its result is dropped); {WorkerCrashedError} when the node or the consensus worker died: close
   * this client and start another; {SuspendedError} when the page was put to sleep meanwhile. An EVM worker that dies or hangs is
   * replaced, and its block reported as `evm-lost`.
   */
  verifyBlock(file: Uint8Array, options?: VerifyOptions): Promise<BlockReport>

  /** Blocks kept in the store, newest first; at most 128; none in a tab that does not lead. */
  keptBlocks(): Promise<readonly KeptBlock[]>

  /** Verifies a kept block again from the store alone. Throws as {@link verifyBlock}, and {NotKeptError}. */
  verifyKeptBlock(hash: Hex, options?: VerifyOptions): Promise<BlockReport>

  /**
   * Verifies light-client objects as the `light-sync` command does: a bootstrap, updates in order, finality and optimistic
   * updates, in SSZ or REST JSON; which is which is told by content. Proven updates are kept in the store.
   * Without `trustedRoot` the bootstrap's own root is taken as given, and the report says so.
   */
  verifyLightClient(files: readonly LightClientFile[], options?: LightClientOptions): Promise<LightClientReport>

  /** Verifies the kept light-client chain again, link by link; undefined when none is kept. */
  verifyKeptLightClient(options?: LightClientOptions): Promise<LightClientReport | undefined>

  /**
   * When a block came to which state, and which requests it waited for; undefined of one that is not among the newest 32
   * since execution began here, and in a tab that does not lead. Throws as {@link keptBlocks} does: {ClosedError}, {WorkerCrashedError}.
   */
  blockTrace(hash: Hex): Promise<BlockTrace | undefined>

  status(): BeamtabStatus

  /** Ends all workers and closes the store; further calls throw {ClosedError}. Calling it again does nothing. */
  close(): Promise<void>
}

export interface VerifyOptions {
  readonly onProgress?: (stage: BlockStage) => void
  readonly signal?: AbortSignal
}

export type BlockStage = 'waiting' | 'reading' | 'hashing' | 'executing' | 'storing'

export interface BlockReport {
  /** What the input says it is; undefined where it could not be read that far. */
  readonly network: string | undefined
  readonly number: number | undefined
  readonly hash: Hex | undefined
  readonly outcome: BlockOutcome
  /** Trie nodes read, and where they came from. */
  readonly nodes: { readonly read: number; readonly fromInput: number; readonly fromStore: number }
}

export type BlockOutcome =
  | {
      readonly kind: 'verified'
      readonly fork: string
      readonly transactions: number
      readonly gasUsed: number
      readonly stateRoot: Hex
      /** Checks that lacked their input, such as `parentHeader`. */
      readonly notChecked: readonly string[]
      /** Milliseconds. */
      readonly ms: BlockTimes
      /** Whether it is kept now; not in a tab that does not lead, nor when the store could not write (`reason`). */
      readonly kept: Kept
    }
  /** The block says `expected`, execution found `actual`. */
  | { readonly kind: 'mismatch'; readonly field: string; readonly expected: string; readonly actual: string }
  /** Something needed was in neither the input nor the store; `what` names it. */
  | { readonly kind: 'fault'; readonly what: string }
  | { readonly kind: 'error'; readonly code: string; readonly message: string }

export type Kept = { readonly kind: 'kept' } | { readonly kind: 'not-kept'; readonly reason: string }

export interface BlockTimes {
  readonly decode: number
  readonly hash: number
  readonly senders: number
  readonly evm: number
  readonly root: number
  readonly total: number
}

export interface KeptBlock {
  readonly hash: Hex
  readonly number: number
  readonly transactions: number
  readonly gasUsed: number
  /** Seconds since 1970. */
  readonly timestamp: number
}

export interface LightClientFile {
  readonly name: string
  readonly bytes: Uint8Array
}

export interface LightClientOptions {
  readonly trustedRoot?: Hex
  /** Told of each update as it is done, in order. */
  readonly onUpdate?: (update: UpdateRow) => void
  readonly signal?: AbortSignal
}

export interface UpdateRow {
  /** Undefined for an update that could not be decoded. */
  readonly period: number | undefined
  readonly participants: number
  readonly committeeSize: number
  readonly outcome: { readonly kind: 'accepted' } | { readonly kind: 'rejected'; readonly reason: string }
}

export interface LightClientReport {
  readonly bootstrap:
    | { readonly kind: 'verified'; readonly slot: number; readonly root: Hex; readonly trust: 'given' | 'its own root' }
    | { readonly kind: 'rejected'; readonly reason: string }
  readonly updates: readonly UpdateRow[]
  readonly finality: HeadRow | undefined
  readonly optimistic: HeadRow | undefined
  readonly finalizedSlot: number | undefined
  readonly optimisticSlot: number | undefined
  /** Whether what was proven is kept now. */
  readonly kept: Kept
  /** Files that held none of the known objects, or were not used. */
  readonly unreadable: readonly { readonly name: string; readonly reason: string }[]
  /** Milliseconds. */
  readonly ms: { readonly init: number; readonly total: number }
}

export type HeadRow =
  | { readonly kind: 'verified'; readonly slot: number; readonly participants: number; readonly committeeSize: number }
  | { readonly kind: 'rejected'; readonly reason: string }

/** How far following the chain has come. Told at most ten times a second. */
export interface LightStatus {
  readonly stage: LightStage
  /** By this machine's clock. */
  readonly currentSlot: number
  /** Seconds since 1970 at which a slot begins: `genesisTime + slot * slotSeconds`. */
  readonly genesisTime: number
  readonly slotSeconds: number
  readonly checkpoint: { readonly root: Hex; readonly slot: number; readonly by: CheckpointTrust } | undefined
  /** What was passed over for it: a root that was at hand and is of no use, sources that say otherwise. */
  readonly checkpointNotes: readonly string[]
  /** Sync committees known, from the checkpoint's period on; `target` is the period that servers have reached. */
  readonly committees: { readonly first: number; readonly period: number; readonly target: number } | undefined
  /** Proven and signed by at least two thirds of the sync committee. */
  readonly finalized: FollowedHead | undefined
  readonly optimistic: FollowedHead | undefined
  /** What most servers call their head; proven by nothing. */
  readonly announced: { readonly slot: number; readonly blockRoot: Hex; readonly servers: number } | undefined
  /** The heads of the last visit, as the store has them: shown until they are proven again, and not verified. */
  readonly resumed: ResumedHead | undefined
  /** How far this machine's clock is ahead of most servers' (behind: negative), where it is more than 10 s. */
  readonly clockSkewMs: number | undefined
  readonly servers: readonly LightServer[]
  /** A fault of Beamtab itself that it went on after; worth reporting. */
  readonly defect: string | undefined
}

export type LightStage =
  /**
   * Deciding where to start, or fetching what proves it; `problem` says why it takes long, and is tried again. `hope` says
   * where that will hardly help: `none` where only other settings do, `little` where servers answer and none has what it takes.
   */
  | { readonly kind: 'checkpoint'; readonly problem: string | undefined; readonly hope?: 'little' | 'none' }
  | { readonly kind: 'committees' }
  /** All committees are known, and no head has been validated yet. */
  | { readonly kind: 'awaiting-head' }
  | { readonly kind: 'following' }
  /** The newest head is older than a slot and 60 s. */
  | { readonly kind: 'stale'; readonly ageSeconds: number }
  /**
   * This machine's clock was set back: by it the newest head was signed in a slot that begins in so many seconds, and
   * nothing newer can be proven until then.
   */
  | { readonly kind: 'clock-behind'; readonly seconds: number }
  /** Two thirds of a committee signed things that cannot both be. Nothing is followed until a checkpoint is confirmed anew. */
  | { readonly kind: 'disputed'; readonly what: string }

export type CheckpointTrust = 'given' | 'kept' | 'built-in' | 'quorum'

export interface FollowedHead {
  readonly slot: number
  readonly blockRoot: Hex
  /** `number` is undefined while only the hash is proven (Gloas) and the header has not come. */
  readonly execution: { readonly hash: Hex; readonly number: number | undefined } | undefined
  readonly signers: number
  readonly committeeSize: number
  /** Who brought it. */
  readonly server: string
}

export interface ResumedHead {
  readonly optimisticSlot: number
  readonly finalizedSlot: number | undefined
  readonly blockRoot: Hex
}

export interface LightServer {
  readonly name: string
  /** What it is asked as: a gateway's one address is both. */
  readonly kind: 'beacon' | 'execution'
  /** 0 to 1: whether it answers; whether what it answers is true. */
  readonly availability: number
  readonly verification: number
  /** Slot of the newest head it announced, and of the newest valid one it brought. */
  readonly announcedSlot: number | undefined
  readonly validSlot: number | undefined
  readonly lastError: string | undefined
}

export interface BeamtabStatus {
  /** `crashed`: a worker that cannot be replaced alone died, for the reason in {@link crash}. Close it and start another. */
  readonly state: 'starting' | 'ready' | 'crashed' | 'closed'
  readonly crash: string | undefined
  /** Undefined while nothing is followed. That of the leading tab, four times a second at most, while this one asks it. */
  readonly light: LightStatus | undefined
  /** What is wanted, what is done now, and why it is less. */
  readonly mode: ModeStatus
  /** Undefined while nothing is executed; that of the leading tab while this one asks it, whatever its own {@link mode} is. */
  readonly beam: BeamStatus | undefined
  /**
   * `leading`: this tab writes the store, and answers other tabs. `waiting`: another tab of this origin does, and answers
   * {@link Beamtab.provider} where its settings are the same; this one verifies files and keeps nothing.
   * `lost`: a script of this origin took the lock by force; this tab has let go of the store and keeps nothing more.
   */
  readonly leadership: 'leading' | 'waiting' | 'lost'
  readonly evmWorkers: number
  /** A fault of Beamtab itself in answering a request; the newest. Worth reporting. */
  readonly defect: string | undefined
  readonly store: {
    readonly kind: 'indexeddb' | 'memory' | 'disk'
    readonly bytes: number
    readonly maxBytes: number
    readonly nodes: number
    readonly blocks: number
    readonly updates: number
    /** What went wrong with it, if anything; verification goes on without. */
    readonly problem: string | undefined
  }
}
