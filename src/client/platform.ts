/** What differs between a browser tab and Node: how workers start, who hands out locks, where the store is. */
import type { Hello, Ready } from '../sync/worker-hello.ts'
import type { ResumedHead } from '../state/store/read-kept-heads.ts'
import type { StorePlace } from '../sync/store-place.ts'
import type { LockManagerLike } from './leadership.ts'
import type { PageWatch } from './page-watch.ts'
import type { OpenChannel } from './tabs/channel.ts'

export type WorkerKind = 'consensus' | 'node' | 'evm'

/** A started worker. */
export interface WorkerHandle {
  /** The ports are transferred. */
  hello(hello: Hello): void
  onReady(handle: (ready: Ready) => void): void
  /** Called when the worker dies of an error nobody caught. */
  onCrash(handle: (reason: string) => void): void
  /** Ends it at once; resolves when it is gone. */
  terminate(): Promise<void>
}

export interface Platform {
  spawn(kind: WorkerKind): WorkerHandle
  readonly locks: LockManagerLike
  readonly store: StorePlace
  /** The heads of the last visit as the store has them, unverified; reads beside the store's owner, and never rejects. */
  readKeptHeads(network: string): Promise<ResumedHead | undefined>
  /** A worker that is silent for so long after its start never answers. */
  readonly startTimeoutMs: number
  /** Logical processors. */
  readonly cores: number
  /** To other tabs of the origin. */
  readonly openChannel: OpenChannel
  /** Names of channels, and of locks of sessions, begin with it: the same for those who share {@link locks}, and nobody else. */
  readonly channelPrefix: string
  /** Whether a visitor looks, and what the connection costs. */
  readonly page: PageWatch
}
