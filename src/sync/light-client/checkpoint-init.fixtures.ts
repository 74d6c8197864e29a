/** A client that has not begun, among simulated nodes and sources, on one clock. */
import { expect } from 'vitest'
import { timeOfSlot } from '../../chain/beacon-config.ts'
import type { Network } from '../../chain/network.ts'
import type { SyncCommitteeVerifier } from '../../consensus/sync-committee-verifier.ts'
import type { RequestServer } from '../../network/request-server.ts'
import { MemoryStorage } from '../../testing/committee-chain.fixtures.ts'
import { seededRandom } from '../../testing/seeded-random.ts'
import { SimulatedClock } from '../../testing/simulated-clock.ts'
import { CheckpointPolicy, type CheckpointPolicyOptions } from '../checkpoint/checkpoint-policy.ts'
import type { Module } from '../module.ts'
import { Scheduler } from '../scheduler.ts'
import { CheckpointInit } from './checkpoint-init.ts'
import { ClockWatch } from './clock-watch.ts'
import { claimedChain } from './kept-chain.ts'
import { LightClientState } from './light-client-state.ts'
import type { HeadRecords, LightClientStorage } from './light-client-storage.ts'

/** Keeps heads too. */
export class MemoryShelf extends MemoryStorage implements LightClientStorage {
  heads: HeadRecords | undefined
  loads = 0

  override load() {
    this.loads += 1
    return super.load()
  }

  putHeads(heads: HeadRecords): void {
    this.heads = heads
  }

  loadHeads(): Promise<HeadRecords | undefined> {
    return Promise.resolve(this.heads)
  }
}

export interface BeginningOptions {
  readonly network: Network
  readonly verifier: SyncCommitteeVerifier
  /** Of the clock, in whose middle it starts. */
  readonly slot: number
  readonly checkpoint?: Partial<Pick<CheckpointPolicyOptions, 'given' | 'builtIn' | 'sources' | 'oldCheckpoints'>>
  readonly storage?: LightClientStorage
  /** Default: 1. */
  readonly seed?: number
  readonly clock?: SimulatedClock
}

export class Beginning {
  readonly clock: SimulatedClock
  readonly state: LightClientState
  readonly policy: CheckpointPolicy
  readonly init: CheckpointInit
  readonly watch: ClockWatch
  readonly scheduler: Scheduler

  constructor({ network, verifier, slot, checkpoint, storage = new MemoryShelf(), seed = 1, clock }: BeginningOptions) {
    this.clock = clock ?? clockAt(network, slot)
    const common = { network, clock: this.clock, storage }
    this.state = new LightClientState({ ...common, verifier })
    const kept = () => claimedChain(network, storage, this.clock)
    this.policy = new CheckpointPolicy({ ...common, sources: [], kept, ...checkpoint })
    this.watch = new ClockWatch(this.state, this.clock)
    const explainClock = () => this.watch.explain()
    this.init = new CheckpointInit({ ...common, state: this.state, policy: this.policy, explainClock })
    this.scheduler = new Scheduler({
      clock: this.clock,
      random: seededRandom(seed),
      modules: [this.watch, this.init],
      onModuleFault: ({ name }: Module, error: unknown) => {
        throw new Error(`the turn of ${name} threw`, { cause: error })
      },
    })
  }

  /** @param ms then passes */
  async start(servers: readonly RequestServer[], ms = 500): Promise<this> {
    for (const server of servers) this.scheduler.register(server)
    this.scheduler.start()
    this.policy.seek()
    await this.advance(ms)
    return this
  }

  async advance(ms: number): Promise<void> {
    await this.clock.advance(ms)
    await this.scheduler.quiet()
  }

  /** Ends it, and checks that nothing is left behind. */
  async stop(): Promise<void> {
    this.init.close()
    this.policy.close()
    this.scheduler.stop()
    // Sources that do not listen to signals answer into the void.
    await this.clock.advance(20)
    expect(this.clock.waiting, 'timers left behind').toBe(0)
  }
}

export const clockAt = (network: Network, slot: number): SimulatedClock =>
  new SimulatedClock(timeOfSlot(network, slot + 0.5) * 1000)
