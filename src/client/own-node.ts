/** The node of this tab's own workers: follows the chain, writes the store while the tab leads, and answers providers. */
import { systemClock } from '../chain/clock.ts'
import type { Network } from '../chain/network.ts'
import { messagePortSession } from '../provider/index.ts'
import type { ProviderSession } from '../provider/public-types.ts'
import type { ResumedHead } from '../state/store/read-kept-heads.ts'
import type { BeamEvents, BeamSettings } from '../sync/beam/beam-status.ts'
import type { FollowEvents } from '../sync/consensus-worker-api.ts'
import type { FollowSettings } from '../sync/light-client/follow-chain.ts'
import type { PlainStoreStats } from '../sync/node-worker-api.ts'
import type { StoreKind } from '../sync/store-place.ts'
import { stateServers } from './beam-settings.ts'
import { CrewKeeper } from './crew-keeper.ts'
import { FollowError, SuspendedError } from './errors.ts'
import { hasMoreProven, lightStatus, notYetFollowing } from './light-status.ts'
import type { Platform } from './platform.ts'
import type { BeamtabOptions } from './public-types.ts'
import type { StatusBoard } from './status-board.ts'
import { prepareCrew, type CrewOptions, type PreparedCrew, type WorkerCrew } from './worker-crew.ts'

/** Seconds: four missed slots in a row happen about once a month on mainnet. */
const HEAD_AGE_BEYOND_SLOT = 60

export interface OwnNodeOptions {
  readonly chain: Network
  /** Undefined where nothing is followed. */
  readonly following: FollowSettings | undefined
  readonly options: BeamtabOptions
  readonly platform: Platform
  readonly status: StatusBoard
  /** This node answers the provider from now on. */
  readonly onNode: (node: ProviderSession) => void
  readonly onStage: CrewOptions['onStage']
  readonly onUpdate: CrewOptions['onUpdate']
  /** See {@link CrewKeeper}. */
  readonly onCrash: (error: Error) => void
}

/** ms until a session that the node has ended is opened again: those of too many take turns no faster. */
const REOPEN_MS = 1_000

/** Always: nothing is told of what is followed after {@link close}, nor of workers that were ended. */
export class OwnNode {
  readonly crews: CrewKeeper
  private resumed: ResumedHead | undefined
  /** Whether it answers this tab's provider, and follows the chain. */
  private isAnswering = false
  private isClosed = false
  private stopReopening: () => void = () => undefined

  constructor(private readonly options: OwnNodeOptions) {
    this.crews = new CrewKeeper({ prepare: () => this.prepareCrew(), onCrash: options.onCrash })
  }

  /** Fails at once when a worker dies or the client closes: the call itself would never be answered. */
  call<T>(make: (crew: WorkerCrew) => Promise<T>): Promise<T> {
    return this.crews.call(make)
  }

  /** Shows the heads of the last visit. */
  async resume(): Promise<void> {
    const { chain, platform, status } = this.options
    const resumed = await platform.readKeptHeads(chain.name)
    if (resumed === undefined || this.isClosed) return
    this.resumed = resumed
    const { light = notYetFollowing(chain, Date.now()) } = status.current
    status.tell({ light: lightStatus(light, resumed) })
  }

  /** This tab writes the store from now on. @throws {FollowError} */
  async lead(): Promise<void> {
    const { options, platform, status, following } = this.options
    // Beside opening the store: it is what following waits for next.
    if (following !== undefined) this.call(({ consensus }) => consensus.prepare()).catch(() => undefined)
    const { kind, problem } = await this.call(({ node }) => node.openStore(platform.store, options.storeBytes))
    status.tell({ leadership: 'leading' })
    // After the store is open: what is kept is where following begins.
    await Promise.all([this.readStore(kind, problem), this.answer()])
  }

  /** @throws {FollowError} */
  async answer(): Promise<void> {
    if (this.isAnswering) return
    this.isAnswering = true
    const { following } = this.options
    await Promise.all([this.openOwnSession(), following === undefined ? undefined : this.follow(following)])
  }

  /** A node has ended the session of this tab's provider; where it was another tab's, that is asked for another elsewhere. */
  reopen(): void {
    if (!this.isAnswering || this.isClosed) return
    this.stopReopening()
    this.stopReopening = systemClock.after(REOPEN_MS, () => void this.openOwnSession().catch(() => undefined))
  }

  /** Resolves when it has begun, with why it has not where it cannot. */
  startBeam(settings: BeamSettings, events: BeamEvents): Promise<string | undefined> {
    return this.call((crew) => crew.startBeam(settings, events))
  }

  /** Workers that were ended execute nothing, and none are started for that. */
  async stopBeam(): Promise<void> {
    if (this.crews.isStarted) await this.call(({ node }) => node.stopBeam())
  }

  /** Answers another tab by the channel of this name; that it cannot matters to nobody here. */
  openSession(name: string): void {
    this.call(({ node }) => node.openChannelSession(name)).catch(() => undefined)
  }

  closeSession(name: string): void {
    if (this.crews.isStarted) this.call(({ node }) => node.closeChannelSession(name)).catch(() => undefined)
  }

  async closeStore(): Promise<void> {
    try {
      await this.call(({ node }) => node.closeStore())
    } catch (error) {
      this.options.status.tellStore({ problem: (error as Error).message })
    }
  }

  /** Counts anew what the store holds. */
  async readStore(kind?: StoreKind, problem?: string): Promise<void> {
    if (!this.crews.isStarted) return
    const { status } = this.options
    const stats: PlainStoreStats | undefined = await this.call(({ node }) => node.stats())
    if (stats === undefined) return
    const { store } = status.current
    const { bytes, maxBytes, nodes, blocks, updates } = stats
    status.tell({
      store: {
        ...{ bytes, maxBytes, nodes, blocks, updates },
        kind: kind ?? store.kind,
        problem: stats.problem ?? problem ?? store.problem,
      },
    })
  }

  /** Nothing is left of the workers; the next call starts others. */
  async end(how: 'orderly' | 'at once'): Promise<void> {
    this.isAnswering = false
    this.stopReopening()
    await this.crews.end(how, new SuspendedError())
  }

  close(): Promise<void> {
    this.isClosed = true
    this.stopReopening()
    return this.crews.close()
  }

  private async openOwnSession(): Promise<void> {
    const { port1, port2 } = new MessageChannel()
    await this.call((crew) => crew.openSession(port2))
    this.options.onNode(messagePortSession(port1))
  }

  /** Resolves when the consensus worker has begun, long before there is a head. @throws {FollowError} */
  private async follow(settings: FollowSettings): Promise<void> {
    const { status: board } = this.options
    const events: FollowEvents = {
      onStatus: (status) => {
        // Of workers that were ended, something may still be under way.
        if (this.isClosed || !this.isAnswering) return
        const before = board.current.light
        board.tell({ light: lightStatus(status, this.resumed) })
        // What a new period or a new finalized block put into the store is counted there, too.
        const isKept = settings.chain === 'kept' && hasMoreProven(status, before)
        if (isKept) this.readStore().catch(() => undefined)
      },
      onNotKept: (problem) => {
        if (!this.isClosed) board.tellStore({ problem })
      },
    }
    const refused = await this.call((crew) => crew.follow(settings, events))
    if (refused !== undefined) throw new FollowError(refused)
  }

  private prepareCrew(): PreparedCrew {
    const { chain, options, platform, status, onStage, onUpdate } = this.options
    const { network, signal, maxHeadAge } = options
    return prepareCrew(platform, {
      network,
      evmWorkers: status.current.evmWorkers,
      servers: stateServers(chain, options),
      maxHeadAge: maxHeadAge ?? chain.slotSeconds + HEAD_AGE_BEYOND_SLOT,
      ...{ onStage, onUpdate, onDefect: (defect) => status.tell({ defect }), signal },
    })
  }
}
