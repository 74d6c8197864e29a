/** A light client among simulated beacon nodes, on one clock: the modules under test, the scheduler, and what a test asks of them. */
import { expect } from 'vitest'
import { timeOfSlot } from '../chain/beacon-config.ts'
import type { Root } from '../chain/bytes.ts'
import type { Network } from '../chain/network.ts'
import { checkpointData } from '../consensus/checkpoint-data.ts'
import { CommitteeChain } from '../consensus/committee-chain.ts'
import { NO_STORAGE } from '../consensus/committee-chain-storage.ts'
import type { LightClientBootstrap } from '../consensus/containers/light-client-objects.ts'
import type { SyncCommitteeVerifier } from '../consensus/sync-committee-verifier.ts'
import type { RequestServer } from '../network/request-server.ts'
import type { ServerHandle } from '../sync/environment.ts'
import { ForwardUpdateSync } from '../sync/light-client/forward-update-sync.ts'
import { HeadUpdater } from '../sync/light-client/head-updater.ts'
import { LightClientState } from '../sync/light-client/light-client-state.ts'
import { ServerViews } from '../sync/light-client/server-views.ts'
import type { Module } from '../sync/module.ts'
import { Scheduler } from '../sync/scheduler.ts'
import { seededRandom } from './seeded-random.ts'
import { SimulatedClock } from './simulated-clock.ts'

export interface SimulatedNetworkOptions {
  readonly network: Network
  readonly verifier: SyncCommitteeVerifier
  /** In whose middle it begins. */
  readonly slot: number
  readonly seed: number
  /** Further modules, whose turns come after those of updates and heads. Default: none. */
  readonly modules?: (light: Pick<SimulatedNetwork, 'state' | 'clock'>) => readonly Module[]
}

export class SimulatedNetwork {
  readonly clock: SimulatedClock
  readonly state: LightClientState
  readonly views = new ServerViews()
  readonly updates: ForwardUpdateSync
  readonly heads: HeadUpdater
  readonly scheduler: Scheduler
  readonly network: Network

  constructor(private readonly options: SimulatedNetworkOptions) {
    const { network, verifier, slot, seed } = options
    const clock = new SimulatedClock(timeOfSlot(network, slot + 0.5) * 1000)
    const random = seededRandom(seed)
    const storage = { ...NO_STORAGE, putHeads: () => undefined, loadHeads: () => Promise.resolve(undefined) }
    this.network = network
    this.clock = clock
    this.state = new LightClientState({ network, clock, verifier, storage })
    this.updates = new ForwardUpdateSync({ state: this.state, views: this.views, clock, random })
    this.heads = new HeadUpdater({ state: this.state, views: this.views })
    const modules = [this.updates, this.heads, ...(options.modules?.(this) ?? [])]
    this.scheduler = new Scheduler({ clock, random, modules, onModuleFault })
  }

  /** The chain begins at a trusted block, and the servers are registered. */
  start(root: Root, bootstrap: LightClientBootstrap, servers: readonly RequestServer[]): void {
    const { network, verifier } = this.options
    const currentSlot = () => this.state.currentSlot()
    const options = { network, verifier, currentSlot, storage: NO_STORAGE }
    this.state.begin(new CommitteeChain(options, checkpointData(network, root, bootstrap)))
    for (const server of servers) this.scheduler.register(server)
    this.scheduler.start()
  }

  async advanceSeconds(seconds: number): Promise<void> {
    await this.clock.advance(seconds * 1000)
    await this.scheduler.quiet()
  }

  /** To the middle of that slot. */
  async advanceToSlot(slot: number): Promise<void> {
    await this.advanceSeconds(timeOfSlot(this.network, slot + 0.5) - this.clock.now() / 1000)
  }

  server(name: string): ServerHandle {
    const server = this.scheduler.servers.find((each) => each.name === name)
    if (server === undefined) throw new Error(`no server ${name} is registered`)
    return server
  }

  /** Ends it, and checks that nothing is left behind. */
  async stop(): Promise<void> {
    this.scheduler.stop()
    await this.clock.advance(0)
    expect(this.clock.waiting, 'timers left behind').toBe(0)
  }
}

function onModuleFault({ name }: Module, error: unknown): void {
  throw new Error(`the turn of ${name} threw`, { cause: error })
}
