/** The light client: modules over one state, put together and run. Where it runs (a worker, Node) is its owner's business. */
import type { Keccak } from '../../chain/bytes.ts'
import type { Clock } from '../../chain/clock.ts'
import type { Network } from '../../chain/network.ts'
import type { SyncCommitteeVerifier } from '../../consensus/sync-committee-verifier.ts'
import type { EngineApi } from '../../network/engine/engine-api.ts'
import type { RequestServer } from '../../network/request-server.ts'
import { CheckpointPolicy, type CheckpointPolicyOptions } from '../checkpoint/checkpoint-policy.ts'
import type { Module } from '../module.ts'
import { Scheduler } from '../scheduler.ts'
import { BeaconBlockSync } from './beacon-block-sync.ts'
import { CheckpointInit } from './checkpoint-init.ts'
import { EngineApiUpdater } from './engine-api-updater.ts'
import { ForwardUpdateSync } from './forward-update-sync.ts'
import { HeadUpdater } from './head-updater.ts'
import { HeaderSync } from './header-sync.ts'
import { claimedChain } from './kept-chain.ts'
import { LightClientState } from './light-client-state.ts'
import { lightClientStatus, type LightClientStatus, type StatusSources } from './light-client-status.ts'
import type { LightClientStorage } from './light-client-storage.ts'
import { ServerViews } from './server-views.ts'
import { StatusReporter } from './status-reporter.ts'

export interface LightClientOptions {
  readonly network: Network
  readonly clock: Clock
  /** Uniform in 0..1, 1 excluded. */
  readonly random: () => number
  readonly verifier: SyncCommitteeVerifier
  readonly keccak: Keccak
  readonly storage: LightClientStorage
  readonly servers: readonly RequestServer[]
  readonly checkpoint: Pick<CheckpointPolicyOptions, 'given' | 'builtIn' | 'sources' | 'oldCheckpoints'>
  /** See {@link LightClientState}. */
  readonly usedSigners?: number
  /** An execution client to drive; without one no block bodies are fetched. */
  readonly engine?: EngineApi | undefined
  /** At most ten times a second. */
  readonly onStatus: (status: LightClientStatus) => void
  /** A defect in a module; the others go on. */
  readonly onModuleFault: (module: Module, error: unknown) => void
}

export class LightClient {
  readonly state: LightClientState
  readonly #options: LightClientOptions
  readonly #policy: CheckpointPolicy
  readonly #scheduler: Scheduler
  readonly #sources: StatusSources
  readonly #closing: (() => void)[] = []

  constructor(options: LightClientOptions) {
    const { network, clock, random, verifier, storage } = options
    this.#options = options
    const state = new LightClientState({ ...options, network, clock, verifier, storage })
    this.state = state
    const views = new ServerViews()
    this.#policy = new CheckpointPolicy({
      ...options.checkpoint,
      network,
      clock,
      kept: () => claimedChain(network, storage, clock),
    })
    const checkpointInit = new CheckpointInit({ state, policy: this.#policy, storage, clock })
    const updates = new ForwardUpdateSync({ state, views, clock, random })
    const payloads = this.#payloadModules()
    const reporter = new StatusReporter({
      clock,
      triggers: [state.chainChanged, state.headsChanged, this.#policy.changed, checkpointInit.progressed],
      refreshMs: REFRESH_MS,
      tell: () => options.onStatus(this.status),
    })
    this.#scheduler = new Scheduler({
      clock,
      random,
      // What nothing can go on without comes first; what shows it all comes last.
      modules: [
        checkpointInit,
        updates,
        new HeadUpdater({ state, views }),
        new HeaderSync({ state, clock }),
        ...payloads,
        reporter,
      ],
      onModuleFault: options.onModuleFault,
    })
    this.#sources = {
      state,
      now: () => clock.now(),
      servers: () => this.#scheduler.servers,
      checkpointTrust: () => checkpointInit.trust,
      checkpointProblem: () => checkpointInit.problem?.message,
      targetPeriod: () => updates.progress?.target,
      viewOf: (server) => views.of(server),
      clockSkewMs: () => undefined,
      executionNumber: () => undefined,
    }
    this.#closing.push(
      () => reporter.close(),
      () => checkpointInit.close(),
      () => this.#policy.close(),
      () => this.#scheduler.stop(),
    )
  }

  /** Once. */
  start(): void {
    for (const server of this.#options.servers) this.#scheduler.register(server)
    this.#scheduler.start()
    this.#policy.seek()
  }

  get status(): LightClientStatus {
    return lightClientStatus(this.#sources)
  }

  /** For tests: see {@link Scheduler.quiet}. */
  quiet(): Promise<void> {
    return this.#scheduler.quiet()
  }

  /** For good: ends requests, streams and timers. */
  close(): void {
    for (const close of this.#closing) close()
  }

  #payloadModules(): Module[] {
    const { engine, clock, keccak } = this.#options
    if (engine === undefined) return []
    const blocks = new BeaconBlockSync({ state: this.state, clock, keccak })
    const updater = new EngineApiUpdater({ state: this.state, engine, clock, keccak, blocks })
    this.#closing.push(() => updater.close())
    return [blocks, updater]
  }
}

/** ms between tellings when nothing happens: ages are shown in seconds. */
const REFRESH_MS = 1_000
