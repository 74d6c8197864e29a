/**
 * The public API as a contract: nothing is public that is not in this file. Types only.
 *
 * Nothing here trusts its input: files are somebody's claims until a report says `verified`.
 */

export type Hex = `0x${string}`

export interface BeamtabOptions {
  /** A built-in network's name, or the content of a network file. */
  readonly network: string | object
  /** EVM workers; default: processor cores less one, at least one, at most eight. */
  readonly evmWorkers?: number
  /** Bytes the store may hold; default 512 MiB. */
  readonly storeBytes?: number
  /** Told of every change of {@link BeamtabStatus}; must not throw. */
  readonly onStatus?: (status: BeamtabStatus) => void
  /** Aborts the start, and the wait for leadership. */
  readonly signal?: AbortSignal
}

/**
 * Starts the workers and opens the network's store. Resolves when all workers have answered their handshake.
 * In a tab that is not the first of its origin for this network, the client works without writing: see
 * {@link BeamtabStatus.leadership}.
 *
 * @throws {NetworkConfigError | UnknownNetworkError} for a network that is none
 * @throws {WorkerStartError} when a worker cannot be loaded or does not answer within 30 s
 */
export type CreateBeamtab = (options: BeamtabOptions) => Promise<Beamtab>

export interface Beamtab {
  readonly network: string

  /**
   * Executes one stateless block (`stateless-block/1`, gzipped or not) and compares everything its header commits to.
   * Blocks are verified one after another; at most 64 wait.
   * Never rejects for what the file says: that is the report's outcome. What is verified is kept in the store; of
   * anything else nothing is.
   *
   * @throws {ClosedError} after {@link close}; {QueueFullError} when 64 wait; the signal's reason when aborted (work that
   * has begun still ends, its result is dropped); {WorkerCrashedError} when the node or the consensus worker died: close
   * this client and start another. An EVM worker that dies or hangs is replaced, and its block reported as `evm-lost`.
   */
  verifyBlock(file: Uint8Array, options?: VerifyOptions): Promise<BlockReport>

  /** Blocks kept in the store, newest first; at most 128. */
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

export interface BeamtabStatus {
  readonly state: 'starting' | 'ready' | 'closed'
  /**
   * `leading`: this tab writes the store. `waiting`: another tab of this origin does; this one verifies and keeps nothing.
   * `lost`: a script of this origin took the lock by force; this tab has let go of the store and keeps nothing more.
   */
  readonly leadership: 'leading' | 'waiting' | 'lost'
  readonly evmWorkers: number
  readonly store: {
    readonly kind: 'indexeddb' | 'memory'
    readonly bytes: number
    readonly maxBytes: number
    readonly nodes: number
    readonly blocks: number
    readonly updates: number
    /** What went wrong with it, if anything; verification goes on without. */
    readonly problem: string | undefined
  }
}
